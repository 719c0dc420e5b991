"""Arithmetic on whole vectors, for the kernels: numpy's where they are interpreted, loops where they are compiled.

Compiled code that makes arrays has to count references, which makes it several times longer and slower. A test holds
the two forms of each function together.

    weights, initial, sums   int32 arrays of shape (n,)
    features                 int16 array of shape (n,)
"""

from typing import Any

import numpy as np

from earnest.core.compilable import compiled_as


def _inner(weights: Any, features: Any) -> int:
    total = 0
    for i in range(len(features)):
        total += int(weights[i]) * int(features[i])
    return total


@compiled_as(_inner)
def inner(weights: Any, features: Any) -> int:
    """Sum of the products; O(n)."""
    return int((weights.astype(np.int64) * features).sum())


def _move(weights: Any, initial: Any, features: Any, by: int, most: int) -> int:
    held_back = 0
    for i in range(len(features)):
        change = int(weights[i]) - int(initial[i]) + int(features[i]) * by
        kept = min(max(change, -most - 1), most)
        weights[i] = int(initial[i]) + kept
        held_back += 1 if kept != change else 0
    return held_back


@compiled_as(_move)
def move(weights: Any, initial: Any, features: Any, by: int, most: int) -> int:
    """Move each weight by `by` times its feature, in place, its change since the start within -most - 1 to most; O(n).

    Returns:
        how many changes were held back.
    """
    changes = weights.astype(np.int64) - initial + features.astype(np.int64) * by
    kept = np.minimum(np.maximum(changes, -most - 1), most)
    weights[:] = initial + kept
    return int((kept != changes).sum())


def _around_mean(features: Any, sums: Any, count: int) -> tuple[int, int, int]:
    square, product, rest = 0, 0, 0
    for i in range(len(features)):
        mean = int(sums[i]) // count
        left = int(sums[i]) - mean * count
        away = int(features[i]) - mean
        square += away * away
        product += away * left
        rest += left * left
    return square, product, rest


@compiled_as(_around_mean)
def around_mean(features: Any, sums: Any, count: int) -> tuple[int, int, int]:
    """With each mean of `count` samples, rounded down, what it left, and how far the feature is away from it; O(n).

    Returns:
        the sums of away * away, away * left and left * left.
    """
    wide = sums.astype(np.int64)
    means = wide // count
    left = wide - means * count
    away = features.astype(np.int64) - means
    return int((away * away).sum()), int((away * left).sum()), int((left * left).sum())


def _halve(sums: Any) -> None:
    for i in range(len(sums)):
        sums[i] = int(sums[i]) // 2


@compiled_as(_halve)
def halve(sums: Any) -> None:
    """Halve each sum, rounded down, in place; O(n)."""
    sums //= 2


def _add(sums: Any, features: Any) -> None:
    for i in range(len(features)):
        sums[i] = int(sums[i]) + int(features[i])


@compiled_as(_add)
def add(sums: Any, features: Any) -> None:
    """Add each feature to its sum, in place; O(n)."""
    sums += features
