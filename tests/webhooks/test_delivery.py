"""Deliveries to a real receiver, from real tables: in order, again after failures, from where they stopped."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from earnest.chain.gateway import Gateway
from earnest.db.engine import Sessions, make_sessions
from earnest.db.queries.webhooks import ACTIVE, ASIDE
from earnest.db.tables import Chain, Pool, Webhook
from earnest.events.feed import Feed
from earnest.events.service import EventService
from earnest.pools.service import PoolService
from earnest.readiness import Readiness
from earnest.sync import events as noted
from earnest.sync.events import Notes
from earnest.sync.loop import SyncLoop
from earnest.web.addresses import checksummed
from earnest.webhooks import courier as module
from earnest.webhooks import deliverer as looking
from earnest.webhooks.courier import LONGEST_PAUSE, RECENT, Courier, Policy
from earnest.webhooks.deliverer import Deliverer
from earnest.webhooks.signature import secret_of, signature_of
from tests.fixtures.pools import database
from tests.webhooks.receiver import Receiver, receiving, slow, status

pytestmark = pytest.mark.loopback

ADA, BOB = checksummed("0x" + "a1" * 20), checksummed("0x" + "b2" * 20)
PASSWORD = "the password"
PRIVATE = Policy(allow_private=True, tries=3, pause=60.0)


class Tables:
    """Tables with two pools, whose events a test makes up, and a clock that it moves."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions, self.now = sessions, 1_000_000.0
        gateway = Gateway("http://127.0.0.1:1")
        self.pools = PoolService(sessions, gateway, SyncLoop(gateway, sessions, Readiness(), 60))
        self.events = EventService(sessions, self.pools, Feed(sessions))
        with sessions.begin() as session:
            session.add(Chain(chain_id=1, genesis_hash="0x00", factory=None))
            session.flush()
            for name in ("first", "second"):
                session.add(
                    Pool(id=name, chain_id=1, name=name, status="ready", request={}, num_words=10, created_at=0)
                )

    def happen(self, count: int = 1, pool: str = "first", account: str = ADA, contributor: str | None = None) -> None:
        with self.sessions.begin() as session:
            notes = Notes(session, session.get_one(Pool, pool))
            for number in range(count):
                notes.add(
                    "contributed", number, number, account=account, contributor=contributor, index=number, amount=1
                )
            notes.write()

    def register(self, url: str, name: str = "hook", pool: str | None = "first", **more: object) -> str:
        given = {
            "id": name, "owner": None, "url": url, "pool_id": pool, "account": None, "position": 0, "status": ACTIVE,
            "failures": 0, "test_wanted": False, "recent": [], "created_at": 0, **more,
        }  # fmt: skip
        with self.sessions.begin() as session:
            session.add(Webhook(**given))
        return name

    def hook(self, name: str = "hook") -> Webhook:
        with self.sessions() as session:
            return session.get_one(Webhook, name)

    def courier(self, policy: Policy = PRIVATE) -> Courier:
        return Courier(self.sessions, self.events, PASSWORD, policy, clock=lambda: self.now)

    @contextmanager
    def delivering(self, policy: Policy = PRIVATE, workers: int = 4) -> Iterator[Deliverer]:
        made = Deliverer(self.sessions, self.courier(policy), workers, clock=lambda: self.now)
        made.start()
        try:
            yield made
        finally:
            made.stop(5)


@pytest.fixture(params=["sqlite", "postgres"])
def tables(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tables]:
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'earnest.sqlite'}" if sqlite else request.getfixturevalue("postgres_url")
    with database(url) as engine:
        yield Tables(make_sessions(engine))


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Tables]:
    with database(f"sqlite:///{tmp_path / 'earnest.sqlite'}") as engine:
        yield Tables(make_sessions(engine))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def test_failed_delivery_is_tried_again_later_and_later_and_nothing_overtakes_it(tables, receiver):
    tables.happen(3)
    hook, courier = tables.register(receiver.url), tables.courier()
    receiver.answers = [status(204), status(500), status(503), status(204)]
    courier.turn(hook)
    assert (receiver.events, tables.hook().position, tables.hook().failures) == ([1, 2], 1, 1)
    waits = tables.hook().next_attempt_at - tables.now
    assert 45 <= waits <= 61
    # not before its time
    courier.turn(hook)
    assert len(receiver.requests) == 2
    tables.now += 61
    courier.turn(hook)
    assert (receiver.events, tables.hook().failures) == ([1, 2, 2], 2)
    assert 90 <= tables.hook().next_attempt_at - tables.now <= 121
    tables.now += 121
    courier.turn(hook)
    assert receiver.events == [1, 2, 2, 2, 3]
    row = tables.hook()
    assert (row.position, row.failures, row.reason, row.next_attempt_at) == (3, 0, None, None)
    # the same message keeps its id; the newest is shown first
    assert [one["id"] for one in row.recent] == [f"hook.{event}" for event in (3, 2, 2, 2, 1)]
    assert [one["status"] for one in row.recent] == [204, 204, 503, 500, 204]


