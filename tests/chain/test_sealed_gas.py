"""Bounds of the gas of a sealed judge on vectors: no call that the service makes runs out of it."""

import pytest

from earnest.chain import gas
from earnest.chain.gateway import Gateway
from earnest.contracts.tools.gas_dense import random_features, random_margin_perceptron
from earnest.contracts.tools.gas_sealed import SealedBench, random_reference


@pytest.mark.parametrize(("dimensions", "rows"), [(1, 1), (1, 16), (14, 16), (15, 3), (64, 16)])
def test_seal_contribution_and_settling_stay_within_their_bounds(anvil_url: str, dimensions: int, rows: int) -> None:
    model = random_margin_perceptron(dimensions, rows)
    bench = SealedBench(Gateway(anvil_url), model, random_reference(model), "SealedAssessedDenseMarginPerceptron")
    sample = random_features(3, dimensions)
    packed = model.sample_to_bytes(sample)
    assert bench.seal() <= gas.seal_gas(model)
    made = [bench.contribute(sample, (bench.predicted(sample) + more) % model.class_count) for more in (0, 0, 0, 0, 1)]
    assert max(used for _, used in made) <= gas.sealed_contribute_gas(packed, model)
    bench.seal()
    assert bench.seal() <= gas.seal_gas(model)
    # the last is learned, on slots that nobody wrote before
    assert max(bench.settle(what, sample)[1] for what, _ in made) <= gas.settle_gas(packed, model)
