"""Two services on one PostgreSQL, their database and their node are killed at random moments, under 20 accounts."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from earnest.chain.embedded.supervisor import EmbeddedChain
from earnest.chain.signer import LocalSigner
from earnest.db.engine import make_engine
from tests.end_to_end.streams import Streams
from tests.end_to_end.test_start import OPERATOR_KEY
from tests.fixtures.postgres import PostgresServer, running_postgres
from tests.fixtures.service import PATIENCE, Service

pytestmark = pytest.mark.loopback

#: What was committed is on disk when it is said to be; the machine itself goes on, so that nothing is forced to it.
DURABLE = ("fsync=off", "listen_addresses=", "max_connections=200")
WHOM = ("writer", "other", "both services", "node", "database", "node and database")
WEIGHTS = (25, 20, 10, 20, 20, 5)


class Estate:
    """Everything that may be killed.

    Args:
        folder: for everything.
        database: PostgreSQL.
    """

    def __init__(self, folder: Path, database: PostgresServer) -> None:
        self.database = database
        (folder / "chain").mkdir()
        # a node that has on disk what it confirmed; anvil has its chain in memory
        self.node = EmbeddedChain(folder / "chain", funded=LocalSigner(OPERATOR_KEY).address)
        self.node_url = self.node.start()
        settings = {
            "CHAIN_URL": self.node_url,
            "OPERATOR_KEY": OPERATOR_KEY,
            "DATABASE_URL": database.url.render_as_string(hide_password=False),
            "KEYSTORE_PASSWORD": "the-same-for-both",
            "FAUCET_BUDGET": str(10**24),
        }
        self.services = [Service(folder / name, **settings) for name in ("first", "second")]
        self.killed: Counter[str] = Counter()
        #: how often a service ended because the other one had taken over
        self.given_way = 0

    def writer(self) -> Service | None:
        """The service that has the claim, as far as one says so."""
        for service in self.services:
            answer = service.readiness()
            if answer is not None and answer.json().get("capabilities", {}).get("operate"):
                return service
        return None

    def wait_until_one_answers(self) -> Service:
        until = time.monotonic() + PATIENCE
        while True:
            for service in self.services:
                answer = service.readiness()
                if answer is not None and answer.status_code == 200:
                    return service
            assert time.monotonic() < until, "no service is ready"
            time.sleep(0.05)

    def wait_until_all_answer(self) -> None:
        until = time.monotonic() + PATIENCE
        while any((answer := each.readiness()) is None or answer.status_code != 200 for each in self.services):
            self.supervise()
            assert time.monotonic() < until, "a service is not ready"
            time.sleep(0.05)

    def supervise(self) -> None:
        """Start what ended by itself, as a service does that finds the other one in its place after an outage."""
        for service in self.services:
            if service.process is not None and service.process.poll() is not None:
                assert "Another service has taken over this database" in service.log.read_text(errors="replace")
                self.given_way += 1
                service.launch()

    def kill(self, whom: str, draws: random.Random) -> None:
        """Kill, and start again after a moment."""
        self.supervise()
        ready = self.wait_until_one_answers()
        if whom in ("writer", "other", "both services"):
            writer = self.writer() or ready
            other = next(each for each in self.services if each is not writer)
            dead = {"writer": [writer], "other": [other], "both services": [writer, other]}[whom]
            for service in dead:
                service.kill()
            time.sleep(draws.uniform(0, 0.5))
            for service in dead:
                service.launch()
        if whom in ("node", "node and database"):
            assert self.node.pid is not None
            # it is started again at its address
            os.kill(self.node.pid, signal.SIGKILL)
        if whom in ("database", "node and database"):
            self.database.kill()
            time.sleep(draws.uniform(0, 1.0))
            self.database.start()
        self.killed[whom] += 1

    def stop(self) -> None:
        for service in self.services:
            service.stop()
        self.node.stop()


@pytest.fixture
def estate(tmp_path: Path) -> Iterator[Estate]:
    with running_postgres(DURABLE) as database:
        made = Estate(tmp_path, database)
        yield made
        made.stop()


def play(estate: Estate, kills: int, accounts: int, seed: int) -> int:
    """Kill at random moments, and compare at the end; prints the counts.

    Returns:
        how many contributions were confirmed.
    """
    draws = random.Random(seed)
    for service in estate.services:
        service.start()
    streams = Streams(estate.services, accounts, seed)
    streams.start()
    begun = time.monotonic()
    try:
        streams.wait_for_more()
        for number in range(kills):
            time.sleep(draws.uniform(0.1, 1.5))
            estate.kill(draws.choices(WHOM, WEIGHTS)[0], draws)
            streams.check()
            if number % 10 == 9:
                streams.wait_for_more()
        estate.wait_until_all_answer()
        streams.wait_for_more()
    finally:
        streams.stop()
    count = streams.compare(estate.services, estate.node_url)
    for service in estate.services:
        service.stop()
    engine = make_engine(estate.database.url.render_as_string(hide_password=False))
    rows = streams.compare_rebuild(engine, estate.node_url)
    engine.dispose()
    print(
        f"{sum(estate.killed.values())} kills in {time.monotonic() - begun:.0f} s: {dict(estate.killed)}, "
        f"{estate.given_way} gave way; {accounts} accounts, {count} contributions confirmed, "
        f"{streams.retries} retries; {rows} rows equal a rebuild"
    )
    return count


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_eight_kills_of_whatever_there_is_lose_nothing_and_repeat_nothing(estate):
    assert play(estate, kills=8, accounts=5, seed=1) > 8


@pytest.mark.slow
@pytest.mark.timeout(5400)
def test_hundred_kills_of_whatever_there_is_lose_nothing_and_repeat_nothing(estate):
    assert play(estate, kills=100, accounts=20, seed=2) > 100
