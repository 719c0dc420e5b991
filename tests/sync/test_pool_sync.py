"""What the sync writes is what the contract holds: after claims, replays, reorganisations and restarts."""

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from earnest.chain.deployment import send_and_wait
from earnest.chain.interface import encode_call
from earnest.chain.types import Call
from earnest.core.models.formats.words import pack_sample, unpack_sample
from earnest.db.tables import (
    Claim,
    Contribution,
    CreditEvent,
    Evaluation,
    ModelSnapshot,
    Pool,
    PoolAccount,
    PoolTotals,
    SyncCursor,
)
from earnest.sync import ahead, pool_sync
from earnest.sync.pool_sync import PoolSync
from earnest.sync.projection import Projection
from tests.fixtures.pools import COLLECT_WAIT, COST, NUM_WORDS, OPERATOR, OTHER, REFUND_WAIT, World


def agreed(sync: PoolSync, sample: bytes) -> int:
    """The label that the model predicts."""
    return sync.snapshot()[0].predict_one(unpack_sample(sample))[0]


def disputed(sync: PoolSync) -> tuple[bytes, int]:
    """A sample and a label that the model still contradicts after it learned from them."""
    for first in range(NUM_WORDS - 5):
        sample = pack_sample(range(first, first + 5))
        label = 1 - agreed(sync, sample)
        after = sync.snapshot()[0].copy()
        after.learn_one(unpack_sample(sample), label)
        if after.predict_one(unpack_sample(sample))[0] != label:
            return sample, label
    pytest.fail("the model learns every sample at once")


def assert_sums_are_of_the_rows(world: World) -> None:
    with world.sessions() as session:
        rows = session.scalars(select(Contribution)).all()
        claims = session.scalars(select(Claim).where(~Claim.burned)).all()
        accounts = session.scalars(select(PoolAccount)).all()
        totals = session.scalars(select(PoolTotals)).one_or_none()
    if totals is not None:
        opened = [row.claimable for row in rows if row.status == "open"]
        assert (totals.contributions, totals.open_contributions, totals.open_amount) == (
            len(rows),
            len(opened),
            sum(opened),
        )
        assert totals.credit == sum(account.credit for account in accounts)
        assert totals.verified == sum(account.verified for account in accounts)
        went = totals.refunds + totals.shares + totals.leftovers + totals.burned
        assert totals.deposits == went + totals.open_amount
        assert totals.contributors == sum(account.contributions > 0 for account in accounts)
    for account in accounts:
        own = [row.deposit for row in rows if row.contributor == account.account]
        assert (account.contributions, account.deposits) == (len(own), sum(own))
        for verb, amount in (
            ("refund", account.refunds),
            ("report", account.shares),
            ("collect", account.leftovers),
        ):
            assert amount == sum(
                claim.amount for claim in claims if (claim.verb, claim.account) == (verb, account.account)
            )


def assert_tables_match_contract(world: World, sync: PoolSync) -> None:
    """Totals, each contribution, each account and the weights, at the block of the cursor."""
    gateway, at = world.gateway, sync.snapshot()[1].number
    assert at == gateway.head().number
    state = gateway.pool_state(world.address, at)
    with world.sessions() as session:
        contributions = session.scalars(select(Contribution).order_by(Contribution.index)).all()
        accounts = session.scalars(select(PoolAccount)).all()
        cursor = session.get_one(SyncCursor, world.pool_id)
    assert [row.index for row in contributions] == list(range(state.count))
    for row in contributions:
        assert row.claimable == gateway.claimable(world.address, row.index, at)
        assert (row.status == "open") == (row.claimable > 0)
        block = gateway.block(row.block_number)
        assert block is not None
        assert (row.block_hash, row.time) == (block.hash, block.timestamp)
    for account in accounts:
        assert (account.credit, account.verified) == gateway.pool_account(world.address, account.account, at)
    owed = sum(row.claimable for row in contributions) + sum(account.credit for account in accounts)
    assert owed == state.escrow
    assert sum(account.verified for account in accounts) == state.total_verified
    assert_sums_are_of_the_rows(world)
    assert cursor.block_hash == gateway.head().hash
    assert sync.snapshot()[0].accepted_ == state.count
    assert sync.snapshot()[0].digest() == gateway.digest(world.address, at)
    assert sync.digest_matches is True


