"""The embedded chain carries a pool: state outlives kills and restarts, refusals come typed."""

import os
import random
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from earnest.chain.deployment import deploy_factory, deploy_implementation, deploy_pool, send_and_wait
from earnest.chain.embedded.supervisor import EmbeddedChain
from earnest.chain.errors import CONTRACT_ERRORS, ChainUnavailable, TransactionRefused
from earnest.chain.gateway import Gateway
from earnest.chain.signer import LocalSigner
from earnest.core.incentives.self_assessment import SELF_ASSESSMENT
from earnest.core.models.formats.words import pack_sample
from earnest.core.models.sparse_perceptron import SparsePerceptron, pack_initial_weights, pack_parameters

OPERATOR = LocalSigner("0x" + "11" * 32)
COST, NUM_WORDS = 10**15, 50

pytestmark = pytest.mark.loopback


@pytest.fixture
def chain(tmp_path: Path):
    running = EmbeddedChain(tmp_path, OPERATOR.address)
    yield running
    running.stop()


def make_pool(gateway: Gateway) -> tuple[str, SparsePerceptron]:
    weights = np.arange(1, NUM_WORDS + 2)
    address, _ = deploy_pool(
        gateway,
        OPERATOR,
        factory=deploy_factory(gateway, OPERATOR),
        implementation=deploy_implementation(gateway, OPERATOR),
        encoder_hash=b"\1" * 32,
        incentive=SELF_ASSESSMENT.terms(1, 0, 60, 600, COST, 0).pack(),
        model=pack_parameters(NUM_WORDS, 1, 0),
        chunks=pack_initial_weights(weights),
    )
    return address, SparsePerceptron.from_weights(weights)


def contribute(gateway: Gateway, pool: str, twin: SparsePerceptron, moments: random.Random) -> None:
    indices = np.array(sorted(moments.sample(range(NUM_WORDS), 5)), dtype=np.uint16)
    label = moments.randrange(2)
    send_and_wait(gateway, gateway.contribute_call(pool, [pack_sample(indices)], [label], COST, COST), OPERATOR)
    twin.learn_one(indices, label)


def wait_until_back(gateway: Gateway) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            gateway.head()
            return
        except ChainUnavailable:
            assert time.monotonic() < until, "the chain did not come back"
            time.sleep(0.05)


def test_restart_keeps_head_balances_and_pool(chain, tmp_path):
    gateway = Gateway(chain.start())
    pool, twin = make_pool(gateway)
    contribute(gateway, pool, twin, random.Random(1))
    kept = (gateway.head(), gateway.balance(OPERATOR.address), gateway.balance(pool), gateway.pool_state(pool))
    chain.stop()
    again = EmbeddedChain(tmp_path, OPERATOR.address)
    try:
        gateway = Gateway(again.start())
        assert kept == (
            gateway.head(),
            gateway.balance(OPERATOR.address),
            gateway.balance(pool),
            gateway.pool_state(pool),
        )
        assert gateway.digest(pool) == twin.digest()
    finally:
        again.stop()


def test_kills_between_contributions_keep_the_models_digest(chain):
    gateway, moments = Gateway(chain.start()), random.Random(3)
    pool, twin = make_pool(gateway)
    for _ in range(3):
        for _ in range(moments.randrange(1, 6)):
            contribute(gateway, pool, twin, moments)
        assert chain.pid is not None
        os.kill(chain.pid, signal.SIGKILL)
        wait_until_back(gateway)
        assert gateway.digest(pool) == twin.digest()
        assert gateway.pool_state(pool).count == twin.accepted_
        assert gateway.balance(pool) == COST * twin.accepted_


def test_kill_during_a_transaction_leaves_it_whole_or_absent(chain):
    """The kill lands while a transaction is under way; sending it again settles it, exactly once."""
    gateway, moments = Gateway(chain.start()), random.Random(4)
    receiver = "0x" + "22" * 20
    for sent in range(5):
        prepared = gateway.prepare(gateway.transfer_call(receiver, 1), OPERATOR, sent)
        assert chain.pid is not None
        killer = threading.Timer(moments.uniform(0, 0.02), os.kill, (chain.pid, signal.SIGKILL))
        killer.start()
        try:
            gateway.send(prepared.raw, prepared.hash)
            acknowledged = True
        except ChainUnavailable:
            acknowledged = False
        killer.join()
        wait_until_back(gateway)
        if acknowledged:
            assert gateway.receipt(prepared.hash) is not None
        gateway.send(prepared.raw, prepared.hash)
        assert gateway.balance(receiver) == gateway.nonce(OPERATOR.address) == sent + 1


def test_reverting_call_raises_the_contracts_error_with_its_values(chain):
    gateway = Gateway(chain.start())
    pool, _ = make_pool(gateway)
    with pytest.raises(CONTRACT_ERRORS["NothingToWithdraw"]) as caught:
        gateway.try_call(gateway.withdraw_call(pool), OPERATOR.address)
    assert caught.value.values == {"caller": OPERATOR.address}
    with pytest.raises(CONTRACT_ERRORS["PriceAboveMaximum"]) as caught:
        gateway.try_call(gateway.contribute_call(pool, [pack_sample([1])], [0], COST - 1, COST), OPERATOR.address)
    assert caught.value.values == {"price": COST, "maxPrice": COST - 1}


def test_transaction_of_another_chain_is_refused_and_changes_nothing(chain):
    gateway = Gateway(chain.start())
    signed = OPERATOR.sign(
        {
            "type": 2,
            "chainId": 1,
            "nonce": 0,
            "gas": 21_000,
            "maxFeePerGas": 10**10,
            "maxPriorityFeePerGas": 10**9,
            "value": 1,
            "data": b"",
            "to": "0x" + "22" * 20,
        }
    )
    with pytest.raises(TransactionRefused, match="chain id"):
        gateway.send(signed.raw, signed.hash)
    assert gateway.head().number == 0


def test_used_nonce_is_refused(chain):
    gateway = Gateway(chain.start())
    send_and_wait(gateway, gateway.transfer_call("0x" + "22" * 20, 1), OPERATOR)
    late = gateway.prepare(gateway.transfer_call("0x" + "22" * 20, 2), OPERATOR, 0)
    with pytest.raises(TransactionRefused, match="nonce too low"):
        gateway.send(late.raw, late.hash)
    assert gateway.head().number == 1
