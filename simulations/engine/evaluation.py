"""How many test samples the model judges right, without scoring all of them each time.

A sample's score is kept with the evaluation at which it was taken. Between that one and now, its n features can have
moved it by no more than the n largest changes of a weight in that direction, and the bias's: as long as that does not
reach the sign, the class is what it was. Where it does, the most frequent words, which move furthest, are looked up
exactly, `BYTE` words at a time in a table of partial sums, and only the others are bounded; what is left is scored.
Weights are remembered of the last `KEPT` evaluations; what was scored before is scored again. How many are right
changes only with what is scored again.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from earnest.core.compilable import compilable
from earnest.core.models import sparse_perceptron as perceptron
from earnest.simulations.engine import models
from earnest.simulations.engine.types import Evaluation, Numbers

KEPT = 12
#: The first words are the most frequent; each of so many is one bit of a sample's `head`.
HEAD_WORDS, BYTE = 64, 8
#: A bound that no score withstands.
_BEYOND = 1 << 29
#: Weights stay within int16 and a lane more, so changes stay below.
_MIDDLE = 1 << 17
#: Positions in `Evaluation.marks`.
LATEST, CORRECT, LOOKED_UP, SCORED, READ = range(5)


#: A test sample, together because it is read together: `start` where its features begin; `rest_length` of its `length`
#: are outside the head; `head` which of the first `HEAD_WORDS` words are present; `rest_score` the score when taken,
#: without the head; `rest_bound` the place in `bounds[1]`, taken as flat, of what bounds a change of it; `above` if
#: the score was above 0; `right` if that is its true `label`.
SAMPLE = np.dtype(
    [
        ("head", np.uint64), ("start", np.int64), ("rest_score", np.int32), ("rest_bound", np.int32),
        ("length", np.uint16), ("rest_length", np.uint16), ("label", np.uint8), ("right", np.uint8),
        ("above", np.uint8),
    ],
    align=True,
)  # fmt: skip


def new_evaluation(
    starts: NDArray[np.int64], features: Numbers, labels: NDArray[np.uint8], num_weights: int
) -> Evaluation:
    """Nothing is known yet.

    Args:
        starts: int64 (n + 1,), where each sample's features start.
        features: uint16, ascending within a sample; or int16, vectors.
        labels: uint8 (n,).
        num_weights: the bias included.
    """
    n, lengths = len(labels), np.diff(starts)
    # records, so that interpreted code reads them by attribute too
    samples = np.zeros(n, np.dtype((np.record, SAMPLE)))
    samples["start"], samples["length"], samples["label"] = starts[:-1], lengths, labels
    marks = np.zeros(5, np.int64)
    marks[LATEST] = -1
    return Evaluation(
        features,
        samples,
        np.zeros(n, np.int32),
        np.zeros(n, np.int32),
        np.zeros((KEPT, num_weights), np.int32),
        np.full((2, KEPT, 2, int(lengths.max(initial=0)) + 1), _BEYOND, np.int32),
        np.zeros(2 * _MIDDLE, np.int32),
        np.zeros(n, np.int32),
        np.zeros(n, np.int32),
        np.zeros((HEAD_WORDS // BYTE, 1 << BYTE), np.int32),
        marks,
    )


@compilable
def count_correct(evaluation: Evaluation, weights: Any) -> int:
    """Test samples that the model judges right now."""
    marks, kept, bounds = evaluation.marks, evaluation.weights, evaluation.bounds
    latest = marks[LATEST]
    if latest < 0:
        _split(evaluation)
    elif _equal(kept[latest], weights):
        return int(marks[CORRECT])
    row = (latest + 1) % KEPT
    for older in range(KEPT):
        if older != row and bounds[0, older, 0, 0] != _BEYOND:
            _bound(bounds[:, older], evaluation.counts, kept[older], weights)
    # what was scored at the row that is now overwritten has no bound
    _fill(bounds[:, row], _BEYOND)
    for word in range(len(weights)):
        kept[row, word] = weights[word]
    _add_up(evaluation.table, weights)
    count = _uncertain(evaluation)
    marks[LOOKED_UP] += count
    count = _uncertain_in_rest(evaluation, count)
    _score_again(evaluation, weights, row, count)
    # from now on it has: nothing has moved since
    _fill(bounds[:, row], 0)
    marks[LATEST] = row
    return int(marks[CORRECT])


@compilable
def count_each(kind: int, evaluation: Evaluation, weights: Any, moments: Any, scores: Any, settings: Any) -> int:
    """The same for any model, by scoring every sample of which a sum of its words' worths does not tell the class."""
    samples, features, count = evaluation.samples, evaluation.features, 0
    if models.is_near_a_sum(kind) and len(scores) == 2:
        return _count_by_sums(kind, evaluation, weights, moments, scores, settings)
    for index in range(len(samples)):
        start = samples[index].start
        sample = features[start : start + samples[index].length]
        count += models.predict(kind, weights, moments, scores, settings, sample)[0] == samples[index].label
    return count


