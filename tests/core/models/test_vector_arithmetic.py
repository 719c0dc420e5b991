"""Arithmetic on whole vectors is the same, interpreted by numpy and compiled as loops."""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earnest.core.models.vector_arithmetic import add, around_mean, halve, inner, move

FEATURE = st.one_of(st.sampled_from([-(2**15), -1, 0, 1, 2**15 - 1]), st.integers(-(2**15), 2**15 - 1))
WEIGHT = st.one_of(st.sampled_from([-(2**24), -1, 0, 1, 2**24 - 1]), st.integers(-(2**24), 2**24 - 1))


@numba.njit(_nrt=False)
def compiled_inner(weights, features):
    return inner(weights, features)


@numba.njit(_nrt=False)
def compiled_move(weights, initial, features, by, most):
    return move(weights, initial, features, by, most)


@numba.njit(_nrt=False)
def compiled_around_mean(features, sums, count):
    return around_mean(features, sums, count)


@numba.njit(_nrt=False)
def compiled_halve(sums):
    halve(sums)


@numba.njit(_nrt=False)
def compiled_add(sums, features):
    add(sums, features)


def both(one: Callable[..., Any], other: Callable[..., Any], *arguments: Any) -> Any:
    """The answer of both, which change what they are given alike."""
    copies = [part.copy() if isinstance(part, np.ndarray) else part for part in arguments]
    answer = one(*arguments)
    assert other(*copies) == answer
    for changed, same in zip(arguments, copies, strict=True):
        np.testing.assert_array_equal(changed, same)
    return answer


@given(st.lists(st.tuples(WEIGHT, WEIGHT, FEATURE), min_size=1, max_size=40), st.integers(-(2**16), 2**16))
def test_scores_and_moves(rows: list[tuple[int, int, int]], by: int) -> None:
    weights, initial, features = (np.array(column) for column in zip(*rows, strict=True))
    weights, initial, features = weights.astype(np.int32), initial.astype(np.int32), features.astype(np.int16)
    total = both(inner, compiled_inner, weights, features)
    assert total == sum(weight * feature for weight, _, feature in rows)
    most = 2**23 - 1
    changes = [weight - start + feature * by for weight, start, feature in rows]
    held_back = both(move, compiled_move, weights, initial, features, by, most)
    assert held_back == sum(not -most - 1 <= change <= most for change in changes)
    expected = [start + min(max(one, -most - 1), most) for one, (_, start, _) in zip(changes, rows, strict=True)]
    assert weights.tolist() == expected


@given(
    st.lists(st.tuples(st.integers(-(2**15), 2**15 - 1), FEATURE), min_size=1, max_size=40), st.integers(1, 2**15 - 1)
)
def test_means_and_sums(rows: list[tuple[int, int]], count: int) -> None:
    sums = np.array([mean * count for mean, _ in rows], np.int32)
    features = np.array([feature for _, feature in rows], np.int16)
    square, product, rest = both(around_mean, compiled_around_mean, features, sums, count)
    assert (square, product, rest) == (sum((feature - mean) ** 2 for mean, feature in rows), 0, 0)
    both(add, compiled_add, sums, features)
    assert sums.tolist() == [mean * count + feature for mean, feature in rows]
    square, product, rest = both(around_mean, compiled_around_mean, features, sums, count)
    means = [int(total) // count for total in sums]
    left = [int(total) - mean * count for total, mean in zip(sums, means, strict=True)]
    away = [int(feature) - mean for feature, mean in zip(features, means, strict=True)]
    assert square == sum(one * one for one in away)
    assert product == sum(one * other for one, other in zip(away, left, strict=True))
    assert rest == sum(one * one for one in left)
    before = sums.tolist()
    both(halve, compiled_halve, sums)
    assert sums.tolist() == [total // 2 for total in before]


@pytest.mark.parametrize("dimensions", [1, 4096])
def test_the_largest_sums_fit(dimensions: int) -> None:
    weights = np.full(dimensions, 2**24 - 1, np.int32)
    features = np.full(dimensions, -(2**15), np.int16)
    assert both(inner, compiled_inner, weights, features) == -dimensions * (2**24 - 1) * 2**15
