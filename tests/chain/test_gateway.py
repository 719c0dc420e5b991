"""The gateway against anvil: the same calls as on the embedded chain, under Osaka rules."""

import numpy as np
import pytest

from earnest.chain.deployment import deploy_factory, deploy_implementation, deploy_pool, send_and_wait
from earnest.chain.errors import CONTRACT_ERRORS, ChainUnavailable, TransactionRefused
from earnest.chain.events import Log, logs_of
from earnest.chain.gateway import Gateway
from earnest.chain.signer import LocalSigner
from earnest.chain.types import Call, ContributionKey
from earnest.core.incentives.self_assessment import SELF_ASSESSMENT
from earnest.core.keccak import keccak256
from earnest.core.models.formats.words import pack_sample
from earnest.core.models.sparse_perceptron import SparsePerceptron, pack_initial_weights, pack_parameters
from earnest.core.pool.events import Collected, Contributed, Refunded, Reported, Withdrawn

# anvil's first two well-known development keys
ADA = LocalSigner("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
BOB = LocalSigner("0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d")
COST = 10**15
FEATURES = np.arange(1, 1 + 7 * 130, 7, dtype=np.uint16)


def deployed(gateway: Gateway) -> tuple[str, SparsePerceptron]:
    weights = np.random.default_rng(1).integers(1, 300, 1001) * np.random.default_rng(2).choice([-1, 1], 1001)
    pool, _ = deploy_pool(
        gateway,
        ADA,
        factory=deploy_factory(gateway, ADA),
        implementation=deploy_implementation(gateway, ADA),
        encoder_hash=b"\1" * 32,
        incentive=SELF_ASSESSMENT.terms(1, 0, 86_400, 9 * 86_400, COST, 0).pack(),
        model=pack_parameters(1000, 1, 0),
        chunks=pack_initial_weights(weights),
    )
    return pool, SparsePerceptron.from_weights(weights)


def test_silent_node_is_unavailable(anvil_url):
    with pytest.raises(ChainUnavailable):
        Gateway("http://127.0.0.1:1", timeout=2).chain_id()


def test_transaction_with_an_old_nonce_is_refused(anvil_url):
    gateway = Gateway(anvil_url)
    send_and_wait(gateway, gateway.transfer_call(BOB.address, 1), ADA)
    stale = gateway.prepare(Call(BOB.address, b"", 2, 21_000), ADA, 0)
    with pytest.raises(TransactionRefused):
        gateway.send(stale.raw, stale.hash)


def test_every_verb_does_what_the_twin_says(anvil_url):
    gateway = Gateway(anvil_url)
    pool, twin = deployed(gateway)
    sample = pack_sample(FEATURES)
    label, _ = twin.predict_one(FEATURES)

    def contribute(signer: LocalSigner, packed: bytes, given: int) -> Log[Contributed]:
        receipt = send_and_wait(gateway, gateway.contribute_call(pool, [packed], [given], COST, COST), signer)
        (made,) = logs_of(Contributed, receipt.logs)
        return made

    everything = np.arange(1000, dtype=np.uint16)
    wrong = 1 - twin.predict_one(everything)[0]
    contribute(ADA, pack_sample(everything), wrong)
    twin.learn_one(everything, wrong)

    good = [contribute(signer, sample, label) for signer in (ADA, BOB, ADA)]
    bad = contribute(ADA, sample, 1 - label)
    twin.learn_one(FEATURES, 1 - label)
    assert gateway.digest(pool) == twin.digest()
    assert gateway.weights(pool, 990, 1001) == twin.weights_[990:].tolist()
    assert gateway.predict(pool, sample) == twin.predict_one(FEATURES)

    with pytest.raises(CONTRACT_ERRORS["TooEarly"]) as early:
        gateway.try_call(gateway.refund_call(pool, ContributionKey.of(good[0]), sample), ADA.address)
    assert early.value.values["from"] == good[0].block_time + 86_401
    with pytest.raises(CONTRACT_ERRORS["PriceAboveMaximum"]) as dear:
        gateway.try_call(gateway.contribute_call(pool, [sample], [label], COST - 1, COST), ADA.address)
    assert dear.value.values == {"price": COST, "maxPrice": COST - 1}

    gateway.advance_time(86_401)
    for made, signer in zip(good, (ADA, BOB, ADA), strict=True):
        receipt = send_and_wait(gateway, gateway.refund_call(pool, ContributionKey.of(made), sample), signer)
        assert isinstance(receipt.logs[0].event, Refunded)
    receipt = send_and_wait(gateway, gateway.report_call(pool, ContributionKey.of(bad), sample), BOB)
    (reported,) = logs_of(Reported, receipt.logs)
    assert reported.event.amount == COST // 3
    gateway.advance_time(9 * 86_400)
    receipt = send_and_wait(gateway, gateway.collect_call(pool, ContributionKey.of(bad), keccak256(sample)), BOB)
    (collected,) = logs_of(Collected, receipt.logs)
    assert (collected.event.amount, collected.event.burned) == (COST - COST // 3, True)
    receipt = send_and_wait(gateway, gateway.withdraw_call(pool), ADA)
    (withdrawn,) = logs_of(Withdrawn, receipt.logs)
    assert withdrawn.event.amount == 2 * COST

    state = gateway.pool_state(pool)
    # bob's credit, and the first contribution, which nobody has claimed
    assert state.escrow == COST + COST // 3 + COST
