"""Pools whose judge is sealed, in the tables: cases, states, standing, seals, both mirrors; and taken back."""

from sqlalchemy import select

from earnest.chain.gateway import Gateway
from earnest.chain.sealed import judge_digest, sealed_state
from earnest.core.incentives.sealed import AGREED, AT_RISK, PROMISED
from earnest.db.queries.pools import totals_of_pool
from earnest.db.queries.sealed import newest_seal, standings_in
from earnest.db.tables import Claim, Contribution, ModelSnapshot, Pool
from earnest.sync.care import Care
from earnest.sync.pool_sync import PoolSync
from tests.fixtures.pools import OPERATOR, OTHER
from tests.fixtures.proxy import proxy_of
from tests.fixtures.sealed_pools import DEPOSIT, SealedWorld, VectorsWorld


def follow(world: SealedWorld):
    """A sync at the head, whose mirrors are the contract's."""
    sync = world.sync()
    sync.catch_up()
    assert sync.digest_matches
    mirror = world.mirror(sync)
    assert mirror.learner.digest() == world.gateway.digest(world.address)
    assert mirror.served.digest() == judge_digest(world.gateway, world.address)
    assert mirror.epoch == sealed_state(world.gateway, world.address).epoch
    # and so are those that are made out of the tables anew
    restored = world.mirror()
    assert restored.learner.digest() == mirror.learner.digest()
    assert restored.served.digest() == mirror.served.digest()
    assert (restored.epoch, restored.accepted) == (mirror.epoch, mirror.accepted)
    return sync


def statuses(world: SealedWorld) -> list[tuple[int, str, int]]:
    with world.sessions() as session:
        rows = session.scalars(select(Contribution).order_by(Contribution.index)).all()
        return [(row.outcome, row.status, row.claimable) for row in rows]


def owed(world: SealedWorld) -> int:
    """What the tables say that the pool owes; the contract's escrow."""
    with world.sessions() as session:
        totals = totals_of_pool(session, session.get_one(Pool, world.pool_id))
        assert totals is not None
        return totals.open_amount + totals.credit


def test_contributions_have_cases_and_states_and_accounts_have_standing(sealed_world: SealedWorld):
    world = sealed_world
    rate, risk = world.setting("rate"), 7 * DEPOSIT
    world.live()
    follow(world)
    agreed, promised = (AGREED, "settled", 0), (PROMISED, "settled", 0)
    assert statuses(world) == [agreed] * rate + [promised, (AT_RISK, "open", risk)]
    assert owed(world) == sealed_state(world.gateway, world.address).escrow
    with world.sessions() as session:
        pool = session.get_one(Pool, world.pool_id)
        standing = standings_in(session, pool, [OPERATOR.address, OTHER.address])
        settled = session.scalars(select(Claim).order_by(Claim.index)).all()
    assert {(claim.verb, claim.account) for claim in settled} == {("settle", OPERATOR.address)}
    assert standing == {
        who.address: world.gateway.pool_account(world.address, who.address)[1] for who in (OPERATOR, OTHER)
    }


def test_what_is_at_risk_expires_with_a_seal_and_pays_for_it(sealed_world: SealedWorld):
    world = sealed_world
    world.live()
    # as many seals as live() did, and the rest
    for _ in range(world.setting("risk_seals") + 1 - 2):
        sealed = world.seal()
    bounty = world.bounty()
    assert 0 < bounty < DEPOSIT
    assert (sealed.burned, sealed.bounty) == (7 * DEPOSIT, bounty)
    follow(world)
    assert statuses(world)[-1] == (AT_RISK, "expired", 0)
    state = sealed_state(world.gateway, world.address)
    assert (state.budget, state.escrow) == (7 * DEPOSIT - bounty, owed(world))
    with world.sessions() as session:
        seal = newest_seal(session, session.get_one(Pool, world.pool_id))
        assert seal is not None
        assert (seal.epoch, seal.sealer, seal.burned, seal.bounty) == (sealed.epoch, OTHER.address, 7 * DEPOSIT, bounty)
        # one for each seal, so that a start replays an epoch at most
        assert len(session.scalars(select(ModelSnapshot)).all()) >= 1


