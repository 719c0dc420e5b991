"""The operator's account seals its pools, once an epoch, where that does something and the budget lasts."""

import logging
import time
from functools import partial
from types import SimpleNamespace

import pytest
from sqlalchemy.orm import make_transient

from earnest.chain.deployment import send_and_wait
from earnest.chain.errors import ChainUnavailable
from earnest.chain.sealed import sealed_state
from earnest.db.pool_terms import terms_of_pool
from earnest.db.tables import Pool
from earnest.pools import keeper
from earnest.pools.keeper import DAY, Keeper
from earnest.readiness import Readiness
from earnest.sync.loop import SyncLoop
from tests.fixtures.pools import OPERATOR, OTHER
from tests.fixtures.sealed_pools import EPOCH, SealedWorld

PLENTY = 10**18


class Kept:
    """A keeper of a world's pool, its sync, and a clock that the test moves."""

    def __init__(self, world: SealedWorld, budget: int = PLENTY, operator=OPERATOR) -> None:
        self.world, self.now = world, 0.0
        self.loop = SyncLoop(world.gateway, world.sessions, Readiness(), 60)
        self.loop.add(world.pool_id)
        self.keeper = Keeper(world.sessions, world.gateway, operator, self.loop, budget, 0.01, clock=lambda: self.now)

    def look(self) -> int:
        """Once, with tables that are up to date."""
        self.loop.add(self.world.pool_id)
        return self.keeper.look()

    @property
    def epoch(self) -> int:
        return sealed_state(self.world.gateway, self.world.address).epoch


@pytest.fixture
def world(sqlite_sealed_world: SealedWorld) -> SealedWorld:
    return sqlite_sealed_world


def test_pool_without_contributions_is_not_sealed(world: SealedWorld):
    kept = Kept(world)
    world.gateway.advance_time(EPOCH)
    assert (kept.look(), kept.epoch) == (0, 0)


def test_pool_is_sealed_once_an_epoch_while_something_waits(world: SealedWorld):
    kept = Kept(world)
    sample = world.sample(1)
    made = world.give(sample, world.said(sample), OTHER)
    assert kept.look() == 0
    for epoch in (1, 2):
        world.gateway.advance_time(EPOCH)
        assert (kept.look(), kept.look(), kept.epoch) == (1, 0, epoch)
    world.settle(made, sample, OTHER)
    spent = PLENTY - kept.keeper.left
    assert 0 < spent < PLENTY
    # nothing is open, and the judge is the learner's already
    world.gateway.advance_time(EPOCH)
    assert kept.look() == 0
    kept.now = DAY
    assert kept.keeper.left == PLENTY


def test_judge_follows_to_the_learner_though_nothing_is_open(world: SealedWorld):
    kept = Kept(world)
    world.live()
    world.seal()
    world.seal()
    # what was at risk has expired: nothing is open, and the learner has learned
    world.gateway.advance_time(EPOCH)
    epoch = kept.epoch
    assert kept.look() == 1
    assert kept.epoch == epoch + 1
    for _ in range(200):
        world.gateway.advance_time(EPOCH)
        if not kept.look():
            break
    mirror = world.mirror(kept.loop.get(world.pool_id))
    assert mirror.is_at_rest()


def test_budget_bounds_what_seals_cost_in_a_day(world: SealedWorld, caplog: pytest.LogCaptureFixture):
    kept = Kept(world, budget=1000)
    sample = world.sample(1)
    world.give(sample, world.said(sample))
    world.gateway.advance_time(EPOCH)
    with caplog.at_level(logging.WARNING, "earnest.pools.keeper"):
        assert [kept.look() for _ in range(3)] == [0, 0, 0]
    assert caplog.text.count("the budget of today is used up (EARNEST_SEAL_BUDGET)") == 1
    assert kept.epoch == 0


def test_pool_of_somebody_else_is_left_to_its_owner(world: SealedWorld):
    kept = Kept(world, operator=OTHER)
    sample = world.sample(1)
    world.give(sample, world.said(sample))
    world.gateway.advance_time(EPOCH)
    assert (kept.look(), kept.epoch) == (0, 0)


def test_pool_that_somebody_seals_first_is_no_trouble(world: SealedWorld, monkeypatch: pytest.MonkeyPatch):
    kept = Kept(world)
    sample = world.sample(1)
    world.give(sample, world.said(sample))
    world.seal()
    monkeypatch.setattr(kept.keeper, "_is_due", lambda pool, sealed_at: True)
    assert kept.look() == 0
    assert kept.keeper.left == PLENTY


def test_deposit_left_to_lie_does_not_have_the_operator_pay_for_ever(world: SealedWorld):
    # a thief loses nothing by it: it may settle whenever it likes
    kept = Kept(world)
    sample = world.sample(1)
    made = world.give(sample, world.said(sample), OTHER)
    seals = 0
    for _ in range(12):
        world.gateway.advance_time(EPOCH)
        seals += kept.look()
    assert seals == world.setting("wait_seals")
    assert world.settle(made, sample, OTHER).amount == made.deposit


def test_what_is_at_risk_is_sealed_until_it_is_lost(world: SealedWorld):
    kept = Kept(world)
    sample = world.sample(1)
    made = world.give(sample, 1 - world.said(sample), OTHER)
    seals = 0
    for _ in range(12):
        world.gateway.advance_time(EPOCH)
        seals += kept.look()
    assert seals == world.setting("risk_seals") + 1
    state = sealed_state(world.gateway, world.address)
    bounty, _ = world.gateway.pool_account(world.address, OPERATOR.address)
    assert 0 < bounty <= world.setting("seal_bounty")
    assert (state.escrow, state.budget) == (bounty, made.deposit - bounty)


