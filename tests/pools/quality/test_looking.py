"""A look at a pool on either database, and what is said where a library is missing or somebody else looks."""

import sys

import pytest

from earnest.core.models.formats.words import pack_sample
from earnest.extras import ExtraMissing
from earnest.pools.quality import looking
from earnest.pools.quality.duplicates import near_duplicates
from earnest.pools.quality.looking import QualityBusy, QualityNotAllowed, QualityUnavailable, quality_of
from earnest.pools.service import PoolService
from earnest.readiness import Readiness
from earnest.sync.loop import SyncLoop
from tests.fixtures.pools import OPERATOR, OTHER, World


def ready(world: World) -> PoolService:
    readiness = Readiness()
    readiness.clear("start")
    loop = SyncLoop(world.gateway, world.sessions, readiness, 60)
    loop.add(world.pool_id)
    return PoolService(world.sessions, world.gateway, loop)


def test_contributions_are_looked_at_on_either_database(either_world: World):
    for number in range(3):
        either_world.contribute(pack_sample([1, 7 + number, 30]), number % 2, OTHER)
    found = quality_of(either_world.sessions, ready(either_world), OPERATOR.address, either_world.pool_id, 2)
    assert (found.newest, found.of, found.texts, found.doubts) == (2, 3, 0, None)
    (only,) = found.contributors
    assert (only.contributor, only.contributions, only.labels) == (OTHER.address, 2, {"0": 1, "1": 1})
    assert only.agreed == 0.5


def test_others_are_refused_and_one_look_is_under_way_at_a_time(sqlite_world: World):
    pools = ready(sqlite_world)
    with pytest.raises(QualityNotAllowed):
        quality_of(sqlite_world.sessions, pools, OTHER.address, sqlite_world.pool_id, 2)
    with looking._looking, pytest.raises(QualityBusy):
        quality_of(sqlite_world.sessions, pools, None, sqlite_world.pool_id, 2)
    assert quality_of(sqlite_world.sessions, pools, None, sqlite_world.pool_id, 2).newest == 0
    assert not looking._looking.locked()


def test_service_without_the_extra_says_what_to_install(sqlite_world: World, monkeypatch: pytest.MonkeyPatch):
    pools = ready(sqlite_world)
    monkeypatch.setitem(sys.modules, "datasketch", None)
    with pytest.raises(ExtraMissing, match=r"datasketch, which is not installed: pip install 'earnest\[quality\]'"):
        near_duplicates(["a"])
    with pytest.raises(QualityUnavailable, match="earnest"):
        quality_of(sqlite_world.sessions, pools, None, sqlite_world.pool_id, 2)
    assert not looking._looking.locked()
