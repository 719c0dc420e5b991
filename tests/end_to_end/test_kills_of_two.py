"""Two services and their database are killed, and their node hangs, in a stream of contributions: none is lost."""

import contextlib
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine.url import URL

from earnest.db.engine import make_engine
from tests.end_to_end.streams import Streams
from tests.end_to_end.test_start import OPERATOR_KEY
from tests.fixtures.postgres import LASTING, running_postgres
from tests.fixtures.service import Service

pytestmark = pytest.mark.loopback
WHOM = ("first service", "second service", "database", "node", "both services")


def crash(server: URL) -> None:
    """Kill a process of the database's: all of its connections end, and it recovers from its log."""
    address = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(address, autocommit=True) as connection:
        found = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() LIMIT 1"
        ).fetchone()
        if found is not None:
            os.kill(found[0], signal.SIGKILL)


def hang(node: str, seconds: float) -> None:
    """Let a node answer nobody for a while: what was under way is answered late, or given up."""
    port = node.rsplit(":", 1)[1].encode()
    (process,) = (
        int(each.name)
        for each in Path("/proc").iterdir()
        if each.name.isdigit() and (said := command_of(each))[:1] and b"anvil" in said[0] and port in said
    )
    os.kill(process, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(process, signal.SIGCONT)


def command_of(process: Path) -> list[bytes]:
    """The words that a process was started with; none of one that has ended."""
    try:
        return (process / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def play(folder: Path, node: str, *, kills: int, accounts: int, seed: int) -> int:
    """Kill at random moments, and compare at the end; prints the counts.

    Returns:
        how many contributions were confirmed.
    """
    moments, killed = random.Random(seed), Counter[str]()
    with running_postgres(LASTING) as server:
        database = server.render_as_string(hide_password=False)
        settings = {
            "CHAIN_URL": node, "OPERATOR_KEY": OPERATOR_KEY, "DATABASE_URL": database, "SEAL_BUDGET": "0",
            "KEYSTORE_PASSWORD": "the-same-for-both", "FAUCET_BUDGET": str(10**24),
        }  # fmt: skip
        services = [Service(folder / name, **settings) for name in ("first", "second")]
        try:
            services[0].start()
            streams = Streams(services, accounts, seed)
            services[1].start()
            streams.start()
            try:
                for number in range(kills):
                    time.sleep(moments.uniform(0.2, 1.5))
                    whom = WHOM[number % len(WHOM)]
                    killed[whom] += 1
                    strike(whom, services, node, server, moments)
                    streams.check()
                    if number % 10 == 9:
                        streams.wait_for_more()
                streams.wait_for_more(accounts)
            finally:
                streams.stop()
            count = streams.compare(services, node)
        finally:
            for service in services:
                service.stop()
        engine = make_engine(database)
        rows = streams.compare_rebuild(engine, node)
        engine.dispose()
    print(
        f"{kills} kills ({dict(killed)}): {accounts} accounts, {count} contributions confirmed, {streams.retries} "
        f"retries; {rows} rows equal a rebuild"
    )
    return count


def strike(whom: str, services: list[Service], node: str, server: URL, moments: random.Random) -> None:
    """Kill one, or several; what was killed is up again when this returns, though it may not serve yet."""
    if whom == "database":
        crash(server)
    elif whom == "node":
        hang(node, moments.uniform(0.5, 5.0))
    else:
        chosen = {"first service": services[:1], "second service": services[1:]}.get(whom, services)
        for service in chosen:
            service.kill()
        for service in chosen:
            service.launch()
        # now and then the next kill comes while it starts
        if moments.random() < 0.7:
            for service in chosen:
                service.wait_until_ready()


# EARNEST_TEST_KILLS=100 is the whole form
@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_kills_of_two_services_lose_nothing_and_repeat_nothing(tmp_path, anvil_url):
    kills = int(os.environ.get("EARNEST_TEST_KILLS", "30"))
    assert play(tmp_path, anvil_url, kills=kills, accounts=20, seed=2) > kills
