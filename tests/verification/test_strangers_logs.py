"""A log of a stranger's that says a pool was created, in a form in which no factory says so.

Whoever verifies asks the node for all logs that name the pool, whoever wrote them, so that one transaction of anybody's
is among what is read for ever.
"""

import time
from typing import Any

import pytest

from earnest.chain.events import topic_of
from earnest.chain.rpc import Rpc
from earnest.contracts.tools.gas import ADA
from earnest.core.pool.events import PoolCreated
from earnest.verification.checks import verify

pytestmark = pytest.mark.loopback


def announce(url: str, pool: str, data: bytes) -> None:
    """Have creation code write a log about the pool, with this as its data."""
    rpc = Rpc(url, 60)
    topics = [topic_of(PoolCreated)[2:], *["00" * 12 + pool[2:].lower()] * 3]
    # the data lies behind the code; then the topics, the last one first
    size = len(data).to_bytes(2, "big").hex()
    push = "".join("7f" + topic for topic in reversed(topics))
    head = "61" + size + "61{start:04x}" + "5f" + "39" + push + "61" + size + "5f" + "a4" + "00"
    start = len(bytes.fromhex(head.format(start=0)))
    code = head.format(start=start) + data.hex()
    sent = rpc.request("eth_sendTransaction", {"from": ADA.address, "data": "0x" + code, "gas": hex(10**6)})
    receipt: Any = None
    while receipt is None:
        receipt = rpc.request("eth_getTransactionReceipt", sent)
        time.sleep(0.01)
    assert int(str(receipt["status"]), 16) == 1
    assert len(receipt["logs"]) == 1


@pytest.mark.parametrize("data", [b"", b"\xff" * 256], ids=["empty", "ones"])
def test_a_strangers_log_does_not_keep_an_honest_pool_from_being_verified(history: tuple[str, str], data: bytes):
    url, pool = history
    announce(url, pool, data)
    results = list(verify(pool, url, None, None, 0))
    assert [(result.name, result.detail) for result in results if result.ok is False] == []
