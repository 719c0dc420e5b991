"""A process without the claim follows the tables that another one writes, and goes on from where that one ended."""

from collections.abc import Iterator

import pytest

from earnest.core.models.formats.words import pack_sample
from earnest.db.engine import Sessions, make_engine, make_sessions
from earnest.readiness import Readiness
from earnest.sync import pool_sync
from earnest.sync.loop import SyncLoop
from earnest.sync.pool_sync import PoolSync
from tests.fixtures.pools import World
from tests.sync.test_pool_sync import assert_tables_match_contract


@pytest.fixture
def others(world: World) -> Iterator[Sessions]:
    """The sessions of another process on the same database."""
    engine = make_engine(world.sessions.engine.url.render_as_string(hide_password=False))
    yield make_sessions(engine)
    engine.dispose()


@pytest.fixture
def follower(world: World, others: Sessions) -> PoolSync:
    """The same pool's sync in the other process."""
    return PoolSync(world.gateway, others, world.pool_id)


def same(one: PoolSync, other: PoolSync) -> bool:
    """Whether both are at the same block, with the same weights."""
    mine, theirs = one.snapshot(), other.snapshot()
    return (mine[0].digest(), mine[1].number, mine[1].hash) == (theirs[0].digest(), theirs[1].number, theirs[1].hash)


def contribute(world: World, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        world.contribute(pack_sample([number % 40, 40 + number % 7]), number % 2)


def test_follower_has_what_was_written_and_says_so_before_it_can_be_known(world, follower, others):
    sync = world.sync()
    sync.catch_up()
    follower.follow()
    assert same(sync, follower)
    before = others.version
    contribute(world, 3)
    sync.catch_up()
    assert follower.snapshot()[0].accepted_ == 0
    # answers of before are kept by a version: it has changed by the time that the new block can be seen
    seen = []
    touch = others.touch
    others.touch = lambda: seen.append(follower._block.number) or touch()
    assert follower.follow() > 0
    assert same(sync, follower)
    assert follower.snapshot()[0].accepted_ == 3
    assert follower.digest_matches is True
    assert seen[0] == sync.snapshot()[1].number
    assert others.version > before


def test_nothing_is_read_again_or_made_anew_while_nothing_is_written(world, follower, others, monkeypatch):
    sync = world.sync()
    contribute(world, 2)
    sync.catch_up()
    follower.follow()
    before, restored = others.version, []
    restore = pool_sync.restore_mirror
    monkeypatch.setattr(pool_sync, "restore_mirror", lambda *all_: restored.append(all_) or restore(*all_))
    for _ in range(5):
        assert follower.follow() == 0
    assert (others.version, restored) == (before, [])
    # blocks without events of the pool move it on, with the mirror that it has
    world.rpc("evm_mine")
    sync.catch_up()
    assert follower.follow() > 0
    assert same(sync, follower)
    assert (restored, others.version > before) == ([], True)


def test_follower_takes_back_what_a_reorganisation_took_back(world, follower):
    sync = world.sync()
    contribute(world, 1)
    sync.catch_up()
    snapshot = world.rpc("evm_snapshot")
    contribute(world, 4, first=1)
    sync.catch_up()
    follower.follow()
    assert follower.snapshot()[0].accepted_ == 5
    world.rpc("evm_revert", snapshot)
    contribute(world, 2, first=20)
    world.rpc("evm_mine")
    sync.catch_up()
    follower.follow()
    assert same(sync, follower)
    assert follower.snapshot()[0].accepted_ == 3


def test_two_that_both_write_number_nothing_twice(world, follower):
    """Whoever lost the claim may be about to write: it finds the tables moved, and reads them."""
    sync = world.sync()
    sync.catch_up()
    follower.follow()
    contribute(world, 3)
    ahead = sync.step
    # both have read the same range; the other one has written it first
    gateway_logs = world.gateway.logs
    raced = []

    def logs(*given):
        found = gateway_logs(*given)
        if not raced:
            raced.append(True)
            while ahead():
                pass
        return found

    follower._gateway.logs = logs
    follower.catch_up()
    assert raced
    assert same(sync, follower)
    assert_tables_match_contract(world, follower)
    contribute(world, 2, first=10)
    follower.catch_up()
    sync.catch_up()
    assert_tables_match_contract(world, sync)


def test_whoever_takes_over_begins_where_the_other_one_ended(world, others):
    sync = world.sync()
    contribute(world, 2)
    sync.catch_up()
    loop = SyncLoop(world.gateway, others, Readiness(), 0.05, leads=False)
    loop.restore(world.pool_id)
    contribute(world, 2, first=5)
    sync.catch_up()
    # unseen by the other until it is to lead
    loop.lead()
    mine = loop.get(world.pool_id)
    assert same(sync, mine)
    contribute(world, 1, first=9)
    mine.catch_up()
    assert_tables_match_contract(world, mine)


@pytest.fixture
def restored(monkeypatch) -> list[object]:
    """Each time that a mirror was made out of the tables anew."""
    made, restore = [], pool_sync.restore_mirror
    monkeypatch.setattr(pool_sync, "restore_mirror", lambda *given: made.append(given) or restore(*given))
    return made


def test_follower_goes_on_from_the_mirror_that_it_has(world, follower, restored):
    sync = world.sync()
    sample = pack_sample([3, 41])
    key = world.contribute(sample, 1)
    sync.catch_up()
    follower.follow()
    restored.clear()
    for number in range(3):
        contribute(world, number, first=5 * number + 1)
        sync.catch_up()
        follower.follow()
        assert same(sync, follower)
    assert follower.digest_matches is True
    # an event that changes no weights leaves the mirror as it is
    before, _ = follower.mirror()
    world.refund(key, sample)
    sync.catch_up()
    assert follower.follow() > 0
    assert follower.mirror()[0] is before
    assert same(sync, follower)
    assert restored == []


def test_follower_begins_anew_after_a_reorganisation_alone(world, follower, restored):
    sync = world.sync()
    contribute(world, 1)
    sync.catch_up()
    follower.follow()
    snapshot = world.rpc("evm_snapshot")
    contribute(world, 2, first=1)
    sync.catch_up()
    follower.follow()
    world.rpc("evm_revert", snapshot)
    # as many as were taken back, and more blocks
    contribute(world, 2, first=20)
    world.rpc("evm_mine")
    sync.catch_up()
    restored.clear()
    follower.follow()
    assert len(restored) == 1
    assert same(sync, follower)
    assert follower.digest_matches is True


def test_follower_of_a_sealed_pool_goes_on_from_the_mirror_that_it_has(sqlite_sealed_world, restored):
    world = sqlite_sealed_world
    sync, engine = world.sync(), make_engine(world.sessions.engine.url.render_as_string(hide_password=False))
    sync.catch_up()
    follower = PoolSync(world.gateway, make_sessions(engine), world.pool_id)
    follower.follow()

    def take_over() -> None:
        sync.catch_up()
        # those of the test's own are none of the follower's
        restored.clear()
        follower.follow()
        assert restored == []
        mine, theirs = follower.mirror()[0], sync.mirror()[0]
        assert mine.learner.digest() == theirs.learner.digest()
        assert mine.served.digest() == theirs.served.digest()
        assert (mine.epoch, mine.accepted) == (theirs.epoch, theirs.accepted)

    for number in range(2):
        sample = world.sample(number)
        made = world.give(sample, world.said(sample))
        take_over()
        world.seal()
        world.seal()
        take_over()
        world.settle(made, sample)
        take_over()
    world.live()
    take_over()
    follower.compare_digest(force=True)
    assert follower.digest_matches is True
    engine.dispose()
