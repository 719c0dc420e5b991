"""Making webhooks on either database: bounded however many ask at once, once under a key, from the newest event on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from earnest.config import Settings
from earnest.errors import IdempotencyKeyReused
from earnest.web.limits import Limits, RateLimited
from earnest.webhooks.errors import TooManyWebhooks, WebhookAddressRefused, WebhookNotAllowed, WebhookUnknown
from earnest.webhooks.schemas import WebhookRequest
from earnest.webhooks.service import MOST, WebhookService
from tests.fixtures.pools import database
from tests.fixtures.threads import at_once
from tests.webhooks.test_delivery import ADA, BOB, PASSWORD, Tables, make_sessions

URL = "https://hooks.example/x"


@pytest.fixture(params=["sqlite", "postgres"])
def tables(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tables]:
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'earnest.sqlite'}" if sqlite else request.getfixturevalue("postgres_url")
    with database(url) as engine:
        yield Tables(make_sessions(engine))


class Made:
    """The service, and what it had looked after."""

    def __init__(self, tables: Tables, folder: Path) -> None:
        self.nudged: list[tuple[str, str | None]] = []
        self.service = WebhookService(
            tables.sessions, tables.pools, PASSWORD, Limits(Settings(data_dir=folder)), allow_private=False,
            nudge=lambda *which: self.nudged.append(which), clock=lambda: tables.now,
        )  # fmt: skip

    def make(self, owner: str | None = ADA, key: str | None = None, **request: str) -> str:
        return self.service.make(owner, WebhookRequest(**{"url": URL, **request}), key).id


@pytest.fixture
def made(tables: Tables, tmp_path: Path) -> Made:
    return Made(tables, tmp_path)


def test_webhook_begins_at_the_newest_event_and_is_looked_after_at_once(tables, made):
    tables.happen(3)
    hook = made.make()
    assert tables.hook(hook).position == 3
    assert made.nudged == [(hook, ADA)]


def test_so_many_and_no_more_are_made_however_many_ask_at_once(tables, made):
    def ask(_: int) -> int:
        count = 0
        for _ in range(4):
            try:
                made.make()
            except TooManyWebhooks:
                continue
            count += 1
        return count

    assert sum(at_once(ask)) == MOST
    assert len(made.service.all(ADA)) == MOST
    assert len({made.make(BOB), made.make(None, account=ADA)}) == 2


def test_request_under_a_key_makes_one_however_many_ask_at_once(made):
    assert len(set(at_once(lambda _: made.make(key="once")))) == 1
    assert len(made.service.all(ADA)) == 1
    with pytest.raises(IdempotencyKeyReused):
        made.make(key="once", url=URL + "/other")
    # another account's keys are its own
    assert made.make(BOB, key="once") != made.make(key="once")


def test_what_is_not_the_callers_is_refused(made):
    for owner, request, error in (
        (ADA, {"account": BOB}, WebhookNotAllowed),
        (ADA, {"pool": "first"}, WebhookNotAllowed),
        (None, {}, WebhookNotAllowed),
        (ADA, {"url": "http://127.0.0.1/"}, WebhookAddressRefused),
    ):
        with pytest.raises(error):
            made.make(owner, **request)
    hook = made.make()
    for owner in (BOB, None):
        for ask in (made.service.show, made.service.remove, made.service.enable, made.service.test):
            with pytest.raises(WebhookUnknown):
                ask(owner, hook)


def test_tests_of_one_webhook_are_limited_and_those_of_others_are_not(tables, made):
    hook, other = made.make(), made.make()
    for _ in range(6):
        made.service.test(ADA, hook)
    with pytest.raises(RateLimited):
        made.service.test(ADA, hook)
    assert tables.hook(hook).test_wanted
    made.service.test(ADA, other)