def test_webhook_is_set_aside_after_so_many_failures_with_its_reason(tables, receiver):
    tables.happen()
    hook, courier = tables.register(receiver.url), tables.courier()
    receiver.answers = [status(404)]
    for _ in range(5):
        courier.turn(hook)
        tables.now += LONGEST_PAUSE + 1
    row = tables.hook()
    assert (row.status, row.failures, row.position) == (ASIDE, 3, 0)
    assert "404" in row.reason
    assert len(receiver.requests) == 3


def test_receiver_that_wants_no_more_is_left_at_once(sqlite, receiver):
    sqlite.happen()
    hook = sqlite.register(receiver.url)
    receiver.answers = [status(410)]
    sqlite.courier().turn(hook)
    assert (sqlite.hook().status, sqlite.hook().failures) == (ASIDE, 1)


def test_private_address_is_a_failure_like_any_other(sqlite, receiver):
    sqlite.happen()
    hook = sqlite.register(receiver.url)
    sqlite.courier(Policy(allow_private=False, tries=1, pause=1)).turn(hook)
    assert sqlite.hook().status == ASIDE
    assert "not a public host" in sqlite.hook().reason
    assert receiver.connections == 0


def test_pauses_grow_to_an_hour_and_no_further():
    policy = Policy(allow_private=True, tries=100, pause=5)
    waits = [policy.wait(failures) for failures in range(1, 100)]
    assert 3.75 <= waits[0] <= 5
    assert 7.5 <= waits[1] <= 10
    assert all(LONGEST_PAUSE * 0.75 <= wait <= LONGEST_PAUSE for wait in waits[12:])


def test_messages_are_signed_and_say_what_the_stream_says(sqlite, receiver):
    sqlite.happen(contributor=BOB)
    hook = sqlite.register(receiver.url)
    sqlite.courier().turn(hook)
    (request,) = receiver.requests
    sent = int(request.headers["webhook-timestamp"])
    assert sent == sqlite.now
    assert request.headers["webhook-id"] == "hook.1"
    assert request.headers["webhook-signature"] == signature_of(secret_of(PASSWORD, hook), "hook.1", sent, request.body)
    body = request.json
    assert (body["type"], body["id"], body["webhook"]) == ("contributed", 1, "hook")
    told = sqlite.events.page(sqlite.events.of_pool("first"), 0)
    assert body["data"] == told.events[0][1].model_dump(mode="json")


def test_pools_and_accounts_are_told_their_own_events_only(tables, receiver):
    for name, pool, account in (("p", "second", None), ("a", None, ADA), ("b", None, BOB)):
        tables.register(f"{receiver.url}/{name}", name, pool, account=account)
    tables.happen(1, "first", ADA, contributor=BOB)
    tables.happen(1, "second", BOB)
    for name in ("p", "a", "b"):
        tables.courier().turn(name)
    told = [(request.path.removeprefix("/hook/"), request.json["id"]) for request in receiver.requests]
    assert told == [("p", 2), ("a", 1), ("b", 1), ("b", 2)]


def test_long_backlog_is_read_in_pages_and_delivered_over_one_connection(tables, receiver, monkeypatch):
    monkeypatch.setattr("earnest.events.service.PAGE", 7)
    tables.happen(30)
    hook = tables.register(receiver.url)
    assert tables.courier().turn(hook) is False
    assert receiver.events == list(range(1, 31))
    assert receiver.connections == 1
    assert (tables.hook().position, len(tables.hook().recent)) == (30, RECENT)


