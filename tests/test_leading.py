"""Which of several services on one database leads: who cannot send leaves the claim to those that can, and says why."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from earnest import runtime as module
from earnest.chain.errors import ChainUnavailable
from earnest.config import Settings
from earnest.db.claim import Claim
from earnest.db.engine import is_current, make_engine, upgrade
from earnest.db.tables import Sweep
from earnest.pools.administration import PoolAdministration
from earnest.readiness import OPERATE, PREDICT, SUBMIT
from earnest.runtime import Runtime
from earnest.sweeps.errors import SweepFileUnknown
from tests.end_to_end.test_start import OPERATOR_KEY

PATIENCE = 20.0
#: Nobody listens there.
NOWHERE = "http://127.0.0.1:1"
SWEEP = "6f1c1a52-7f0e-4c53-9d0a-2b8c6c3f1d47"


def wait_for(happened: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.02)


class Services:
    """Services in this process, on one database and one node, each on a folder of its own."""

    def __init__(self, folder: Path, database: str, chain: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.database, self.chain = folder, database, chain
        self.engine = make_engine(database)
        self.started: list[Runtime] = []
        #: signals that a service sent to its own process
        self.signals: list[int] = []
        # of this module alone
        kept = SimpleNamespace(getpid=os.getpid, kill=lambda _, number: self.signals.append(number))
        monkeypatch.setattr(module, "os", kept)
        monkeypatch.setattr(module, "RETRY_SECONDS", 0.05)

    def start(self, name: str, **settings: Any) -> Runtime:
        given: dict[str, Any] = {
            "data_dir": self.folder / name, "database_url": self.database, "chain_url": self.chain,
            "operator_key": OPERATOR_KEY, "keystore_password": "the-same-for-all", "initial_pool": False,
        }  # fmt: skip
        (self.folder / name).mkdir(exist_ok=True)
        made = Runtime(Settings(**{**given, **settings}))
        self.started.append(made)
        made.start()
        return made

    def lead(self, name: str, **settings: Any) -> Runtime:
        """A service that has the claim, and is ready."""
        made = self.start(name, **settings)
        wait_for(lambda: may(made, OPERATE) and may(made, SUBMIT))
        return made

    def is_claim_free(self) -> bool:
        claim = Claim(self.engine)
        try:
            return claim.take()
        finally:
            claim.give_up()

    def take_claim_away(self) -> Claim:
        """Cut the connection that has the claim, and take it before its process notices."""
        mine = Claim(self.engine)
        cut = (
            "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = database "
            "WHERE locktype = 'advisory' AND datname = current_database() AND pid <> pg_backend_pid()"
        )

        def take() -> bool:
            with self.engine.connect() as connection:
                connection.exec_driver_sql(cut)
            return mine.take()

        wait_for(take)
        return mine


def may(service: Runtime, capability: str) -> bool:
    return not service.readiness.against(capability)


def says(service: Runtime, words: str) -> bool:
    return words in service.readiness.reasons().get("start", "")


@pytest.fixture
def services(tmp_path: Path, postgres_url: str, anvil_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    made = Services(tmp_path, postgres_url, anvil_url, monkeypatch)
    yield made
    for each in made.started:
        each.stop()
    made.engine.dispose()


def of_another_chain(services: Services) -> None:
    with services.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE chains SET genesis_hash = '0x00'")


def test_service_whose_node_is_silent_leaves_the_claim_to_one_whose_node_answers(services):
    first = services.start("first", chain_url=NOWHERE)
    wait_for(lambda: says(first, "does not answer"))
    # what needs no node goes on
    assert (may(first, PREDICT), may(first, SUBMIT), may(first, OPERATE)) == (True, False, False)
    assert "has not got the claim" in first.readiness.reasons()["claim"]
    services.lead("second")
    wait_for(lambda: says(first, "does not answer"))
    assert not may(first, OPERATE)
    assert first._deliverer is not None
    assert not any(thread.is_alive() for thread in first._deliverer._threads)


def test_service_whose_password_is_wrong_leaves_the_claim_to_one_whose_password_is_right(services):
    before = services.lead("before")
    before.accounts.create("ada")
    before.stop()
    first = services.start("first", keystore_password="another")
    wait_for(lambda: says(first, "EARNEST_KEYSTORE_PASSWORD"))
    services.lead("second")
    assert says(first, "EARNEST_KEYSTORE_PASSWORD")


def test_service_whose_node_is_of_another_chain_leaves_the_claim(services):
    services.lead("before").stop()
    of_another_chain(services)
    first = services.start("first")
    wait_for(lambda: says(first, "it is another chain with the same id"))
    wait_for(services.is_claim_free)
    assert not may(first, PREDICT)


def test_service_that_finds_out_only_with_the_claim_that_it_cannot_send_gives_it_up(services):
    first = services.start("first", tokens="0x" + "11" * 20)
    wait_for(lambda: says(first, "EARNEST_TOKENS"))
    assert not may(first, OPERATE)
    second = services.lead("second")
    # the first follows now, and answers what it can
    wait_for(lambda: not first.readiness.against())
    assert "Another service has the claim" in first.readiness.reasons()["claim"]
    assert may(second, OPERATE)
    assert not first._leads
    assert not first.sync._leads


def test_service_of_an_older_version_leaves_the_claim_and_the_tables_to_a_newer_one(services):
    newer, older = services.lead("newer"), services.start("older")
    wait_for(lambda: not older.readiness.against())
    with services.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'of-a-later-version'")
    newer.stop()
    wait_for(lambda: says(older, "of a later version"))
    wait_for(services.is_claim_free)
    # one that begins to be of the older version says so too
    another = services.start("another")
    wait_for(lambda: says(another, "of a later version"))
    wait_for(services.is_claim_free)


def test_service_leads_once_the_reason_is_gone(services):
    upgrade(services.engine)
    services.lead("before").stop()
    with services.engine.begin() as connection:
        kept = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'of-a-later-version'")
    first = services.start("first")
    wait_for(lambda: says(first, "of a later version"))
    with services.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{kept}'")
    assert is_current(services.engine)
    wait_for(lambda: may(first, OPERATE) and may(first, SUBMIT))


def has_ended(services: Services, service: Runtime) -> bool:
    """Whether a service stopped all that only the one with the claim runs, and asked its process to end."""
    assert service._deliverer is not None
    assert service._runner is not None
    return (
        signal.SIGTERM in services.signals
        and service._deliverer.is_stopping
        and service._runner._stopping.is_set()
        and service.sync._stop.is_set()
        and not may(service, SUBMIT)
    )


def test_who_loses_the_claim_while_a_deployment_is_taken_up_stops_what_it_runs(services, monkeypatch):
    begun, goes_on = threading.Event(), threading.Event()

    def take_up(_: PoolAdministration) -> int:
        begun.set()
        goes_on.wait(PATIENCE)
        return 0

    monkeypatch.setattr(PoolAdministration, "take_up_interrupted", take_up)
    first = services.start("first")
    assert begun.wait(PATIENCE)
    claim = services.take_claim_away()
    wait_for(lambda: has_ended(services, first))
    goes_on.set()
    claim.give_up()


def test_who_loses_the_claim_while_it_tries_again_to_come_up_stops_what_it_runs(services, monkeypatch):
    def take_up(_: PoolAdministration) -> int:
        raise ChainUnavailable("The node does not answer now.")

    monkeypatch.setattr(PoolAdministration, "take_up_interrupted", take_up)
    # only the tries look
    monkeypatch.setattr(module, "SETTLE_SECONDS", 3_600.0)
    monkeypatch.setattr("earnest.submissions.settling.NEWS_SECONDS", 3_600.0)
    first = services.start("first")
    wait_for(lambda: says(first, "does not answer now"))
    assert first._beside
    claim = services.take_claim_away()
    wait_for(lambda: has_ended(services, first))
    claim.give_up()


def test_service_alone_on_its_file_keeps_the_claim_while_its_node_is_silent(services, tmp_path):
    url = f"sqlite:///{tmp_path / 'earnest.sqlite'}"
    first = services.start("first", database_url=url, chain_url=NOWHERE)
    wait_for(lambda: says(first, "does not answer"))
    engine = make_engine(url)
    assert not Claim(engine).take()
    engine.dispose()
    # deliveries and sweeps go on
    assert first._beside
    assert (may(first, PREDICT), may(first, SUBMIT)) == (True, False)


@pytest.mark.parametrize("shared", [True, False])
def test_report_of_a_sweep_is_there_for_who_takes_over_where_the_folders_are_shared(services, tmp_path, shared):
    first = services.lead("first")
    with first.sessions.begin() as session:
        session.add(
            Sweep(
                id=SWEEP, sequence=1, name="small", request={}, plan={}, runs=1, status="finished", done=1,
                failed_runs=0, idempotency_key="key", request_hash="hash", created_at=0,
            )
        )  # fmt: skip
    page = first.sweeps.folder(SWEEP).page
    page.parent.mkdir(parents=True)
    page.write_text("The report.")
    (tmp_path / "second").mkdir()
    if shared:
        (tmp_path / "second" / "sweeps").symlink_to(tmp_path / "first" / "sweeps")
    first.stop()
    second = services.lead("second")
    if shared:
        assert second.sweeps.report(SWEEP).read_text() == "The report."
    else:
        with pytest.raises(SweepFileUnknown):
            second.sweeps.report(SWEEP)