@compilable
def _count_by_sums(kind: int, evaluation: Evaluation, weights: Any, moments: Any, scores: Any, settings: Any) -> int:
    samples, features, worths = evaluation.samples, evaluation.features, evaluation.weights[0]
    offset, slack = models.rest(kind, weights, moments, settings)
    for word in range(len(weights) // 2 - 1):
        worths[word] = models.worth(kind, weights, moments, settings, word)
    count = 0
    for index in range(len(samples)):
        start, length = samples[index].start, samples[index].length
        end, value = start + length, offset
        for place in range(start, end):
            value += worths[features[place]]
        if abs(value) > slack * (length + 4):
            label = 1 if value > 0 else 0
        else:
            label = models.predict(kind, weights, moments, scores, settings, features[start:end])[0]
        count += label == samples[index].label
    return count


@compilable
def _split(evaluation: Evaluation) -> None:
    """Take the samples' heads apart."""
    samples, features = evaluation.samples, evaluation.features
    for index in range(len(samples)):
        place, end, head = samples[index].start, samples[index].start + samples[index].length, np.uint64(0)
        while place < end and features[place] < HEAD_WORDS:
            head |= np.uint64(1) << np.uint64(features[place])
            place += 1
        samples[index].head = head
        samples[index].rest_length = end - place


@compilable
def _add_up(table: Any, weights: Any) -> None:
    """Sums of the weights of every set of words in a byte."""
    for byte in range(len(table)):
        for bit in range(BYTE):
            word = byte * BYTE + bit
            weight = weights[word] if word < len(weights) - 1 else 0
            for below in range(1 << bit):
                table[byte, (1 << bit) + below] = table[byte, below] + weight


@compilable
def _equal(one: Any, other: Any) -> bool:
    word = 0
    while word < len(one) and one[word] == other[word]:
        word += 1
    return word == len(one)


@compilable
def _fill(bounds: Any, bound: int) -> None:
    for words in range(2):
        for side in range(2):
            for length in range(bounds.shape[2]):
                bounds[words, side, length] = bound


@compilable
def _uncertain(evaluation: Evaluation) -> int:
    """List in `again` the samples whose class may have changed; returns how many there are."""
    margins, bounded_by, again = evaluation.margin, evaluation.bounded_by, evaluation.again
    bounds = evaluation.bounds[0].reshape(-1)
    # without a branch, which would be guessed wrong too often
    count = 0
    for index in range(len(margins)):
        again[count] = index
        count += margins[index] <= bounds[bounded_by[index]]
    return count


@compilable
def _uncertain_in_rest(evaluation: Evaluation, count: int) -> int:
    """Keep of them those whose class is uncertain with the head as it is now."""
    samples, again, scores, table = evaluation.samples, evaluation.again, evaluation.head_scores, evaluation.table
    bounds = evaluation.bounds[1].reshape(-1)
    low, kept = np.uint64((1 << BYTE) - 1), 0
    for place in range(count):
        index = again[place]
        head, value = samples[index].head, 0
        for byte in range(len(table)):
            value += table[byte, head & low]
            head >>= np.uint64(BYTE)
        known = value + samples[index].rest_score
        bound = bounds[samples[index].rest_bound]
        again[kept], scores[kept] = index, value
        kept += known <= bound if samples[index].above else known + bound > 0
    return kept


@compilable
def _score_again(evaluation: Evaluation, weights: Any, row: int, count: int) -> None:
    samples, features, marks = evaluation.samples, evaluation.features, evaluation.marks
    room = evaluation.bounds.shape[3]
    for place in range(count):
        index = evaluation.again[place]
        length, rest = samples[index].length, samples[index].rest_length
        end = samples[index].start + length
        rest_score = perceptron.score(weights, features[end - rest : end])
        value = rest_score + evaluation.head_scores[place]
        label = perceptron.predicted_label(value)
        right = label == samples[index].label
        marks[READ] += rest
        bounded_by = (row * 2 + (0 if label == 1 else 1)) * room
        evaluation.margin[index] = value if label == 1 else 1 - value
        evaluation.bounded_by[index] = bounded_by + length
        samples[index].rest_bound = bounded_by + rest
        samples[index].rest_score = rest_score
        samples[index].above = label == 1
        marks[CORRECT] += int(right) - int(samples[index].right)
        samples[index].right = right
    marks[SCORED] += count


@compilable
def _bound(bounds: Any, counts: Any, before: Any, now: Any) -> None:
    """Sums of the n largest falls, and rises, of a weight; by counting, since changes are small and many are equal."""
    bias = len(now) - 1
    head = min(HEAD_WORDS, bias)
    moved = int(now[bias]) - int(before[bias])
    highest = _count(counts, before, now, head, bias)
    _sum_largest(bounds[1], counts, highest, moved)
    highest = max(highest, _count(counts, before, now, 0, head))
    _sum_largest(bounds[0], counts, highest, moved)
    for change in range(_MIDDLE - highest, _MIDDLE + highest + 1):
        counts[change] = 0


@compilable
def _count(counts: Any, before: Any, now: Any, first: int, end: int) -> int:
    """Count how many weights fell, and rose, by each size; returns the largest."""
    highest = 0
    for word in range(first, end):
        change = int(now[word]) - int(before[word])
        highest = max(highest, abs(change))
        # without a branch, here too
        counts[_MIDDLE + change] += 1
    return highest


@compilable
def _sum_largest(bounds: Any, counts: Any, highest: int, moved: int) -> None:
    longest = bounds.shape[1] - 1
    for side in range(2):
        sign = -1 if side == 0 else 1
        total = sign * moved
        bounds[side, 0] = total
        filled = 0
        for size in range(highest, 0, -1):
            for _ in range(min(counts[_MIDDLE + sign * size], longest - filled)):
                filled += 1
                total += size
                bounds[side, filled] = total
        for length in range(filled + 1, longest + 1):
            bounds[side, length] = total