def test_turn_ends_in_time_and_the_next_goes_on(sqlite, receiver, monkeypatch):
    monkeypatch.setattr(module, "TURN_SECONDS", 0.2)
    sqlite.happen(9)
    hook, courier = sqlite.register(receiver.url), sqlite.courier()
    receiver.answers = [slow(0.1)]
    assert courier.turn(hook) is True
    done = sqlite.hook().position
    assert 1 <= done < 9
    while courier.turn(hook):
        pass
    assert receiver.events == list(range(1, 10))


def test_who_comes_too_late_is_told_that_events_are_forgotten(sqlite, receiver, monkeypatch):
    monkeypatch.setattr(noted, "KEPT", 5)
    sqlite.happen(20)
    hook = sqlite.register(receiver.url)
    sqlite.courier().turn(hook)
    (request,) = receiver.requests
    assert (request.json["type"], request.json["id"]) == ("reset", 20)
    sqlite.happen()
    sqlite.courier().turn(hook)
    assert receiver.events == [20, 21]


def test_turn_that_ends_right_after_a_reset_is_followed_by_another(sqlite, receiver, monkeypatch):
    monkeypatch.setattr(module, "TURN_SECONDS", 0.0)
    hook = sqlite.register(receiver.url, position=1_000)
    sqlite.happen(2)
    courier = sqlite.courier()
    assert courier.turn(hook) is True
    sqlite.happen()
    assert courier.turn(hook) is True
    assert courier.turn(hook) is False
    assert receiver.events == [2, 3]


def test_tables_that_were_restored_begin_anew(sqlite, receiver):
    sqlite.happen(3)
    hook = sqlite.register(receiver.url, position=1_000)
    sqlite.courier().turn(hook)
    assert (receiver.requests[0].json["type"], sqlite.hook().position) == ("reset", 3)


def test_place_is_written_down_rarely_where_nothing_is_for_the_webhook(sqlite, receiver, monkeypatch):
    monkeypatch.setattr(module, "MAY_LAG", 10)
    hook = sqlite.register(receiver.url)
    sqlite.happen(10, "second")
    sqlite.courier().turn(hook)
    assert sqlite.hook().position == 0
    sqlite.happen(1, "second")
    sqlite.courier().turn(hook)
    assert sqlite.hook().position == 11
    assert receiver.requests == []


def test_test_is_sent_once_whatever_the_state_and_counts_for_nothing(sqlite, receiver):
    hook = sqlite.register(receiver.url, status=ASIDE, failures=3, reason="why", test_wanted=True)
    receiver.answers = [status(500)]
    sqlite.courier().turn(hook)
    sqlite.courier().turn(hook)
    (request,) = receiver.requests
    assert (request.json["type"], request.json["id"]) == ("test", None)
    row = sqlite.hook()
    assert (row.status, row.failures, row.reason, row.test_wanted) == (ASIDE, 3, "why", False)
    assert row.recent[0]["status"] == 500


def test_pool_that_was_forgotten_ends_its_webhook(sqlite, receiver):
    sqlite.happen()
    hook = sqlite.register(receiver.url, pool="gone")
    sqlite.courier().turn(hook)
    assert sqlite.hook().status == ASIDE
    assert "no pool gone" in sqlite.hook().reason


def test_webhook_that_is_removed_meanwhile_gets_no_more(sqlite, receiver):
    sqlite.happen(3)
    hook = sqlite.register(receiver.url)

    def remove(handler):
        with sqlite.sessions.begin() as session:
            session.delete(session.get_one(Webhook, hook))
        status(500)(handler)

    receiver.answers = [remove, status(204)]
    assert sqlite.courier().turn(hook) is False
    assert sqlite.courier().turn(hook) is False
    assert len(receiver.requests) == 1


def test_process_that_is_late_takes_nothing_back_that_another_one_has_delivered(tables, receiver, monkeypatch):
    """It has lost the claim, and does not know yet: the place of the other one stays, and its own turn ends."""
    tables.happen(3)
    hook, raced = tables.register(receiver.url), []
    another = tables.courier()

    def deliver_all(handler: BaseHTTPRequestHandler) -> None:
        if not raced:
            raced.append(True)
            another.turn(hook)
        status(204)(handler)

    receiver.answers = [deliver_all]
    # written down after each
    monkeypatch.setattr(module, "KEEP_SECONDS", 0.0)
    assert tables.courier().turn(hook) is False
    assert receiver.events.count(3) == 1
    assert (tables.hook().position, tables.hook().failures) == (3, 0)


