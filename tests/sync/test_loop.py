"""The loop keeps every pool in step, says what is wrong by pool, and never takes another pool's trouble back."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from earnest.chain.errors import ChainUnavailable
from earnest.chain.events import Log
from earnest.core.models.formats.words import pack_sample
from earnest.core.pool.events import Event
from earnest.readiness import Readiness
from earnest.sync import pool_sync
from earnest.sync.loop import SyncLoop
from earnest.sync.pool_sync import PoolSync
from tests.fixtures.pools import World

PATIENCE = 30.0


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.fixture
def readiness() -> Readiness:
    made = Readiness()
    made.clear("start")
    return made


@pytest.fixture
def loop(world: World, readiness: Readiness) -> Iterator[SyncLoop]:
    made = SyncLoop(world.gateway, world.sessions, readiness, pause=0.02)
    yield made
    made.stop()


def test_pool_that_is_added_is_caught_up_and_followed(world: World, loop: SyncLoop, readiness: Readiness) -> None:
    world.contribute(pack_sample([1, 2, 3]), 1)
    sync = loop.add(world.pool_id)
    assert sync.snapshot()[0].accepted_ == 1
    loop.start()
    world.contribute(pack_sample([1, 2, 4]), 0)
    assert loop.wait_for(world.pool_id, world.gateway.head().number, PATIENCE)
    assert sync.snapshot()[0].accepted_ == 2
    assert readiness.reasons() == {}


def test_block_that_does_not_come_is_not_waited_for_without_end(world: World, loop: SyncLoop) -> None:
    loop.add(world.pool_id)
    assert not loop.wait_for(world.pool_id, world.gateway.head().number + 1, 0.2)
    assert not loop.wait_for("no such pool", 0, 0.2)


def test_mirror_that_differs_from_the_contract_is_noticed(
    world: World, loop: SyncLoop, readiness: Readiness, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = pack_sample([1, 2, 3])
    wrong = 1 - world.gateway.predict(world.address, sample)[0]
    sync = loop.add(world.pool_id)
    assert sync.digest_matches
    # a mirror that forgets to learn
    monkeypatch.setattr(type(sync.snapshot()[0]), "learn_one", lambda self, sample, label: label)
    world.contribute(sample, wrong)
    sync.catch_up()
    loop.start()
    wait_until(lambda: list(readiness.reasons()) == [f"digest {world.pool_id}"])
    loop.stop()
    assert sync.digest_matches is False


@pytest.mark.parametrize("trouble", [ChainUnavailable("The node is gone."), ZeroDivisionError()])
def test_healthy_pool_does_not_clear_the_reason_of_a_failing_one(
    world: World, loop: SyncLoop, readiness: Readiness, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    failing, healthy = loop.add(world.pool_id), PoolSync(world.gateway, world.sessions, world.pool_id)
    healthy.pool_id = "healthy"
    monkeypatch.setattr(loop, "_pools", {"failing": failing, "healthy": healthy})

    def step() -> int:
        raise trouble

    monkeypatch.setattr(failing, "step", step)
    monkeypatch.setattr(healthy, "step", lambda: 0)
    loop.start()
    wait_until(lambda: list(readiness.reasons()) == [f"sync {world.pool_id}"])
    # and stays so, however often the healthy one is looked at
    assert not loop.wait_for("healthy", world.gateway.head().number + 1, 0.3)
    assert list(readiness.reasons()) == [f"sync {world.pool_id}"]
    monkeypatch.setattr(failing, "step", lambda: 0)
    wait_until(lambda: readiness.reasons() == {})


def test_pool_that_is_stepped_from_two_threads_learns_everything_once(world: World, loop: SyncLoop) -> None:
    """As a new pool is, by the loop and by whoever deployed it."""
    loop.start()
    sync = loop.restore(world.pool_id)
    for number in range(5):
        world.contribute(pack_sample([1, 2 + number]), number % 2)
        loop.add(world.pool_id)
    assert loop.wait_for(world.pool_id, world.gateway.head().number, PATIENCE)
    assert sync.snapshot()[0].accepted_ == 5
    sync.compare_digest(force=True)
    assert sync.digest_matches is True


def test_digest_that_a_node_told_wrongly_is_asked_again_until_it_agrees(
    world: World, loop: SyncLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = loop.add(world.pool_id)
    model = sync.snapshot()[0]
    world.contribute(pack_sample([1, 2, 3]), 1)
    with monkeypatch.context() as lying:
        lying.setattr(world.gateway, "digest", lambda *asked: bytes(32))
        sync.catch_up()
        sync.compare_digest(force=True)
    assert (sync.digest_matches, model.accepted_) == (False, model.accepted_)
    monkeypatch.setattr(pool_sync, "DIGEST_SECONDS", 0)
    sync.catch_up()
    assert sync.digest_matches is True


def test_what_a_node_tells_of_contracts_that_nobody_asked_for_is_passed_over(
    world: World, loop: SyncLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = loop.add(world.pool_id)
    world.contribute(pack_sample([1, 2, 3]), 1)
    told = world.gateway._logs

    def lying(query: dict[str, Any]) -> list[Log[Event]]:
        return [each for log in told(query) for each in (replace(log, address="0x" + "44" * 20), log)]

    monkeypatch.setattr(world.gateway, "_logs", lying)
    loop._round([sync])
    sync.catch_up()
    assert sync.snapshot()[0].accepted_ == 1
