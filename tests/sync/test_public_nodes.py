"""Public nodes: what they limit, forget, lag behind in and refuse delays the tables, and never falsifies them."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from earnest.chain.errors import ChainUnavailable, FeesTooHigh, HistoryMissing
from earnest.chain.gateway import Gateway
from earnest.chain.rpc import Rpc
from earnest.core.models.formats.words import pack_sample
from earnest.sync.ahead import RANGE_BLOCKS
from earnest.sync.care import Care
from earnest.sync.pool_sync import PoolSync
from tests.fixtures.pools import OPERATOR, World
from tests.fixtures.proxy import Proxy, proxy_of

LAG = 30.0


@dataclass
class Abroad:
    """A pool seen through a proxy that misbehaves, with a clock of the test's own."""

    world: World
    proxy: Proxy
    now: float = 0.0
    gateway: Gateway = field(init=False)

    def __post_init__(self) -> None:
        self.gateway = Gateway(self.proxy.url)

    def sync(self) -> PoolSync:
        return PoolSync(self.gateway, self.world.sessions, self.world.pool_id, lambda: self.now, Care(LAG, counts=True))

    def contribute(self, count: int) -> None:
        for word in range(count):
            self.world.contribute(pack_sample([3, 5 + word]), word % 2)

    def rows(self) -> list[list[tuple[object, ...]]]:
        return self.world.rows()

    def expected(self) -> list[list[tuple[object, ...]]]:
        """What the tables are after the node itself was asked."""
        sync = self.world.sync()
        sync.catch_up()
        return self.world.rows()


@pytest.fixture
def abroad(sqlite_world: World) -> Iterator[Abroad]:
    with proxy_of(sqlite_world.gateway.url) as proxy:
        yield Abroad(sqlite_world, proxy)


def contributions(abroad: Abroad) -> int:
    return len(abroad.rows()[0])


@pytest.mark.parametrize("limits", [{"most_blocks": 3}, {"most_logs": 2}, {"most_blocks": 1, "most_logs": 1}])
def test_logs_come_in_as_many_parts_as_the_node_wants(abroad, limits):
    abroad.contribute(7)
    for name, value in limits.items():
        setattr(abroad.proxy, name, value)
    abroad.sync().catch_up()
    assert contributions(abroad) == 7
    assert abroad.rows() == abroad.expected()


def test_what_a_node_tells_at_once_is_remembered(abroad):
    abroad.contribute(12)
    abroad.proxy.most_blocks = 2
    head = abroad.gateway.head().number
    assert len(abroad.gateway.logs([abroad.world.address], 0, head)) == 12
    asked = abroad.proxy.asked["eth_getLogs"]
    abroad.gateway.logs([abroad.world.address], 0, head)
    assert abroad.proxy.asked["eth_getLogs"] - asked <= 2 * head


def test_single_block_with_too_many_logs_is_no_answer_at_all(abroad):
    abroad.contribute(1)
    abroad.proxy.most_logs = 0
    with pytest.raises(ChainUnavailable, match="does not tell the logs of block"):
        abroad.sync().step()
    assert contributions(abroad) == 0


@pytest.mark.parametrize("retry_after", [None, "1"])
def test_node_that_was_asked_too_often_is_left_alone_as_long_as_it_says(abroad, retry_after):
    slept = []
    rpc = Rpc(abroad.proxy.url, sleep=slept.append)
    abroad.proxy.busy, abroad.proxy.retry_after = 3, retry_after
    assert int(rpc.request("eth_blockNumber"), 16) == abroad.proxy.head()
    assert slept == ([1.0, 1.0, 1.0] if retry_after else [0.25, 0.5, 1.0])


@pytest.mark.parametrize(("busy", "retry_after", "asked"), [(99, None, 4), (1, "3600", 1)])
def test_node_that_is_busy_for_long_is_unavailable(abroad, busy, retry_after, asked):
    abroad.proxy.busy, abroad.proxy.retry_after = busy, retry_after
    with pytest.raises(ChainUnavailable, match="too often"):
        Rpc(abroad.proxy.url, sleep=lambda seconds: None).request("eth_blockNumber")
    assert abroad.proxy.asked["eth_blockNumber"] == asked