# THE THREADS


def test_what_happens_is_delivered_and_a_new_process_goes_on_where_the_last_one_was(tables, receiver):
    tables.register(receiver.url)
    with tables.delivering():
        tables.happen(2)
        receiver.until(2)
        tables.happen(2)
        receiver.until(4)
    tables.happen(2)
    with tables.delivering():
        receiver.until(6)
    assert receiver.events == [1, 2, 3, 4, 5, 6]
    assert tables.hook().position == 6


def test_many_webhooks_at_once_each_get_everything_in_order(sqlite):
    with receiving() as first, receiving() as second:
        for number in range(6):
            target = first if number % 2 else second
            sqlite.register(f"{target.url}/{number}", str(number))
        with sqlite.delivering():
            for _ in range(5):
                sqlite.happen(4)
                time.sleep(0.05)
            first.until(60)
            second.until(60)
        for receiver in (first, second):
            for number in range(6):
                told = [r.json["id"] for r in receiver.requests if r.path.endswith(f"/{number}")]
                assert told in ([], list(range(1, 21)))


def test_slow_receivers_of_one_account_hold_nobody_up(sqlite, receiver):
    with receiving() as tar:
        tar.answers = [slow(1.0)]
        for number in range(6):
            sqlite.register(tar.url, f"slow {number}", owner=ADA)
        sqlite.register(receiver.url, "other", owner=BOB)
        with sqlite.delivering(workers=3):
            sqlite.happen()
            begun = time.monotonic()
            receiver.until(1)
            assert time.monotonic() - begun < 2
        assert tar.most_at_once <= 2


def test_failure_is_tried_again_when_its_time_has_come(sqlite, receiver):
    receiver.answers = [status(500), status(204)]
    sqlite.register(receiver.url)
    with sqlite.delivering():
        sqlite.happen()
        receiver.until(1)
        time.sleep(1)
        assert len(receiver.requests) == 1
        sqlite.now += 61
        receiver.until(2)
    assert receiver.events == [1, 1]


def test_looks_without_anything_new_send_and_write_nothing(sqlite, receiver):
    hook = sqlite.register(receiver.url)
    turns = []

    class Counted(Courier):
        def turn(self, webhook_id: str) -> bool:
            turns.append(webhook_id)
            return super().turn(webhook_id)

    courier = Counted(sqlite.sessions, sqlite.events, PASSWORD, PRIVATE)
    made = Deliverer(sqlite.sessions, courier, 1)
    made.start()
    time.sleep(2)
    sqlite.happen(1, "second")
    time.sleep(1)
    made.stop()
    # the first look is at every webhook, since nobody knows what the last process left
    assert turns == [hook]
    assert receiver.requests == []


def test_what_is_put_in_wakes_a_thread_that_works_whoever_else_waits(sqlite, monkeypatch):
    monkeypatch.setattr(looking, "LOOK_SECONDS", 60.0)
    turned = threading.Semaphore(0)

    class Counted(Courier):
        def turn(self, webhook_id: str) -> bool:
            turned.release()
            return False

    made = Deliverer(sqlite.sessions, Counted(sqlite.sessions, sqlite.events, PASSWORD, PRIVATE), 1)
    looks, works = made._threads
    # who waits first is woken first: as on a machine that is slow to start threads
    looks.start()
    time.sleep(0.5)
    works.start()
    time.sleep(0.2)
    try:
        made.put("one", None)
        assert turned.acquire(timeout=5)
    finally:
        made.stop()


def test_what_was_cut_off_by_the_end_is_delivered_again(sqlite, receiver):
    receiver.answers = [slow(1.5), status(204)]
    sqlite.register(receiver.url)
    sqlite.happen()
    with sqlite.delivering() as deliverer:
        receiver.until(1)
        begun = time.monotonic()
        deliverer.stop(0.2)
        assert time.monotonic() - begun < 1
    with sqlite.delivering():
        receiver.until(1)
        time.sleep(2)
    assert set(receiver.events) == {1}
    assert sqlite.hook().position == 1