def test_sync_every_kind_of_event_leaves_tables_equal_to_the_contract(world):
    sync = world.sync()
    sync.catch_up()
    sample = pack_sample([1, 7, 30])
    bad, wrong = disputed(sync)
    honest = world.contribute(sample, agreed(sync, sample), value=3 * COST)
    reported = world.contribute(bad, wrong, OTHER)
    sync.catch_up()
    assert_tables_match_contract(world, sync)

    world.refund(honest, sample)
    sync.catch_up()
    assert_tables_match_contract(world, sync)

    # a second verified account, so that the report takes a share only and something is left to collect
    mine = pack_sample([2, 9])
    second = world.contribute(mine, agreed(sync, mine), OTHER)
    world.gateway.advance_time(REFUND_WAIT + 1)
    send_and_wait(world.gateway, world.gateway.refund_call(world.address, second, mine), OTHER)
    send_and_wait(world.gateway, world.gateway.report_call(world.address, reported, bad), OPERATOR)
    sync.catch_up()
    assert_tables_match_contract(world, sync)
    with world.sessions() as session:
        kept = session.scalars(select(Contribution).where(Contribution.index == reported.index)).one()
    assert 0 < kept.claimable < kept.deposit

    send_and_wait(world.gateway, world.gateway.withdraw_call(world.address), OPERATOR)
    world.gateway.advance_time(COLLECT_WAIT)
    hashed = bytes.fromhex(kept.sample_hash[2:])
    send_and_wait(world.gateway, world.gateway.collect_call(world.address, reported, hashed), OPERATOR)
    sync.catch_up()
    for call in (("pause",), ("unpause",), ("transferOwnership", OTHER.address)):
        send_and_wait(world.gateway, Call(world.address, encode_call("IPool", *call), 0, 100_000), OPERATOR)
    send_and_wait(world.gateway, Call(world.address, encode_call("IPool", "acceptOwnership"), 0, 100_000), OTHER)
    sync.catch_up()
    assert_tables_match_contract(world, sync)
    with world.sessions() as session:
        assert session.scalars(select(Claim.verb).order_by(Claim.block_number)).all() == [
            "refund",
            "refund",
            "report",
            "collect",
        ]
        assert {row.kind for row in session.scalars(select(CreditEvent))} == {"payment", "withdrawal"}


def test_committed_batch_is_known_by_its_first_contribution_and_leaves_with_a_reorganisation(world):
    sync = world.sync()
    sync.catch_up()
    one = pack_sample([5])
    world.contribute(one, agreed(sync, one))
    before, snapshot = world.rows(), world.rpc("evm_snapshot")
    samples = [pack_sample([word]) for word in (1, 2, 3)]
    call = world.gateway.contribute_call(world.address, samples, [1, 0, 1], COST, 3 * COST, committed=True)
    send_and_wait(world.gateway, call, OTHER)
    world.contribute(one, agreed(sync, one))
    sync.catch_up()
    with world.sessions() as session:
        query = select(Contribution.batch_first).order_by(Contribution.index)
        assert session.scalars(query).all() == [None, 1, 1, 1, None]

    world.rpc("evm_revert", snapshot)
    world.gateway.advance_time(1)
    sync.catch_up()
    with world.sessions() as session:
        assert session.scalars(query).all() == [None]
    assert before[0] == []


def test_replayed_events_change_nothing(world):
    sync = world.sync()
    sync.catch_up()
    sample = pack_sample([3, 4])
    world.refund(world.contribute(sample, agreed(sync, sample), value=2 * COST), sample)
    sync.catch_up()
    before = world.rows()
    logs = world.gateway.logs([world.address], 0, world.gateway.head().number)
    with world.sessions.begin() as session:
        pool = session.get_one(Pool, world.pool_id)
        assert len(logs) == 3
        projection = Projection(session, pool, logs)
        assert [projection.take(log) for log in logs] == [False] * 3
        projection.write()
    assert world.rows() == before
    assert sync.step() == 0