def test_mirror_that_follows_seal_by_seal_is_the_one_that_catches_up_at_once(sealed_world: SealedWorld):
    world = sealed_world
    sync = follow(world)
    for number in range(3):
        sample = world.sample(number)
        made = world.give(sample, 1 - world.said(sample) if number == 2 else world.said(sample))
        for _ in range(2):
            world.seal()
            sync.catch_up()
        if made.outcome == AGREED:
            world.settle(made, sample)
        sync.catch_up()
        assert sync.digest_matches
    assert world.mirror(sync).served.digest() == world.mirror(follow(world)).served.digest()


def test_reorganisation_takes_seals_settlings_and_what_expired_back(sealed_world: SealedWorld):
    world = sealed_world
    world.live()
    sync = follow(world)
    before, kept = world.rows(), world.rpc("evm_snapshot")
    judge = world.mirror(sync).served.digest()
    world.seal()
    world.seal()
    sync.catch_up()
    assert statuses(world)[-1][1] == "expired"
    assert world.rpc("evm_revert", kept) is True
    # another chain of the same length, in which nothing of that happened
    for _ in range(8):
        world.rpc("evm_mine")
    sync.catch_up()
    assert sync.digest_matches
    assert statuses(world)[-1] == (AT_RISK, "open", 7 * DEPOSIT)
    assert world.mirror(sync).served.digest() == judge
    follow(world)
    # contributions, claims, credit, seals, accounts and totals; evaluations and positions name blocks
    assert world.rows()[:6] == before[:6]


def test_a_wrong_mirror_is_noticed(sealed_world: SealedWorld):
    world = sealed_world
    sync = world.sync()
    world.mirror(sync).served.weights_[0] += 1
    sync.compare_digest(force=True)
    assert sync.digest_matches is False


def test_logs_that_are_missing_are_not_taken_for_all(sqlite_sealed_world: SealedWorld):
    """Of contributions as of seals: a node that lags tells none, and no error."""
    world = sqlite_sealed_world
    with proxy_of(world.gateway.url) as proxy:
        care = Care(30.0, counts=True)
        sync = PoolSync(Gateway(proxy.url), world.sessions, world.pool_id, care=care)
        sync.catch_up()
        for change in (lambda: world.give(world.sample(1), world.said(world.sample(1))), world.seal):
            change()
            proxy.behind, proxy.lags = 1, lambda method: method == "eth_getLogs"
            before = world.rows()
            assert [sync.step() for _ in range(2)] == [0, 0]
            assert world.rows() == before
            proxy.behind = 0
            sync.catch_up()
            assert sync.digest_matches
            assert world.rows() != before
    follow(world)


def test_pool_on_vectors_of_three_classes_is_followed_and_restored(vectors_world: VectorsWorld):
    world = vectors_world
    assert world.model.class_count == 3
    assert (world.setting("judge_shift"), world.setting("most_features")) == (0, 0)
    world.live()
    first = world.mirror(follow(world)).served.digest()
    world.seal()
    assert world.mirror(follow(world)).served.digest() != first
    with world.sessions() as session:
        kept = session.scalars(select(ModelSnapshot).order_by(ModelSnapshot.block_number.desc())).first()
    assert kept is not None
    assert len(kept.judge or b"") == 4 * world.model.weight_count


def test_pool_of_a_model_that_counts_is_followed_and_restored(counting_world: SealedWorld):
    world = counting_world
    assert (world.setting("averaging"), world.setting("judge_shift")) == (1, 0)
    world.live()
    world.seal()
    mirror = world.mirror(follow(world))
    # a snapshot, until what is settled next
    assert mirror.served.digest() == mirror.learner.digest()
    assert mirror.is_at_rest()
    assert mirror.served.weights_.tolist() != mirror.learner.initial_weights_.tolist()
