"""What new pools bound: sizes of contributions and initial weights, by the samples that their models start from."""

import hashlib
import struct

import numpy as np
import pytest

from earnest.core.errors import SampleInvalid, WeightsOutOfRange
from earnest.core.models.dense_nearest_centroid import DenseNearestCentroid
from earnest.core.models.dense_perceptron import DensePerceptron
from earnest.core.models.formats.vectors import MAX_LENGTH, usual_longest
from earnest.core.models.formats.words import MAX_FEATURES, usual_most
from earnest.core.models.naive_bayes import NaiveBayes
from earnest.core.models.sparse_margin_perceptron import SparseMarginPerceptron
from earnest.core.models.sparse_nearest_centroid import SparseNearestCentroid
from earnest.core.models.sparse_perceptron import SparsePerceptron

ON_WORDS = (SparsePerceptron, SparseMarginPerceptron, NaiveBayes, SparseNearestCentroid)
ON_VECTORS = (DensePerceptron, DenseNearestCentroid)


def presence(sizes: list[int], width: int) -> np.ndarray:
    """Rows of so many words each."""
    return (np.arange(width) < np.array(sizes)[:, None]).astype(np.uint8)


@pytest.mark.parametrize(
    ("sizes", "most"),
    [([1], 16), ([16] * 5, 16), ([17] * 5, 32), ([3] * 5000 + [90], 16), ([3] * 5000 + [90] * 40, 96), ([0], 16)],
)
def test_most_words_are_those_of_nearly_all_samples_rounded_up(sizes, most):
    assert usual_most(presence(sizes, 100)) == most


def test_most_words_are_never_more_than_the_contract_takes():
    assert usual_most(presence([1100] * 3, 1100)) == MAX_FEATURES


def test_longest_vector_is_twice_that_of_the_samples():
    assert usual_longest(np.array([[3, 4], [0, -6]], dtype=np.int16)) == 2 * 7
    assert usual_longest(np.full((1, 4096), -(2**15), dtype=np.int16)) == 2 * (2**21 + 1) < MAX_LENGTH
    assert usual_longest(np.zeros((0, 3), dtype=np.int16)) == 2


@pytest.mark.parametrize("kind", ON_WORDS)
def test_models_on_words_are_limited_by_the_samples_that_they_start_from(kind):
    rng = np.random.default_rng(3)
    X = (rng.random((60, 40)) < 0.12).astype(np.uint8)
    X[:, 0] = 1
    labels = rng.integers(0, 2, 60)
    model, _ = kind.trained(X, labels).limited(X)
    assert model.max_features == usual_most(X) == 16
    fits, too_long = np.arange(16, dtype=np.uint16), np.arange(17, dtype=np.uint16)
    model.require_size(fits)
    with pytest.raises(SampleInvalid, match="17 features") as caught:
        model.require_size(too_long)
    assert (caught.value.name, caught.value.values) == ("SampleTooLong", {"features": 17, "maximum": 16})
    assert kind.from_code(model.pack_parameters(), model.initial_chunks()).to_bytes() == model.to_bytes()


@pytest.mark.parametrize("kind", ON_VECTORS)
def test_models_on_vectors_are_limited_by_the_samples_that_they_start_from(kind):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(40, 5))
    trained = kind.trained(X, rng.integers(0, 2, 40))
    model, _ = trained.limited(X)
    rows = model.samples(X)
    longest = max(int((row.astype(np.int64) ** 2).sum()) for row in rows)
    assert longest * 4 <= model.max_length**2 < longest * 4.1
    for row in rows:
        model.require_size(row)
    with pytest.raises(SampleInvalid, match="long") as caught:
        model.require_size(np.full(5, 2**15 - 1, dtype=np.int16))
    assert caught.value.name == "SampleSquareTooLarge"
    trained.require_size(np.full(5, 2**15 - 1, dtype=np.int16))
    assert model.digest() == trained.digest()
    assert kind.from_code(model.pack_parameters(), model.initial_chunks()).to_bytes() == model.to_bytes()


@pytest.mark.parametrize(("weights", "factor"), [([1270, -126, 3, 5], "2.49"), ([0, -1020, 3, 5], "2.00")])
def test_weights_are_divided_until_contributions_can_correct_each(weights, factor):
    """The first 449 words and the bias may move by 511."""
    X = np.ones((1, 3), dtype=np.uint8)
    model, (sentence,) = SparsePerceptron.from_weights(weights, eta0=2, tau=3).limited(X)
    expected = [int(value / (max(abs(value) for value in weights) / (511 if weights[0] else 510))) for value in weights]
    assert model.weights_.tolist() == expected
    assert (model.eta0, model.tau, model.correctable) == (2, 3, 1)
    assert f"divided by {factor}" in sentence
    assert "1 of them" in sentence


def test_weights_that_can_be_corrected_stay_as_they_are():
    model, sentences = SparsePerceptron.from_weights([511, -510, 0]).limited(np.ones((1, 2), dtype=np.uint8))
    assert (model.weights_.tolist(), sentences) == ([511, -510, 0], ())


@pytest.mark.parametrize("weights", [[512, 0], [-511, 0], [0, 512]])
def test_weights_that_nothing_could_correct_are_refused_where_they_have_to_be(weights):
    SparsePerceptron.from_weights(weights)
    with pytest.raises(WeightsOutOfRange, match="across 0"):
        SparsePerceptron.from_weights(weights, correctable=1)


@pytest.mark.parametrize(
    ("model", "layout", "kept"),
    [
        (SparsePerceptron.from_weights([1, 2, 3], eta0=4, tau=5), ">IIQQ", 3),
        (DensePerceptron.from_weights([1, 2, 3], eta0=4), ">IIQIQ", 4),
        (DenseNearestCentroid.from_sums([[1], [2]], [3, 4]), ">IIIQ", 3),
        (NaiveBayes.from_counts([[1, 2], [0, 0]], [2, 1]), ">IHQ", 2),
        (SparseNearestCentroid.from_counts([[1, 2], [0, 0]], [2, 1]), ">IHQ", 2),
    ],
)
def test_snapshots_of_earlier_releases_are_read_as_models_without_limits(model, layout, kept):
    weights = model.initial_weights_.astype(">i4").tobytes() + model.weights_.astype(">i4").tobytes()
    state = struct.pack(layout, *model.parameters[:kept], model.accepted_) + weights
    again = type(model).from_bytes(state + hashlib.sha256(state).digest())
    assert again.to_bytes() == model.to_bytes()


@pytest.mark.parametrize("kind", [NaiveBayes, SparseNearestCentroid])
def test_moments_of_a_class_that_has_aged_outlive_a_snapshot(kind):
    """They are somewhat above those of the halved counts, and cannot be worked out from these."""
    model = kind.from_counts([[65_535, 3, 3], [1, 0, 1]], [65_535, 2])
    model.learn_one(np.array([1], dtype=np.uint16), 0)
    worked_out = model.restarted().moments_
    assert model.moments_[0] > worked_out[0]
    for again in (kind.from_bytes(model.to_bytes()), model.copy()):
        assert again.moments_.tolist() == model.moments_.tolist()
        assert again.to_bytes() == model.to_bytes()