def test_seal_that_somebody_overtakes_is_paid_out_of_the_budget(world: SealedWorld, monkeypatch: pytest.MonkeyPatch):
    kept = Kept(world)
    sample = world.sample(1)
    world.give(sample, world.said(sample))
    world.seal()
    # it looked well when it was tried, and another seal was mined before it
    monkeypatch.setattr(kept.keeper, "_is_due", lambda pool, sealed_at: True)
    monkeypatch.setattr(world.gateway, "try_call", lambda call, sender: b"")
    before = world.gateway.balance(OPERATOR.address)
    assert kept.look() == 0
    cost = before - world.gateway.balance(OPERATOR.address)
    assert 0 < cost == PLENTY - kept.keeper.left


def test_pool_that_waited_longest_comes_first(world: SealedWorld, monkeypatch: pytest.MonkeyPatch):
    # else what keeps old pools busy takes the whole budget from those behind them
    kept, order = Kept(world), []
    with world.sessions() as session:
        mine = session.get_one(Pool, world.pool_id)
    pools = [SimpleNamespace(id=name, address=name, owner=OPERATOR.address) for name in ("b", "c", "a")]
    monkeypatch.setattr(keeper, "pools_in", lambda session, status: pools)
    monkeypatch.setattr(keeper, "terms_of_pool", lambda pool: terms_of_pool(mine))
    monkeypatch.setattr(keeper, "sealed_state", lambda gateway, address: SimpleNamespace(sealed_at=ord(address)))
    monkeypatch.setattr(kept.keeper, "_would_do_something", lambda session, pool: True)
    monkeypatch.setattr(kept.keeper, "_is_due", lambda pool, sealed_at: True)
    monkeypatch.setattr(kept.keeper, "_seal", lambda pool: order.append(pool.id) or 1)
    assert kept.look() == 3
    assert order == ["a", "b", "c"]


def test_seal_that_is_not_mined_is_looked_for_before_another_is_paid_for(
    world: SealedWorld, monkeypatch: pytest.MonkeyPatch
):
    """On nodes whose pending state is the newest block's, nothing else tells that one is under way."""
    kept = Kept(world)
    sample = world.sample(1)
    world.give(sample, world.said(sample), OTHER)
    world.gateway.advance_time(EPOCH)
    monkeypatch.setattr(keeper, "send_and_wait", partial(send_and_wait, timeout=0.2))
    monkeypatch.setattr(world.gateway, "try_call", lambda call, sender: None)
    before = world.gateway.nonce(OPERATOR.address)
    world.rpc("evm_setAutomine", False)
    with pytest.raises(ChainUnavailable, match="was not mined"):
        kept.look()
    assert kept.keeper.left < PLENTY
    monkeypatch.setattr(kept.keeper, "_is_due", lambda pool, sealed_at: True)
    assert [kept.look() for _ in range(3)] == [0, 0, 0]
    assert world.gateway.nonce(OPERATOR.address) == before + 1
    world.rpc("evm_mine")
    world.rpc("evm_setAutomine", True)
    monkeypatch.undo()
    assert (kept.look(), kept.epoch) == (0, 1)
    assert PLENTY - kept.keeper.left > 0


def test_seal_that_was_mined_and_reverted_has_cost_something(world: SealedWorld, monkeypatch: pytest.MonkeyPatch):
    kept = Kept(world)
    sample = world.sample(1)
    world.give(sample, world.said(sample))
    monkeypatch.setattr(kept.keeper, "_is_due", lambda pool, sealed_at: True)
    monkeypatch.setattr(world.gateway, "try_call", lambda call, sender: None)
    assert (kept.look(), kept.epoch) == (0, 0)
    assert PLENTY - kept.keeper.left > 0


def test_pool_that_the_chain_does_not_have_keeps_no_other_from_being_sealed(
    world: SealedWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    kept = Kept(world)
    sample = world.sample(1)
    world.give(sample, world.said(sample))
    world.gateway.advance_time(EPOCH)
    kept.loop.add(world.pool_id)
    with world.sessions() as session:
        gone = session.get_one(Pool, world.pool_id)
        session.expunge(gone)
        make_transient(gone)
        gone.address = OTHER.address
        pool = session.get_one(Pool, world.pool_id)
        monkeypatch.setattr(keeper, "pools_in", lambda session, status: [gone, pool])
        monkeypatch.setattr(kept.keeper, "_would_do_something", lambda pool, totals: True)
        with caplog.at_level(logging.WARNING, "earnest.pools.keeper"):
            assert (kept.keeper.look(), kept.epoch) == (1, 1)
    assert caplog.text.count("There is no pool at") == 1


def test_thread_seals_by_itself_and_stops(world: SealedWorld):
    kept = Kept(world)
    sample = world.sample(1)
    world.give(sample, world.said(sample))
    kept.loop.add(world.pool_id)
    world.gateway.advance_time(EPOCH)
    kept.keeper.start()
    until = time.monotonic() + 20
    while kept.epoch == 0 and time.monotonic() < until:
        time.sleep(0.02)
    kept.keeper.stop()
    assert kept.epoch == 1


def test_keeper_without_a_budget_does_not_start(world: SealedWorld):
    kept = Kept(world, budget=0)
    kept.keeper.start()
    kept.keeper.stop()
    assert kept.epoch == 0


def test_bounty_becomes_the_operators_credit(world: SealedWorld):
    kept = Kept(world)
    sample = world.sample(1)
    world.give(sample, world.said(sample), OTHER)
    world.fund(10**16)
    world.gateway.advance_time(EPOCH)
    assert kept.look() == 1
    credit, _ = world.gateway.pool_account(world.address, OPERATOR.address)
    assert 0 < credit == world.bounty()
    send_and_wait(world.gateway, world.gateway.withdraw_call(world.address), OPERATOR)
