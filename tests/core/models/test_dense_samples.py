"""Vectors as samples: scaling, rounding, saturation, and what is refused."""

import numpy as np
import pytest

from earnest.core.errors import RuleViolation, SampleInvalid
from earnest.core.models.dense_nearest_centroid import DenseNearestCentroid
from earnest.core.models.dense_perceptron import DensePerceptron
from earnest.core.models.formats.vectors import DEFAULT_SCALE, MAX_SCALE, Vectors, quantise

BOTH = [DensePerceptron(3), DenseNearestCentroid(3)]


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, "seven", None, "1e999"])
def test_what_is_no_finite_number_is_refused(number):
    with pytest.raises(SampleInvalid, match="number"):
        quantise([1.0, number], DEFAULT_SCALE)


@pytest.mark.parametrize("model", BOTH)
def test_samples_of_the_wrong_length_are_refused_as_the_contract_does(model):
    for length, name in (
        (0, "SampleEmpty"),
        (1, "SampleLengthInvalid"),
        (5, "SampleLengthInvalid"),
        (8, "SampleLengthInvalid"),
    ):
        with pytest.raises(SampleInvalid) as caught:
            model.sample_from_bytes(bytes(length))
        assert caught.value.name == name
        assert caught.value.values == ({} if name == "SampleEmpty" else {"length": length})
    for features in ([], [1.0, 2.0], [1.0] * 4, [[1.0] * 3] * 3):
        with pytest.raises(SampleInvalid):
            model.sample_from_features(features)
    for rows in ([1.0, 2.0, 3.0], [[1.0, 2.0]], [[[1.0, 2.0, 3.0]]]):
        with pytest.raises(SampleInvalid, match="3 columns"):
            model.samples(rows)


def test_numbers_are_scaled_rounded_to_even_and_saturated():
    given = [0.5, 1.5, -0.5, -1.5, 0.49, 1000.0, -1000.0, 32_767.4, 1e300, -1e300]
    assert quantise(given, 1).tolist() == [0, 2, 0, -2, 0, 1000, -1000, 32_767, 32_767, -32_768]
    assert quantise([[1.0, -8.0], [7.9999, 8.0]], 4096).tolist() == [[4096, -32_768], [32_767, 32_767]]


@pytest.mark.parametrize("model", BOTH)
def test_a_sample_is_the_same_from_numbers_from_a_matrix_and_from_bytes(model):
    numbers = [0.25, -7.5, 3.0]
    sample = model.sample_from_features(numbers)
    assert sample.tolist() == [1024, -30_720, 12_288]
    assert model.sample_to_bytes(sample) == bytes.fromhex("0400 8800 3000")
    assert model.sample_from_bytes(bytes.fromhex("0400 8800 3000")).tolist() == sample.tolist()
    assert [row.tolist() for row in model.samples([numbers, numbers])] == [sample.tolist()] * 2


@pytest.mark.parametrize("scale", [0, -1, MAX_SCALE + 1])
def test_scale_out_of_range_is_refused(scale):
    for model in (DensePerceptron(3, scale=scale), DenseNearestCentroid(3, scale=scale)):
        with pytest.raises(RuleViolation, match="scale"):
            model.pack_parameters()
        with pytest.raises(RuleViolation, match="scale"):
            model.fit([[1.0, 2.0, 3.0]], [1])


@pytest.mark.parametrize(
    ("given", "expected"), [([0, 0], [0, 0]), ([4096, 0], [4096, 0]), ([-4000, 900], [-3996, 899]), ([3, -2], [3, -2])]
)
def test_vectors_longer_than_1_are_shortened_and_others_stay(given, expected):
    shortened = Vectors.shortened(np.array(given, dtype=np.int16))
    assert (shortened.tolist(), shortened.dtype) == (expected, np.int16)
    assert int((shortened.astype(np.int64) ** 2).sum()) <= DEFAULT_SCALE**2
