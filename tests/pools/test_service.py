"""The list of pools, from rows whose ids and times are known."""

import pytest

from earnest.chain.gateway import Gateway
from earnest.db.engine import make_engine, make_sessions, upgrade
from earnest.db.tables import Chain, Pool
from earnest.pools.service import PoolService
from earnest.readiness import Readiness
from earnest.sync.loop import SyncLoop

#: (id, second of creation), oldest first; ids in another order, and two pools of one second.
OLDEST_FIRST = [("f", 10), ("a", 20), ("d", 20), ("b", 30), ("e", 31), ("c", 400)]


@pytest.fixture
def pools(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path / 'earnest.sqlite'}")
    upgrade(engine)
    sessions, gateway = make_sessions(engine), Gateway("http://127.0.0.1:1")
    with sessions.begin() as session:
        session.add(Chain(chain_id=1, genesis_hash="0x"))
        session.flush()
        for pool_id, second in sorted(OLDEST_FIRST):
            session.add(
                Pool(
                    id=pool_id,
                    chain_id=1,
                    name=pool_id,
                    status="deploying",
                    request={},
                    num_words=10,
                    created_at=second,
                )
            )
    yield PoolService(sessions, gateway, SyncLoop(gateway, sessions, Readiness(), 1.0)), sessions
    engine.dispose()


@pytest.mark.parametrize("limit", [1, 2, 4, 6, 100])
def test_pages_of_pools_hold_each_once_oldest_first(pools, limit):
    service, _ = pools
    found, after = [], None
    while len(found) <= len(OLDEST_FIRST):
        page, after = service.page(after, limit)
        assert 0 < len(page) <= limit
        found += [pool.id for pool in page]
        if after is None:
            break
    assert found == [pool_id for pool_id, _ in OLDEST_FIRST]
