"""The gas that the gateway passes is enough for every shape of call, fresh slots included, and never above a limit."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from earnest.chain.deployment import deploy_factory, deploy_implementation, deploy_pool, send_and_wait
from earnest.chain.errors import GasLimitExceeded
from earnest.chain.events import logs_of
from earnest.chain.gas import MAX_TRANSACTION_GAS, claim_gas, contribute_gas
from earnest.chain.gateway import Gateway
from earnest.chain.signer import LocalSigner
from earnest.chain.types import ContributionKey
from earnest.core.incentives.self_assessment import PRICE_FIXED, SELF_ASSESSMENT
from earnest.core.models.class_counts import ClassCounts
from earnest.core.models.dense_margin_perceptron import DenseMarginPerceptron
from earnest.core.models.dense_nearest_centroid import DenseNearestCentroid
from earnest.core.models.dense_perceptron import DensePerceptron
from earnest.core.models.formats.words import MAX_FEATURES, pack_sample
from earnest.core.models.naive_bayes import NaiveBayes
from earnest.core.models.sparse_nearest_centroid import SparseNearestCentroid
from earnest.core.models.sparse_perceptron import pack_initial_weights, pack_parameters
from earnest.core.pool.events import Contributed

# one of the keys that anvil funds
ADA = LocalSigner("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
COST = 10**15


def spread(features: int, num_words: int) -> bytes:
    """As far apart as the vocabulary allows, so that as many slots as possible are touched."""
    return pack_sample(np.linspace(0, num_words - 1, features).astype(np.uint16))


@pytest.fixture
def gateway(anvil_url: str) -> Iterator[Gateway]:
    return Gateway(anvil_url)


def new_pool(gateway: Gateway, num_words: int) -> str:
    # every weight positive: label 0 always disagrees, and every change is a first write
    pool, receipts = deploy_pool(
        gateway,
        ADA,
        factory=deploy_factory(gateway, ADA),
        implementation=deploy_implementation(gateway, ADA),
        encoder_hash=b"\1" * 32,
        incentive=SELF_ASSESSMENT.terms(PRICE_FIXED, 0, 60, 600, COST, 0).pack(),
        model=pack_parameters(num_words, 1, 0),
        chunks=pack_initial_weights(np.full(num_words + 1, 300)),
    )
    assert all(receipt.gas_used <= MAX_TRANSACTION_GAS for receipt in receipts)
    return pool


@pytest.mark.parametrize(
    ("num_words", "features"),
    [(10, 1), (10, 10), (1000, 1), (1000, 130), (1000, 1000), (65_536, 1), (65_536, 130), (65_536, 600)],
)
def test_bounds_cover_contributing_and_claiming(gateway, num_words, features):
    pool, sample = new_pool(gateway, num_words), spread(features, num_words)
    for label in (0, 1):
        call = gateway.contribute_call(pool, [sample], [label], COST, COST)
        receipt = send_and_wait(gateway, call, ADA)
        assert receipt.gas_used <= call.gas == contribute_gas([sample]) <= MAX_TRANSACTION_GAS
    (made,) = logs_of(Contributed, receipt.logs)
    gateway.advance_time(61)
    key = ContributionKey.of(made)
    refund = gateway.refund_call(pool, key, sample)
    assert send_and_wait(gateway, refund, ADA).gas_used <= refund.gas == claim_gas(sample)


@pytest.mark.parametrize("size", [2, 10, 50])
def test_bound_covers_a_batch_that_updates_at_every_item(gateway, size):
    pool, sample = new_pool(gateway, 1000), spread(107, 1000)
    call = gateway.contribute_call(pool, [sample] * size, [0] * size, COST, COST * size)
    assert send_and_wait(gateway, call, ADA).gas_used <= call.gas <= MAX_TRANSACTION_GAS


DENSE = [
    *(DensePerceptron(dimensions) for dimensions in (1, 15, 384, 4096)),
    *(DenseNearestCentroid(dimensions, classes) for dimensions, classes in ((1, 2), (17, 256), (384, 2), (4096, 8))),
    *(
        DenseMarginPerceptron(dimensions, num_classes=classes)
        for dimensions, classes in ((1, 2), (384, 2), (4096, 2), (15, 16), (384, 6), (1024, 16), (2048, 8))
    ),
]


@pytest.mark.parametrize("model", DENSE, ids=str)
def test_bounds_cover_dense_samples_on_fresh_slots_and_in_batches(gateway, model):
    """Every contribution is wrong, or of a class that had none."""
    rng = np.random.default_rng(1)
    model = model.fit(np.zeros((0, model.dimensions)), [])
    pool, receipts = deploy_pool(
        gateway,
        ADA,
        factory=deploy_factory(gateway, ADA),
        implementation=deploy_implementation(gateway, ADA, f"SelfAssessed{model.CONTRACT}"),
        encoder_hash=b"\1" * 32,
        incentive=SELF_ASSESSMENT.terms(PRICE_FIXED, 0, 60, 600, COST, 0).pack(),
        model=model.pack_parameters(),
        chunks=model.initial_chunks(),
    )
    assert all(receipt.gas_used <= MAX_TRANSACTION_GAS for receipt in receipts)
    vectors = [rng.integers(-(2**15), 2**15, model.dimensions) for _ in range(3)]
    if model.UNIT_LENGTH:
        vectors = [model.FORMAT.shortened(vector) for vector in vectors]
    samples = [model.sample_to_bytes(vector) for vector in vectors]
    call = gateway.contribute_call(pool, samples[:1], [1], COST, COST, model=model)
    receipt = send_and_wait(gateway, call, ADA)
    assert receipt.gas_used <= call.gas <= MAX_TRANSACTION_GAS
    (made,) = logs_of(Contributed, receipt.logs)
    gateway.advance_time(61)
    key = ContributionKey.of(made)
    refund = gateway.refund_call(pool, key, samples[0], model=model)
    assert send_and_wait(gateway, refund, ADA).gas_used <= refund.gas <= MAX_TRANSACTION_GAS
    # of larger ones two fresh rows are all that a transaction can take
    if model.dimensions < 1024:
        call = gateway.contribute_call(pool, samples, [0, 1, 0], COST, 3 * COST, model=model)
        assert send_and_wait(gateway, call, ADA).gas_used <= call.gas <= MAX_TRANSACTION_GAS


@pytest.mark.parametrize(("num_words", "size"), [(11_000, 86), (11_000, 85), (65_536, 40)])
def test_bound_covers_a_batch_on_a_large_model_and_is_not_far_above_it(gateway, num_words, size):
    """86 samples unpack 11,000 words into memory, 85 do not; the largest model's chunks are read for each sample."""
    pool, sample = new_pool(gateway, num_words), spread(20, num_words)
    call = gateway.contribute_call(pool, [sample] * size, [0] * size, COST, COST * size)
    used = send_and_wait(gateway, call, ADA).gas_used
    assert used <= call.gas <= min(MAX_TRANSACTION_GAS, 3 * used)