def test_address_that_fails_is_stood_in_for_and_asked_again_later(abroad):
    now = 0.0
    with proxy_of(abroad.proxy.upstream) as other:
        rpc = Rpc(f"{abroad.proxy.url}, {other.url}", clock=lambda: now)
        rpc.request("eth_blockNumber")
        assert (abroad.proxy.asked["eth_blockNumber"], other.asked["eth_blockNumber"]) == (1, 0)
        abroad.proxy.silent = True
        for _ in range(3):
            rpc.request("eth_blockNumber")
        # the one that failed is not asked before the other while it cools
        assert (abroad.proxy.asked["eth_blockNumber"], other.asked["eth_blockNumber"]) == (2, 3)
        abroad.proxy.silent, now = False, 11.0
        rpc.request("eth_blockNumber")
        assert abroad.proxy.asked["eth_blockNumber"] == 3
        abroad.proxy.silent = other.silent = True
        with pytest.raises(ChainUnavailable):
            rpc.request("eth_blockNumber")


def test_state_that_one_node_has_forgotten_is_asked_of_another(abroad):
    abroad.contribute(3)
    old = abroad.gateway.head().number - 2
    abroad.proxy.remembers = 2
    with pytest.raises(HistoryMissing):
        abroad.gateway.pool_state(abroad.world.address, old)
    both = Gateway(f"{abroad.proxy.url},{abroad.proxy.upstream}")
    assert both.pool_state(abroad.world.address, old).count == 1


def test_node_that_lags_takes_nothing_back(abroad):
    abroad.contribute(4)
    sync = abroad.sync()
    sync.catch_up()
    before = abroad.rows()
    abroad.proxy.behind = 3
    for _ in range(5):
        assert sync.step() == 0
    assert abroad.rows() == before
    abroad.proxy.behind = 0
    abroad.contribute(1)
    sync.catch_up()
    assert contributions(abroad) == 5


def test_chain_that_stays_shorter_is_another_chain(abroad):
    abroad.contribute(2)
    point = abroad.world.rpc("evm_snapshot")
    abroad.contribute(2)
    sync = abroad.sync()
    sync.catch_up()
    abroad.world.rpc("evm_revert", point)
    assert sync.step() == 0
    abroad.now += LAG
    sync.catch_up()
    assert contributions(abroad) == 2


def test_logs_of_a_machine_that_lags_are_not_taken_for_all(abroad):
    """The head is told by one machine of the address, the logs by another, which does not have the blocks yet."""
    abroad.contribute(4)
    sync = abroad.sync()
    abroad.proxy.behind, abroad.proxy.lags = 2, lambda method: method == "eth_getLogs"
    for _ in range(3):
        assert sync.step() == 0
    assert contributions(abroad) == 0
    abroad.proxy.behind = 0
    sync.catch_up()
    assert contributions(abroad) == 4
    assert abroad.rows() == abroad.expected()


def test_blocks_above_the_last_settled_one_wait(abroad):
    abroad.contribute(3)
    gateway = Gateway(abroad.proxy.url, confirmations=2)
    sync = PoolSync(gateway, abroad.world.sessions, abroad.world.pool_id)
    sync.catch_up()
    assert contributions(abroad) == 1
    abroad.world.gateway.advance_time(1)
    sync.catch_up()
    assert contributions(abroad) == 2
    safe = Gateway(abroad.proxy.url, finality="finalized").settled_head()
    assert safe.number <= gateway.head().number


def test_dear_gas_waits_and_a_bid_stays_below_the_bound(abroad):
    fees = abroad.gateway.fees()
    bounded = Gateway(abroad.proxy.url, max_fee=fees.base + fees.tip)
    assert bounded.fees() == replace(fees, most=fees.base + fees.tip)
    dear = Gateway(abroad.proxy.url, max_fee=fees.base + fees.tip - 1)
    with pytest.raises(FeesTooHigh, match="at most"):
        dear.prepare(dear.transfer_call(OPERATOR.address, 1), OPERATOR, 0)


def test_states_that_the_node_has_forgotten_keep_nobody_from_catching_up(abroad):
    """A service that was away for longer than most nodes remember."""
    abroad.contribute(2)
    abroad.world.rpc("anvil_mine", hex(2 * RANGE_BLOCKS))
    abroad.contribute(1)
    abroad.proxy.remembers = 128
    abroad.sync().catch_up()
    assert contributions(abroad) == 3
