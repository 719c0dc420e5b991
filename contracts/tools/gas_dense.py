"""Gas of the models of dense samples, part of the snapshot of `earnest.contracts.tools.gas`, under its conditions.

Features, weights and sums are random and none of them 0. "Steady" is meant here too: every slot of changes was written.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from earnest.chain.deployment import deploy_factory, deploy_implementation, deploy_pool, send_and_wait
from earnest.chain.events import logs_of
from earnest.chain.gateway import Gateway
from earnest.chain.implementations import implementation_name
from earnest.chain.signer import LocalSigner
from earnest.chain.types import ContributionKey
from earnest.core.incentives.self_assessment import LEFTOVER_BURN, PRICE_FIXED, SELF_ASSESSMENT
from earnest.core.incentives.windows import ALL_SAFEGUARDS
from earnest.core.models.dense_margin_perceptron import DenseMarginPerceptron
from earnest.core.models.dense_nearest_centroid import DenseNearestCentroid
from earnest.core.models.dense_perceptron import DensePerceptron
from earnest.core.models.model import Model
from earnest.core.pool.events import Contributed

ADA = LocalSigner("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
COST, DAY = 10**15, 86_400
TERMS = SELF_ASSESSMENT.terms(PRICE_FIXED, LEFTOVER_BURN, DAY, 9 * DAY, COST, 0, ALL_SAFEGUARDS, 3_600)
DIMENSIONS = (64, 384, 1000)


def random_features(seed: int, dimensions: int) -> NDArray[np.int16]:
    """Numbers of both signs, none of them 0, of vectors of length about 1 at the default scale."""
    rng = np.random.default_rng(seed)
    size = 1 + int(4096 / np.sqrt(dimensions))
    features: NDArray[np.int16] = (rng.integers(1, size, dimensions) * rng.choice([-1, 1], dimensions)).astype(np.int16)
    return features


def random_perceptron(dimensions: int) -> DensePerceptron:
    """Weights of both signs, none of them 0."""
    rng = np.random.default_rng(1)
    weights = rng.integers(1, 20_000, dimensions + 1) * rng.choice([-1, 1], dimensions + 1)
    return DensePerceptron.from_weights(weights)


def random_margin_perceptron(dimensions: int, rows: int = 1) -> DenseMarginPerceptron:
    """The same of some rows, and without a margin, so that what is told right is not learned."""
    rng = np.random.default_rng(1)
    shape = rows, dimensions + 1
    weights = rng.integers(1, 20_000, shape) * rng.choice([-1, 1], shape)
    return DenseMarginPerceptron.from_weights(weights, theta=0)


def random_centroid(dimensions: int) -> DenseNearestCentroid:
    """Two classes of 1,000 samples."""
    rng = np.random.default_rng(1)
    sums = rng.integers(1, 100_000, (2, dimensions)) * rng.choice([-1, 1], (2, dimensions))
    return DenseNearestCentroid.from_sums(sums, np.array([1000, 1000]))


class DenseBench:
    """A pool and its twin."""

    def __init__(self, gateway: Gateway, twin: Model) -> None:
        self.gateway = gateway
        self.twin = twin
        self.pool, receipts = deploy_pool(
            gateway,
            ADA,
            factory=deploy_factory(gateway, ADA),
            implementation=deploy_implementation(gateway, ADA, implementation_name(TERMS.incentive, type(twin))),
            encoder_hash=b"\1" * 32,
            incentive=TERMS.pack(),
            model=twin.pack_parameters(),
            chunks=twin.initial_chunks(),
        )
        self.deployment = sum(receipt.gas_used for receipt in receipts)

    def contribute(self, features: np.ndarray, label: int) -> tuple[ContributionKey, int]:
        """The key and the gas."""
        self.twin.learn_one(features, label)
        packed = self.twin.sample_to_bytes(features)
        call = self.gateway.contribute_call(self.pool, [packed], [label], COST, COST, model=self.twin)
        receipt = send_and_wait(self.gateway, call, ADA)
        (made,) = logs_of(Contributed, receipt.logs)
        return ContributionKey.of(made), receipt.gas_used

    def refund(self, key: ContributionKey, features: np.ndarray) -> int:
        """Gas of a refund."""
        call = self.gateway.refund_call(self.pool, key, self.twin.sample_to_bytes(features), model=self.twin)
        return send_and_wait(self.gateway, call, ADA).gas_used


def _figures(gateway: Gateway, name: str, build: Callable[[int], Model], dimensions: int) -> dict[str, int]:
    bench = DenseBench(gateway, build(dimensions))
    features = random_features(2, dimensions)
    figures = {f"new pool, {name}, {dimensions} dimensions": bench.deployment}
    figures[f"{name}, {dimensions} dimensions: contribute, disagrees, first"] = _disagree(bench, 3)
    for seed in (4, 5):
        _disagree(bench, seed)
    for label in range(2, bench.twin.class_count):
        # of more classes each has to learn once before every slot was written
        bench.contribute(random_features(10 + label, dimensions), label)
    early, _ = bench.contribute(features, bench.twin.predict_one(features)[0])
    key, agreeing = bench.contribute(features, bench.twin.predict_one(features)[0])
    gateway.advance_time(DAY + 1)
    bench.refund(early, features)
    refund = bench.refund(key, features)
    return figures | {
        f"{name}, {dimensions} dimensions: contribute, agrees": agreeing,
        f"{name}, {dimensions} dimensions: contribute, disagrees": _disagree(bench, 6),
        f"{name}, {dimensions} dimensions: refund": refund,
    }


def _disagree(bench: DenseBench, seed: int) -> int:
    features = random_features(seed, bench.twin.dimensions)
    return bench.contribute(features, (bench.twin.predict_one(features)[0] + 1) % bench.twin.class_count)[1]


def measure(gateway: Gateway) -> dict[str, int]:
    """Every figure, by name."""
    figures: dict[str, int] = {}
    for dimensions in DIMENSIONS:
        figures |= _figures(gateway, "dense perceptron", random_perceptron, dimensions)
        figures |= _figures(gateway, "dense margin perceptron", random_margin_perceptron, dimensions)
        figures |= _figures(gateway, "dense nearest centroid", random_centroid, dimensions)
    of_six = partial(random_margin_perceptron, rows=6)
    return figures | _figures(gateway, "dense margin perceptron of six classes", of_six, DIMENSIONS[0])
