"""The kernels of the dense models interpreted and compiled by numba give the same answers."""

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earnest.core.models import dense_nearest_centroid, dense_perceptron
from earnest.core.models.dense_nearest_centroid import MAX_COUNT

DIMENSIONS, CLASSES = 6, 3
int16 = st.integers(-(2**15), 2**15 - 1) | st.sampled_from([-(2**15), -1, 0, 1, 2**15 - 1])
int24 = st.integers(-(2**23), 2**23 - 1) | st.sampled_from([-(2**23), 2**23 - 1])
vectors = st.lists(int16, min_size=DIMENSIONS, max_size=DIMENSIONS)


@pytest.fixture(scope="module")
def perceptron():
    return {name: numba.njit(getattr(dense_perceptron, name)) for name in ("score", "learn")}


@pytest.fixture(scope="module")
def centroid():
    names = ("squared_distance", "compare_fractions", "nearest", "learn")
    return {name: numba.njit(getattr(dense_nearest_centroid, name)) for name in names}


@settings(deadline=None)
@given(
    initial=st.lists(int24, min_size=DIMENSIONS + 1, max_size=DIMENSIONS + 1),
    stream=st.lists(st.tuples(vectors, st.integers(-(2**16) + 1, 2**16 - 1)), max_size=8),
    scale=st.integers(1, 2**15 - 1),
)
def test_perceptron_compiled_equals_interpreted(perceptron, initial, stream, scale):
    start = np.array(initial, dtype=np.int32)
    interpreted, compiled = start.copy(), start.copy()
    for vector, by in stream:
        features = np.array(vector, dtype=np.int16)
        exact = sum(int(w) * x for w, x in zip(interpreted, [*vector, scale], strict=True))
        assert dense_perceptron.score(interpreted, features, scale) == exact
        assert perceptron["score"](compiled, features, scale) == exact
        free = [int(w) + x * by for w, x in zip(interpreted, [*vector, scale], strict=True)]
        held_back = dense_perceptron.learn(interpreted, start, features, scale, by)
        assert held_back == sum(int(w) != moved for w, moved in zip(interpreted, free, strict=True))
        assert perceptron["learn"](compiled, start, features, scale, by) == held_back
        assert compiled.tolist() == interpreted.tolist()


@settings(deadline=None)
@given(
    counts=st.lists(
        st.integers(0, 3) | st.integers(0, MAX_COUNT) | st.just(MAX_COUNT), min_size=CLASSES, max_size=CLASSES
    ),
    means=st.lists(vectors, min_size=CLASSES, max_size=CLASSES),
    stream=st.lists(st.tuples(vectors, st.integers(0, CLASSES - 1)), max_size=8),
)
def test_centroid_compiled_equals_interpreted(centroid, counts, means, stream):
    sums = (np.array(means) * np.array(counts)[:, np.newaxis]).reshape(-1)
    interpreted = np.concatenate([sums, counts]).astype(np.int32)
    compiled = interpreted.copy()
    for vector, label in stream:
        features = np.array(vector, dtype=np.int16)
        expected = dense_nearest_centroid.nearest(interpreted, features, CLASSES)
        assert centroid["nearest"](compiled, features, CLASSES) == expected
        dense_nearest_centroid.learn(interpreted, features, label, CLASSES)
        centroid["learn"](compiled, features, label, CLASSES)
        assert compiled.tolist() == interpreted.tolist()


def test_centroid_stays_within_64_bits_at_the_largest_model_and_the_farthest_sample(centroid):
    """4,096 dimensions, full classes, every feature at the other end of int16: Python's integers say the same."""
    dimensions, least, most = 4096, -(2**15), 2**15 - 1
    for mean, feature in ((least, most), (most, least)):
        for less in (0, 1):
            sums = np.full(dimensions, mean * MAX_COUNT + (less if mean < 0 else -less), dtype=np.int32)
            features = np.full(dimensions, feature, dtype=np.int16)
            exact = dimensions * (MAX_COUNT * feature - int(sums[0])) ** 2
            whole, rest = centroid["squared_distance"](features, sums, MAX_COUNT)
            assert whole * MAX_COUNT**2 + rest == exact
            assert 0 <= rest < MAX_COUNT**2


@given(
    a=st.integers(1, MAX_COUNT).flatmap(lambda n: st.tuples(st.integers(0, n * n - 1), st.just(n * n))),
    b=st.integers(1, MAX_COUNT).flatmap(lambda n: st.tuples(st.integers(0, n * n - 1), st.just(n * n))),
)
def test_fractions_compiled_compare_as_interpreted(centroid, a, b):
    difference = a[0] * b[1] - b[0] * a[1]
    sign = (difference > 0) - (difference < 0)
    assert centroid["compare_fractions"](*a, *b) == dense_nearest_centroid.compare_fractions(*a, *b) == sign
