"""In whatever ranges a pool's log is taken in, it leaves the same rows: block by block, halved, or all at once.

One block is one transaction here, and mostly one event: the rows that an event reads are then always in the tables. In
one range they are all in memory, and in two halves some of each. Batches of two put a border between any two rows.
"""

from typing import Any

import pytest
from sqlalchemy import delete, select

from earnest.chain.deployment import send_and_wait
from earnest.chain.events import Log
from earnest.chain.interface import encode_call
from earnest.chain.types import Call
from earnest.core.keccak import keccak256
from earnest.core.models.formats.words import pack_sample
from earnest.core.pool.events import BatchCommitted
from earnest.db.queries import ranges
from earnest.db.tables import (
    Claim,
    Contribution,
    CreditEvent,
    Evaluation,
    Event,
    Pool,
    PoolAccount,
    PoolTotals,
    Seal,
    SyncCursor,
)
from earnest.sync import ahead, bulk
from earnest.sync.range_rows import RangeRows
from earnest.sync.undoing import undo_after
from tests.fixtures.pools import COLLECT_WAIT, COST, OPERATOR, OTHER, REFUND_WAIT, World
from tests.fixtures.sealed_pools import SealedWorld
from tests.sync.test_pool_sync import agreed, assert_sums_are_of_the_rows, disputed

#: Of these, nothing depends on where a range ends.
TABLES = (Contribution, Claim, CreditEvent, Seal, PoolAccount, PoolTotals)


def live(world: World) -> None:
    """Every kind of event of the published life, some on the same contribution, some of several accounts."""
    sync = world.sync()
    sync.catch_up()
    sample = pack_sample([1, 7, 30])
    bad, wrong = disputed(sync)
    honest = world.contribute(sample, agreed(sync, sample), value=3 * COST)
    reported = world.contribute(bad, wrong, OTHER)
    for committed in (True, False):
        samples = [pack_sample([word + 20 * committed]) for word in (2, 3, 4)]
        call = world.gateway.contribute_call(world.address, samples, [1, 0, 1], COST, 4 * COST, committed=committed)
        send_and_wait(world.gateway, call, OTHER)
    world.refund(honest, sample)
    sync.catch_up()
    mine = pack_sample([2, 9])
    second = world.contribute(mine, agreed(sync, mine), OTHER)
    world.gateway.advance_time(REFUND_WAIT + 1)
    send_and_wait(world.gateway, world.gateway.refund_call(world.address, second, mine), OTHER)
    send_and_wait(world.gateway, world.gateway.report_call(world.address, reported, bad), OPERATOR)
    send_and_wait(world.gateway, world.gateway.withdraw_call(world.address), OPERATOR)
    world.gateway.advance_time(COLLECT_WAIT)
    hashed = keccak256(bad)
    send_and_wait(world.gateway, world.gateway.collect_call(world.address, reported, hashed), OPERATOR)
    for name in ("pause", "unpause"):
        send_and_wait(world.gateway, Call(world.address, encode_call("IPool", name), 0, 100_000), OPERATOR)


def forget(world: World) -> None:
    """Nothing of the chain but the pool's first block is in the tables."""
    with world.sessions.begin() as session:
        pool = session.get_one(Pool, world.pool_id)
        block = world.gateway.block(pool.deployed_block or 0)
        assert block is not None
        undo_after(session, pool, block.number)
        for table in (*TABLES, Event):
            session.execute(delete(table))
        cursor = session.get_one(SyncCursor, world.pool_id)
        cursor.block_number, cursor.block_hash, cursor.block_time = block.number, block.hash, block.timestamp


def taken_in(world: World, monkeypatch: pytest.MonkeyPatch, blocks: int, batch: int = 1_000) -> dict[str, list[Any]]:
    """All rows after the whole log was taken in anew, in ranges of so many blocks; of events, what they tell."""
    forget(world)
    with monkeypatch.context() as changed:
        changed.setattr(ahead, "RANGE_BLOCKS", blocks)
        changed.setattr(bulk, "BATCH", batch)
        changed.setattr(ranges, "CHUNK", batch)
        sync = world.sync()
        sync.catch_up()
    assert sync.digest_matches is True
    with world.sessions() as session:
        found: dict[str, list[Any]] = {
            table.__tablename__: sorted(map(tuple, session.execute(select(*table.__table__.columns))), key=repr)
            for table in TABLES
        }
        told = [column for column in Event.__table__.columns if column.name != "sequence"]
        query = select(*told).where(Event.kind != "evaluated").order_by(Event.sequence)
        found["events"] = [tuple(row) for row in session.execute(query)]
        last = session.scalars(select(Evaluation.correct).order_by(Evaluation.block_number.desc()).limit(1)).one()
        mirror, _ = sync.mirror()
        found["mirror"] = [last, mirror.accepted, *mirror.kept()]
    return found


def assert_ranges_do_not_matter(world: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    with world.sessions() as session:
        begun = session.get_one(Pool, world.pool_id).deployed_block or 0
    blocks = world.gateway.head().number - begun
    expected = taken_in(world, monkeypatch, 1)
    assert taken_in(world, monkeypatch, blocks) == expected
    assert taken_in(world, monkeypatch, blocks, batch=2) == expected
    for some in {2, blocks // 2, blocks - 3}:
        assert taken_in(world, monkeypatch, some) == expected
    return expected


def test_published_life_leaves_the_same_rows_in_ranges_of_any_length(world, monkeypatch):
    live(world)
    rows = assert_ranges_do_not_matter(world, monkeypatch)
    assert_sums_are_of_the_rows(world)
    assert {row[2] for row in rows["pool_accounts"]} == {OPERATOR.address, OTHER.address}
    kinds = {"contributed", "credit", "refunded", "reported", "collected", "withdrawn", "paused", "unpaused"}
    assert {row[1] for row in rows["events"]} == kinds


def test_sealed_life_leaves_the_same_rows_in_ranges_of_any_length(sealed_world: SealedWorld, monkeypatch):
    world = sealed_world
    world.fund(10**18)
    world.live()
    # what nobody settles expires with a seal: some of it made in its own range
    for number in range(3):
        sample = world.sample(50 + number)
        world.give(sample, world.another(sample), OTHER)
        world.seal()
    for _ in range(4):
        world.seal()
    rows = assert_ranges_do_not_matter(world, monkeypatch)
    status = [column.name for column in Contribution.__table__.columns].index("status")
    assert {row[status] for row in rows["contributions"]} == {"settled", "expired"}
    assert len(rows["seals"]) == 9


def test_commitment_of_more_than_any_block_holds_is_refused_before_it_is_looked_for(sqlite_world):
    world = sqlite_world
    sync = world.sync()
    sync.catch_up()
    lie = BatchCommitted(0, OTHER.address, 2**255, "0x" + "00" * 32)
    log = Log(
        event=lie, address=world.address, block_number=9, block_hash="0x" + "00" * 32, block_time=1,
        transaction_hash="0x" + "01" * 32, transaction_index=0, log_index=0,
    )  # fmt: skip
    with world.sessions() as session, pytest.raises(ValueError, match="at once: no block"):
        RangeRows(session, session.get_one(Pool, world.pool_id), [log])