def test_bound_grows_with_each_sample(gateway):
    sample = spread(107, 1000)
    bounds = [contribute_gas([sample] * size) for size in range(1, 60)]
    assert all(less < more for less, more in pairwise(bounds))


def test_sample_that_no_transaction_can_carry_is_refused_before_it_is_sent(gateway):
    pool, sample = new_pool(gateway, 65_536), spread(MAX_FEATURES, 65_536)
    call = gateway.contribute_call(pool, [sample], [0], COST, COST)
    assert call.gas > MAX_TRANSACTION_GAS
    with pytest.raises(GasLimitExceeded, match="fewer features"):
        gateway.try_call(call, ADA.address)


def counting_pool(gateway: Gateway, kind: type[ClassCounts], num_words: int, classes: int) -> tuple[str, ClassCounts]:
    model = kind.from_counts(np.full((classes, num_words), 300), [300] * classes)
    pool, receipts = deploy_pool(
        gateway,
        ADA,
        factory=deploy_factory(gateway, ADA),
        implementation=deploy_implementation(gateway, ADA, f"SelfAssessed{kind.CONTRACT}"),
        encoder_hash=b"\1" * 32,
        incentive=SELF_ASSESSMENT.terms(PRICE_FIXED, 0, 60, 600, COST, 0).pack(),
        model=model.pack_parameters(),
        chunks=model.initial_chunks(),
    )
    assert all(receipt.gas_used <= MAX_TRANSACTION_GAS for receipt in receipts)
    return pool, model


@pytest.mark.parametrize("kind", [NaiveBayes, SparseNearestCentroid])
@pytest.mark.parametrize(
    ("num_words", "classes", "features"),
    [(10, 2, 1), (10, 16, 10), (1000, 2, 130), (1000, 16, 1000), (65_536, 2, 1), (65_536, 2, 500)],
)
def test_bounds_cover_the_models_that_count(gateway, kind, num_words, classes, features):
    pool, model = counting_pool(gateway, kind, num_words, classes)
    sample = spread(features, num_words)
    # of equal classes the first wins: the last contribution can be refunded
    for label in (classes - 1, 0):
        call = gateway.contribute_call(pool, [sample], [label], COST, COST, model=model)
        receipt = send_and_wait(gateway, call, ADA)
        assert receipt.gas_used <= call.gas == contribute_gas([sample], model) <= MAX_TRANSACTION_GAS
    (made,) = logs_of(Contributed, receipt.logs)
    gateway.advance_time(61)
    key = ContributionKey.of(made)
    refund = gateway.refund_call(pool, key, sample, model=model)
    assert send_and_wait(gateway, refund, ADA).gas_used <= refund.gas <= MAX_TRANSACTION_GAS


@pytest.mark.parametrize("kind", [NaiveBayes, SparseNearestCentroid])
def test_bounds_cover_the_first_carries_of_every_slot(gateway, kind):
    pool, model = counting_pool(gateway, kind, 1000, 2)
    sample = spread(107, 1000)
    for size in (50, 50, 50, 50, 50, 10, 1):
        for label in (1, 0):
            call = gateway.contribute_call(pool, [sample] * size, [label] * size, COST, COST * size, model=model)
            receipt = send_and_wait(gateway, call, ADA)
            assert receipt.gas_used <= call.gas <= MAX_TRANSACTION_GAS
    (made,) = logs_of(Contributed, receipt.logs)
    gateway.advance_time(61)
    key = ContributionKey.of(made)
    refund = gateway.refund_call(pool, key, sample, model=model)
    assert send_and_wait(gateway, refund, ADA).gas_used <= refund.gas
