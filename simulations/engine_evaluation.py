"""How many test samples the model judges right, without scoring all of them each time.

A sample's score is kept with the evaluation at which it was taken. Between that one and now, its n features can have
moved it by no more than the n largest changes of a weight in that direction, and the bias's: as long as that does not
reach the sign, the class is what it was. Weights are remembered of the last `KEPT` evaluations; what was scored before
is scored again. How many are right changes only with what is scored again.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.core.compilable import compilable
from app.core.learning import sparse_perceptron as learner

KEPT = 12
#: A bound that no score withstands.
_BEYOND = 1 << 30
#: Positions in `Evaluation.marks`.
LATEST, CORRECT, SCORED = range(3)


class Evaluation(NamedTuple):
    """The test samples and what is known of their scores.

    Attributes:
        starts: int64 (n + 1,), where each sample's features start in `features`.
        features: uint16.
        labels: uint8 (n,), true labels.
        margin: int32 (n,), the least change of the score against its sign that would change the class.
        bounded_by: int32 (n,), place in `bounds`, taken as flat, of what bounds that change.
        right: uint8 (n,), whether the model judged it right.
        weights: int32 (KEPT, num_words + 1), of the last evaluations.
        bounds: int32 (KEPT, 2, longest sample + 1), how far the score of a sample of that many features can have
            fallen, and risen, since.
        counts: int32 (2, 65536), falls and rises of weights by size; zeros between calls.
        again: int32 (n,), room for the samples to be scored again.
        marks: int64 (3,), the latest row (-1 before the first), its result, and samples scored so far in all.
    """

    starts: NDArray[np.int64]
    features: NDArray[np.uint16]
    labels: NDArray[np.uint8]
    margin: NDArray[np.int32]
    bounded_by: NDArray[np.int32]
    right: NDArray[np.uint8]
    weights: NDArray[np.int32]
    bounds: NDArray[np.int32]
    counts: NDArray[np.int32]
    again: NDArray[np.int32]
    marks: NDArray[np.int64]


def new_evaluation(
    starts: NDArray[np.int64], features: NDArray[np.uint16], labels: NDArray[np.uint8], num_weights: int
) -> Evaluation:
    """Nothing is known yet.

    Args:
        starts: int64 (n + 1,), where each sample's features start.
        features: uint16.
        labels: uint8 (n,).
        num_weights: the bias included.
    """
    n, longest = len(labels), int(np.diff(starts).max(initial=0))
    marks = np.zeros(3, np.int64)
    marks[LATEST] = -1
    return Evaluation(
        starts,
        features,
        labels,
        np.zeros(n, np.int32),
        np.zeros(n, np.int32),
        np.zeros(n, np.uint8),
        np.zeros((KEPT, num_weights), np.int32),
        np.full((KEPT, 2, longest + 1), _BEYOND, np.int32),
        np.zeros((2, 1 << 16), np.int32),
        np.zeros(n, np.int32),
        marks,
    )


@compilable
def count_correct(evaluation: Evaluation, weights: Any) -> int:
    """Test samples that the model judges right now."""
    marks, kept, bounds = evaluation.marks, evaluation.weights, evaluation.bounds
    latest = marks[LATEST]
    if latest >= 0 and _equal(kept[latest], weights):
        return int(marks[CORRECT])
    row = (latest + 1) % KEPT
    for older in range(KEPT):
        if older != row and bounds[older, 0, 0] != _BEYOND:
            _bound(bounds[older], evaluation.counts, kept[older], weights)
    # what was scored at the row that is now overwritten has no bound
    _fill(bounds[row], _BEYOND)
    for word in range(len(weights)):
        kept[row, word] = weights[word]
    _score_again(evaluation, weights, row)
    # from now on it has: nothing has moved since
    _fill(bounds[row], 0)
    marks[LATEST] = row
    return int(marks[CORRECT])


@compilable
def _equal(one: Any, other: Any) -> bool:
    word = 0
    while word < len(one) and one[word] == other[word]:
        word += 1
    return word == len(one)


@compilable
def _fill(bounds: Any, bound: int) -> None:
    for side in range(2):
        for length in range(bounds.shape[1]):
            bounds[side, length] = bound


@compilable
def _score_again(evaluation: Evaluation, weights: Any, row: int) -> None:
    starts, features, labels, right = evaluation.starts, evaluation.features, evaluation.labels, evaluation.right
    margins, bounded_by, again, marks = evaluation.margin, evaluation.bounded_by, evaluation.again, evaluation.marks
    rows = evaluation.bounds.shape[2]
    bounds = evaluation.bounds.reshape(KEPT * 2 * rows)
    # without a branch, which would be guessed wrong too often
    count = 0
    for index in range(len(labels)):
        again[count] = index
        count += margins[index] <= bounds[bounded_by[index]]
    for place in range(count):
        index = again[place]
        start, end = starts[index], starts[index + 1]
        value = learner.score(weights, features[start:end])
        label = learner.predicted_label(value)
        margins[index] = value if label == 1 else 1 - value
        bounded_by[index] = (row * 2 + (0 if label == 1 else 1)) * rows + end - start
        marks[CORRECT] += int(label == labels[index]) - int(right[index])
        right[index] = label == labels[index]
    marks[SCORED] += count


@compilable
def _bound(bounds: Any, counts: Any, before: Any, now: Any) -> None:
    """Sums of the n largest falls, and rises, of a weight; by counting, since changes are small and many are equal."""
    bias = len(now) - 1
    highest = 0
    for word in range(bias):
        change = int(now[word]) - int(before[word])
        highest = max(highest, abs(change))
        if change < 0:
            counts[0, -change] += 1
        else:
            counts[1, change] += 1
    moved = int(now[bias]) - int(before[bias])
    for side in range(2):
        total = -moved if side == 0 else moved
        bounds[side, 0] = total
        filled, longest = 0, bounds.shape[1] - 1
        for size in range(highest, 0, -1):
            for _ in range(min(counts[side, size], longest - filled)):
                filled += 1
                total += size
                bounds[side, filled] = total
            counts[side, size] = 0
        counts[side, 0] = 0
        for length in range(filled + 1, longest + 1):
            bounds[side, length] = total
