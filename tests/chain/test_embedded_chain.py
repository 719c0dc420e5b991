"""The embedded chain loses nothing that it acknowledged."""

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from earnest.chain.deployment import send_and_wait
from earnest.chain.embedded.supervisor import EmbeddedChain
from earnest.chain.errors import ChainUnavailable, TransactionRefused
from earnest.chain.gateway import Gateway
from earnest.chain.signer import LocalSigner

OPERATOR = LocalSigner("0x" + "11" * 32)
RECEIVER = "0x" + "22" * 20

pytestmark = pytest.mark.loopback


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[EmbeddedChain]:
    running = EmbeddedChain(tmp_path, OPERATOR.address)
    yield running
    running.stop()


def killed_in_a_stream(chain: EmbeddedChain, kills: int, seed: int) -> int:
    """Transfers with kills at random moments; the number of acknowledged ones, all of which must be there."""
    gateway, moments = Gateway(chain.start()), random.Random(seed)
    acknowledged: list[str] = []
    for _ in range(kills):
        until = time.monotonic() + moments.uniform(0.05, 0.5)
        while time.monotonic() < until:
            receipt = send_and_wait(gateway, gateway.transfer_call(RECEIVER, 1), OPERATOR)
            acknowledged.append(receipt.transaction_hash)
        head = gateway.head()
        assert chain.pid is not None
        os.kill(chain.pid, signal.SIGKILL)
        for _ in range(600):
            try:
                assert gateway.head() == head
                break
            except ChainUnavailable:
                time.sleep(0.05)
        else:
            pytest.fail("the chain did not come back")
        assert all(gateway.receipt(known) is not None for known in acknowledged[-20:])
    assert all(gateway.receipt(known) is not None for known in acknowledged)
    assert gateway.balance(RECEIVER) == gateway.nonce(OPERATOR.address) == len(acknowledged)
    return len(acknowledged)


def test_kills_lose_no_acknowledged_transaction(chain):
    assert killed_in_a_stream(chain, kills=3, seed=1) > 0


@pytest.mark.slow
def test_fifty_kills_lose_no_acknowledged_transaction(chain):
    assert killed_in_a_stream(chain, kills=50, seed=2) > 50


def test_second_process_on_one_database_is_refused(chain, tmp_path):
    chain.start()
    second = EmbeddedChain(tmp_path, OPERATOR.address)
    with pytest.raises(ChainUnavailable, match="Another process uses"):
        second.start()
    second.stop()


def test_database_of_another_operator_is_refused(chain, tmp_path):
    chain.start()
    chain.stop()
    other = EmbeddedChain(tmp_path, RECEIVER)
    with pytest.raises(ChainUnavailable, match="use the key it was made with"):
        other.start()
    other.stop()


def test_damaged_database_is_refused(tmp_path):
    (tmp_path / "chain.sqlite").write_bytes(b"not a database, but long enough to be read as one" * 100)
    chain = EmbeddedChain(tmp_path, OPERATOR.address)
    with pytest.raises(ChainUnavailable, match="damaged"):
        chain.start()
    chain.stop()


def test_offset_of_time_survives_a_restart(chain, tmp_path):
    gateway = Gateway(chain.start())
    gateway.advance_time(86_400)
    before = gateway.head()
    chain.stop()
    again = EmbeddedChain(tmp_path, OPERATOR.address)
    gateway = Gateway(again.start())
    assert gateway.head() == before
    assert 86_390 < gateway.pending_time() - time.time() < 86_500
    again.stop()


def test_wrong_nonce_is_refused_and_changes_nothing(chain):
    gateway = Gateway(chain.start())
    ahead = gateway.prepare(gateway.transfer_call(RECEIVER, 1), OPERATOR, 5)
    with pytest.raises(TransactionRefused, match="nonce too high"):
        gateway.send(ahead.raw, ahead.hash)
    assert gateway.head().number == 0