def test_step_that_fails_before_its_commit_leaves_nothing_and_is_done_again(world, monkeypatch):
    sync = world.sync()
    sync.catch_up()
    world.contribute(pack_sample([3, 4]), 1)
    before, block = world.rows(), sync.snapshot()[1]

    def full(*arguments: object, **named: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(sync, "_store_mirror", full)
        with pytest.raises(OSError, match="disk full"):
            sync.step()
    assert (world.rows(), sync.snapshot()[1]) == (before, block)
    sync.catch_up()
    assert_tables_match_contract(world, sync)


def test_reorganisation_replaces_contribution_with_another(world):
    sync = world.sync()
    world.contribute(pack_sample([3, 4]), 1)
    sync.catch_up()
    point = world.rpc("evm_snapshot")
    world.contribute(pack_sample([10, 11]), 0, OTHER, value=5 * COST)
    world.contribute(pack_sample([12, 13]), 1, OTHER)
    sync.catch_up()
    assert_tables_match_contract(world, sync)

    assert world.rpc("evm_revert", point) is True
    other = pack_sample([20, 21, 22])
    world.contribute(other, 1)
    sync.catch_up()
    assert_tables_match_contract(world, sync)
    with world.sessions() as session:
        assert session.scalars(select(Contribution.sample).order_by(Contribution.index)).all() == [
            pack_sample([3, 4]),
            other,
        ]
        # the credit of the contribution that is gone went with it
        assert session.execute(select(PoolAccount.account, PoolAccount.credit)).all() == [(OPERATOR.address, 0)]
        assert session.scalars(select(CreditEvent)).all() == []
        assert session.scalars(select(Evaluation.accepted).order_by(Evaluation.block_number)).all() == [0, 1, 2]


def test_reorganisation_to_a_shorter_chain_takes_rows_back(world):
    sync = world.sync()
    sync.catch_up()
    before, point = world.rows(), world.rpc("evm_snapshot")
    digest = sync.snapshot()[0].digest()
    world.contribute(pack_sample([10, 11]), 0, value=2 * COST)
    world.gateway.advance_time(1)
    sync.catch_up()
    assert world.rpc("evm_revert", point) is True
    sync.catch_up()
    assert world.rows() == before
    assert sync.snapshot()[0].digest() == digest
    assert_tables_match_contract(world, sync)


def test_reorganisation_of_claims_opens_the_contribution_again(world):
    sync = world.sync()
    sync.catch_up()
    sample = pack_sample([3, 4])
    key = world.contribute(sample, agreed(sync, sample), value=2 * COST)
    world.gateway.advance_time(REFUND_WAIT + 1)
    sync.catch_up()
    point = world.rpc("evm_snapshot")
    send_and_wait(world.gateway, world.gateway.refund_call(world.address, key, sample), OPERATOR)
    send_and_wait(world.gateway, world.gateway.withdraw_call(world.address), OPERATOR)
    sync.catch_up()
    with world.sessions() as session:
        assert session.scalars(select(Contribution.status)).all() == ["refunded"]

    assert world.rpc("evm_revert", point) is True
    world.gateway.advance_time(5)
    sync.catch_up()
    assert_tables_match_contract(world, sync)
    with world.sessions() as session:
        assert session.scalars(select(Contribution.status)).all() == ["open"]
        account = session.scalars(select(PoolAccount)).one()
    assert (account.credit, account.verified) == (COST, 0)


def test_reorganisation_while_stopped_is_found_at_the_start(world):
    sync = world.sync()
    sync.catch_up()
    point = world.rpc("evm_snapshot")
    world.contribute(pack_sample([10, 11]), 0)
    sync.catch_up()
    world.rpc("evm_revert", point)
    world.contribute(pack_sample([30]), 1, OTHER)
    again = world.sync()
    again.catch_up()
    assert_tables_match_contract(world, again)


@pytest.mark.parametrize("every", [1, 2, 500])
def test_restart_restores_the_mirror_from_snapshot_and_contributions(world, monkeypatch, every):
    monkeypatch.setattr(pool_sync, "SNAPSHOT_EVERY", every)
    sync = world.sync()
    for position in range(5):
        world.contribute(pack_sample([position, position + 7, 40]), position % 2)
        sync.catch_up()
    again = world.sync()
    assert again.snapshot()[0].to_bytes() == sync.snapshot()[0].to_bytes()
    assert again.snapshot()[1].hash == sync.snapshot()[1].hash
    with Session(world.sessions.engine) as session:
        assert len(session.scalars(select(ModelSnapshot.accepted)).all()) == 5 // every
    again.catch_up()
    assert_tables_match_contract(world, again)


def test_sync_in_ranges_of_one_block_gives_the_same_rows_as_in_one_step(world, monkeypatch):
    for position in range(3):
        world.contribute(pack_sample([position]), 1, value=2 * COST if position == 1 else COST)
    monkeypatch.setattr(ahead, "RANGE_BLOCKS", 1)
    world.sync().catch_up()
    small = world.rows()[:5]
    with world.sessions.begin() as session:
        pool, cursor = session.get_one(Pool, world.pool_id), session.get_one(SyncCursor, world.pool_id)
        for table in (Contribution, Claim, CreditEvent, PoolAccount, PoolTotals):
            session.execute(delete(table))
        block = world.gateway.block(pool.deployed_block or 0)
        assert block is not None
        cursor.block_number, cursor.block_hash = block.number, block.hash
    monkeypatch.setattr(ahead, "RANGE_BLOCKS", 500)
    sync = world.sync()
    sync.catch_up()
    assert world.rows()[:5] == small
    assert_tables_match_contract(world, sync)


def test_digest_of_a_later_block_is_no_difference_where_the_second_answer_is_right(world, monkeypatch):
    """A node that mines while it answers may tell the digest of the block that it just made."""
    sync = world.sync()
    sync.catch_up()
    asked, right = [], world.gateway.digest

    def racing(pool: str, block: int) -> bytes:
        asked.append(block)
        return b"\0" * 32 if len(asked) == 1 else right(pool, block)

    monkeypatch.setattr(world.gateway, "digest", racing)
    sync.compare_digest(force=True)
    assert (sync.digest_matches, len(asked)) == (True, 2)
    sync.compare_digest(force=True)
    assert (sync.digest_matches, len(asked)) == (True, 3)
    monkeypatch.setattr(world.gateway, "digest", lambda pool, block: b"\0" * 32)
    sync.compare_digest(force=True)
    assert sync.digest_matches is False
