"""What the sync notes for those who follow pools and accounts."""

import pytest
from sqlalchemy import select

from earnest.core.models.formats.words import pack_sample
from earnest.db.engine import Sessions
from earnest.db.queries.events import events_of_account, events_of_pool, newest_event, oldest_event
from earnest.db.tables import Event, Pool
from earnest.sync import events
from earnest.sync.events import Notes
from tests.fixtures.pools import COST, OPERATOR, OTHER, World
from tests.sync.test_pool_sync import agreed


def noted(world: World) -> list[Event]:
    with world.sessions() as session:
        return list(session.scalars(select(Event).order_by(Event.sequence)))


def fill(sessions: Sessions, pool_id: str, count: int) -> None:
    with sessions.begin() as session:
        notes = Notes(session, session.get_one(Pool, pool_id))
        for number in range(count):
            notes.add("contributed", number, number, account=OPERATOR.address, index=number, amount=COST)
        notes.write()


def test_what_happens_is_noted_in_the_order_of_the_chain_and_once(world):
    sync = world.sync()
    sample = pack_sample([1, 7, 30])
    key = world.contribute(sample, agreed(sync, sample), value=3 * COST)
    world.refund(key, sample)
    sync.catch_up()
    found = noted(world)
    assert [event.kind for event in found if event.kind != "evaluated"] == ["contributed", "credit", "refunded"]
    by_kind = {event.kind: event for event in found}
    assert by_kind["credit"].amount == 2 * COST
    assert by_kind["refunded"].amount == COST
    assert by_kind["refunded"].transaction_hash is not None
    assert [event.sequence for event in found] == list(range(1, len(found) + 1))
    # a second look at the same blocks, as after a crash, notes nothing again
    world.sync().catch_up()
    assert len(noted(world)) == len(found)


def test_reorganisation_is_noted_for_the_pool_and_for_each_account_that_it_concerns(world):
    sync = world.sync()
    sync.catch_up()
    snapshot = world.rpc("evm_snapshot")
    sample = pack_sample([4, 11])
    world.contribute(sample, agreed(sync, sample))
    world.contribute(sample, agreed(sync, sample), OTHER)
    sync.catch_up()
    before = newest_of(world)
    world.rpc("evm_revert", snapshot)
    for _ in range(4):
        world.rpc("evm_mine")
    sync.catch_up()
    with world.sessions() as session:
        mine = events_of_account(session, OTHER.address, before, 10)
        of_pool = events_of_pool(session, world.pool_id, before, 10)
    assert [event.kind for event in mine] == ["reorganised"]
    assert {event.account for event in of_pool if event.kind == "reorganised"} == {
        None,
        OPERATOR.address,
        OTHER.address,
    }


def newest_of(world: World) -> int:
    with world.sessions() as session:
        return newest_event(session)


def test_only_the_newest_are_kept(world, monkeypatch):
    monkeypatch.setattr(events, "KEPT", 10)
    fill(world.sessions, world.pool_id, 25)
    fill(world.sessions, world.pool_id, 3)
    with world.sessions() as session:
        assert (oldest_event(session), newest_event(session)) == (19, 28)


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_pages_of_an_account_hold_what_it_did_and_what_befell_it(world, limit):
    with world.sessions.begin() as session:
        notes = Notes(session, session.get_one(Pool, world.pool_id))
        for number in range(12):
            who = (OPERATOR.address, OTHER.address) if number % 3 else (OTHER.address, None)
            notes.add("reported", number, number, account=who[0], contributor=who[1], index=number)
        notes.write()
    found, position = [], 0
    while True:
        with world.sessions() as session:
            page = events_of_account(session, OTHER.address, position, limit)
        if not page:
            break
        found += [event.index for event in page]
        position = page[-1].sequence
    assert found == list(range(12))
