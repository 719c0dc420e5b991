"""Bounds of the gas of a sealed judge on vectors: no call that the service makes runs out of it."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from earnest.chain import gas
from earnest.chain.gateway import Gateway
from earnest.contracts.tools.gas_dense import random_features, random_margin_perceptron
from earnest.contracts.tools.gas_sealed import SealedBench, random_reference
from earnest.core.models.dense_nearest_centroid import DenseNearestCentroid
from earnest.core.models.model import Model
from earnest.core.models.naive_bayes import NaiveBayes
from earnest.core.models.sparse_nearest_centroid import SparseNearestCentroid


@pytest.mark.parametrize(("dimensions", "rows"), [(1, 1), (1, 16), (14, 16), (15, 3), (64, 16)])
def test_seal_contribution_and_settling_stay_within_their_bounds(anvil_url: str, dimensions: int, rows: int) -> None:
    model = random_margin_perceptron(dimensions, rows)
    _stays_within(anvil_url, model, "SealedAssessedDenseMarginPerceptron", random_features(3, dimensions))


@pytest.mark.parametrize(
    "model",
    [
        NaiveBayes.from_counts(np.ones((16, 1), int), np.full(16, 9)),
        NaiveBayes.from_counts(np.ones((2, 1000), int), [9, 9]),
        SparseNearestCentroid.from_counts(np.ones((16, 700), int), np.full(16, 9)),
        DenseNearestCentroid.from_sums(np.ones((16, 1), int), np.full(16, 9)),
        DenseNearestCentroid.from_sums(np.ones((3, 384), int), np.full(3, 9)),
    ],
    ids=lambda model: f"{model.CONTRACT}, {model.format.width}, {model.class_count}",
)
def test_verbs_on_models_that_count_stay_within_their_bounds(anvil_url: str, model: Model) -> None:
    if isinstance(model, DenseNearestCentroid):
        sample = random_features(3, model.dimensions)
    else:
        sample = np.arange(model.format.width, dtype=np.uint16)
    _stays_within(anvil_url, model, f"SealedAssessed{model.CONTRACT}", sample)


def _stays_within(anvil_url: str, model: Model, name: str, sample: NDArray[Any]) -> None:
    bench = SealedBench(Gateway(anvil_url), model, random_reference(model), name)
    packed = model.sample_to_bytes(sample)
    assert bench.seal() <= gas.seal_gas(model)
    made = [bench.contribute(sample, (bench.predicted(sample) + more) % model.class_count) for more in (0, 0, 0, 0, 1)]
    assert max(used for _, used in made) <= gas.sealed_contribute_gas(packed, model)
    bench.seal()
    assert bench.seal() <= gas.seal_gas(model)
    # the last is learned, on slots that nobody wrote before
    assert max(bench.settle(what, sample)[1] for what, _ in made) <= gas.settle_gas(packed, model)
