"""The chain is reorganised again and again in a stream of contributions: none is lost, none is made twice."""

import random
import time
from pathlib import Path

import pytest

from earnest.chain.gateway import Gateway
from earnest.chain.rpc import Rpc
from earnest.db.engine import make_engine
from tests.end_to_end.streams import Streams
from tests.end_to_end.test_start import OPERATOR_KEY
from tests.fixtures.service import Service

pytestmark = pytest.mark.loopback
DEEPEST = 30


def play(tmp_path: Path, node: str, database: str, *, reorganisations: int, accounts: int, seed: int) -> int:
    """Reorganise at random depths, and compare at the end; prints the counts.

    Returns:
        how many contributions were confirmed.
    """
    service = Service(
        tmp_path / "data",
        CHAIN_URL=node,
        OPERATOR_KEY=OPERATOR_KEY,
        DATABASE_URL=database,
        FAUCET_BUDGET=str(10**24),
    )
    rpc, gateway, draws = Rpc(node), Gateway(node), random.Random(seed)
    try:
        service.start()
        streams = Streams([service], accounts, seed)
        # what the accounts have, and the pool, stay
        rpc.request("anvil_mine", hex(DEEPEST + 1))
        streams.start()
        begun, blocks = time.monotonic(), 0
        try:
            for _ in range(reorganisations):
                time.sleep(draws.uniform(0.05, 0.6))
                depth = draws.randint(1, DEEPEST)
                rpc.request("anvil_reorg", depth, [])
                blocks += depth
                streams.check()
            streams.wait_for_more(accounts)
        finally:
            streams.stop()
        count = streams.compare([service], node)
        seconds = time.monotonic() - begun
    finally:
        service.stop()
    engine = make_engine(database)
    rows = streams.compare_rebuild(engine, node)
    engine.dispose()
    print(
        f"{reorganisations} reorganisations of {blocks} blocks in {seconds:.0f} s, head {gateway.head().number}: "
        f"{accounts} accounts, {count} contributions confirmed, {streams.retries} retries; {rows} rows equal a rebuild"
    )
    return count


@pytest.mark.timeout(600)
def test_ten_reorganisations_lose_nothing_and_repeat_nothing(tmp_path, anvil_url, postgres_url):
    assert play(tmp_path, anvil_url, postgres_url, reorganisations=10, accounts=3, seed=1) > 3


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_hundred_reorganisations_lose_nothing_and_repeat_nothing(tmp_path, anvil_url, postgres_url):
    assert play(tmp_path, anvil_url, postgres_url, reorganisations=200, accounts=3, seed=2) > 10
