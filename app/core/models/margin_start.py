"""What a margin perceptron starts from, derived from the initial samples by one function, in integers only.

Shifts: a slot of changes whose words are half as frequent as those of the first one moves twice as far, and so on:
round(log2(frequency of the first slot / of this one)), at most 4, and never less than that of the slot before.

Theta: how far on the label's side a score has to be for nothing to be learned. Five times what one step of size 1 moves
the score of an initial sample by, on average.

Initial weights: those of naive Bayes on the initial samples, scaled so that the scores of these samples have a standard
deviation of theta; the margin then means the same from the first contribution on. None is so large that its change
could not bring it back across 0.

Step: it starts at four units and falls to one after some 24,000 contributions, which saves a sixth of the updates.

What these choices were measured against is in the documentation ("Measured").
"""

from math import isqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earnest.core.errors import RuleViolation
from earnest.core.models.naive_bayes import log2_rounded_down
from earnest.core.models.sparse_perceptron import FREQUENT_WORDS, max_change

#: The highest shift, so that there are as many bounds.
SHIFTS = 4
#: Theta in mean moves of a score by a step of size 1.
MARGIN = 5
FIRST_STEP, HALVING = 4, 8000
#: What 1,000 words of film reviews come to.
THETA, BOUNDS = 3118, (1, 3, 7, 14)

_WIDE_PER_SLOT, _NARROW_PER_SLOT = 25, 32
_WIDE_SLOTS = 18
#: A bound that no slot reaches.
_NEVER = 2**16 - 1


class Start(NamedTuple):
    """What a margin perceptron on words begins with.

    Attributes:
        weights: int64 (num_words + 1,), bias last.
        parameters: by name, all but the number of words.
        mean_reach: hundredths of what a step of size 1 moves a sample's score by, on average.
    """

    weights: NDArray[np.int64]
    parameters: dict[str, int]
    mean_reach: int


def first_word(slot: int) -> int:
    """The first word whose change is in a slot (`SparseWeights`); the first slot begins with the bias."""
    if slot <= _WIDE_SLOTS:
        return max(_WIDE_PER_SLOT * slot - 1, 0)
    return FREQUENT_WORDS + _NARROW_PER_SLOT * (slot - _WIDE_SLOTS)


def derive(X: Any, y: ArrayLike) -> Start:
    """All that the initial samples decide.

    Args:
        X: sparse presence matrix of shape (n, num_words), int64.
        y: labels of shape (n,), 0 or 1, both of which occur.

    Raises:
        RuleViolation: there is another label, or one class only.
    """
    labels = np.asarray(y)
    if not np.isin(labels, (0, 1)).all() or len(np.unique(labels)) != 2:
        raise RuleViolation("A margin perceptron on words starts from samples of two classes, 0 and 1, both present.")
    counts = np.array([np.asarray(X[labels == label].sum(axis=0)).ravel() for label in (0, 1)], dtype=np.int64)
    num_words = counts.shape[1]
    bounds = _bounds(counts.sum(axis=0))
    shifts = np.zeros(num_words + 1, dtype=np.int64)
    for slot in bounds:
        shifts[first_word(slot) : num_words] += 1
    moves = X @ (1 << shifts[:-1]) + 1
    theta = max(1, MARGIN * int(moves.sum()) // len(labels))
    limits = np.array([max_change(word, num_words) - 1 for word in range(num_words + 1)], dtype=np.int64) << shifts
    weights = np.clip(_scaled(X, _naive_bayes(counts, np.bincount(labels)), theta), -limits, limits)
    names = (f"shift_{number + 1}" for number in range(SHIFTS))
    parameters = {"eta0": FIRST_STEP, "tau": HALVING, "theta": theta, **dict(zip(names, bounds, strict=True))}
    return Start(weights, parameters, 100 * int(moves.sum()) // len(labels))


def _bounds(present: NDArray[np.int64]) -> list[int]:
    """The first slot of each shift, from 1 on; `present` says in how many samples each word is."""
    bounds = [_NEVER] * SHIFTS
    slot, first = 1, (int(present[: first_word(1)].sum()), len(present[: first_word(1)]))
    while (start := first_word(slot)) < len(present):
        words = present[start : first_word(slot + 1)]
        shift = _rounded_log2(first[0] * len(words), int(words.sum()) * first[1])
        for number in range(shift):
            bounds[number] = min(bounds[number], slot)
        slot += 1
    return bounds


def _rounded_log2(over: int, under: int) -> int:
    """round(log2(over / under)), from 0 to SHIFTS: log2 is above k - 1/2 where over^2 / under^2 is above 2^(2k - 1)."""
    shift = 0
    while shift < SHIFTS and over**2 > under**2 << (2 * shift + 1):
        shift += 1
    return shift


def _naive_bayes(counts: NDArray[np.int64], samples: NDArray[np.int64]) -> NDArray[np.int64]:
    """Weights of multinomial naive Bayes, smoothed by 1, bias last, in units of 2^-16; see `naive_bayes`."""
    totals = counts.sum(axis=1) + counts.shape[1]
    for_all = log2_rounded_down(int(totals[1])) - log2_rounded_down(int(totals[0]))
    words = [log2_rounded_down(int(one) + 1) - log2_rounded_down(int(other) + 1) for other, one in counts.T]
    bias = log2_rounded_down(int(samples[1])) - log2_rounded_down(int(samples[0]))
    return np.array([word - for_all for word in words] + [bias], dtype=np.int64)


def _scaled(X: Any, weights: NDArray[np.int64], deviation: int) -> NDArray[np.int64]:
    """Weights of which the scores of these samples have this standard deviation, rounded to the nearest."""
    scores = [int(score) for score in X @ weights[:-1] + weights[-1]]
    n = len(scores)
    spread = isqrt(n * sum(score**2 for score in scores) - sum(scores) ** 2)
    if spread == 0:
        return weights
    return np.array([(2 * int(weight) * deviation * n + spread) // (2 * spread) for weight in weights], dtype=np.int64)
