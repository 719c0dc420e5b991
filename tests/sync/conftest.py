"""Each test of the sync runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from earnest.chain.gateway import Gateway
from earnest.config import Settings
from earnest.db.engine import make_engine, make_sessions, upgrade
from earnest.db.tables import Chain, Pool
from earnest.pools import deployment
from earnest.pools.schemas import PoolRequest
from tests.sync.world import COLLECT_WAIT, COST, NUM_WORDS, OPERATOR, REFUND_WAIT, World


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    on_disk = f"sqlite:///{tmp_path / 'earnest.sqlite'}"
    made = make_engine(on_disk if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    upgrade(made)
    yield made
    made.dispose()


@pytest.fixture
def world(anvil_url: str, engine: Engine, tmp_path: Path) -> World:
    gateway, sessions = Gateway(anvil_url), make_sessions(engine)
    with sessions.begin() as session:
        session.add(Chain(chain_id=gateway.chain_id(), genesis_hash=gateway.genesis_hash()))
    request = PoolRequest(
        name="Synthetic",
        dataset="synthetic",
        num_words=NUM_WORDS,
        train_size=200,
        held_out_size=200,
        price={"rule": "fixed", "cost": COST},
        refund_wait=REFUND_WAIT,
        collect_wait=COLLECT_WAIT,
    )
    settings = Settings(data_dir=tmp_path)
    pool_id = deployment.register(sessions, gateway, settings, request)
    deployment.deploy(sessions, gateway, OPERATOR, settings, pool_id, request)
    with sessions() as session:
        pool = session.get_one(Pool, pool_id)
        assert pool.status == "ready", pool.error
        assert pool.address is not None
        return World(gateway, sessions, pool_id, pool.address)
