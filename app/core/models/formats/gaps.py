"""How far a pool's reference speaks for a label of a sample: rows of weights, whatever the pool's model is.

Between two classes there is one row, and above 0 it speaks for class 1; between more there is one for each class. A
row's last weight is its bias. `earnest.core.incentives.reference` makes them.

The kernels are plain functions of arrays: interpreted in the service, compiled in the engines.
"""

from collections.abc import Callable
from typing import Any

from earnest.core.compilable import compilable
from earnest.core.models.vector_arithmetic import inner

#: Below every score.
_LEAST = -(2**62)


@compilable
def _on_words(row: Any, one: int, words: Any) -> int:
    total = int(row[-1])
    for word in words:
        total += int(row[int(word)])
    return total


@compilable
def _on_vectors(row: Any, one: int, features: Any) -> int:
    return inner(row[: len(features)], features) + int(row[-1]) * one


def _gap_by(score: Callable[[Any, int, Any], int]) -> Callable[..., int]:
    @compilable
    def gap(reference: Any, classes: int, one: int, sample: Any, label: int) -> int:
        if classes == 2:
            speaks = score(reference, one, sample)
            return speaks if label == 1 else -speaks
        width, own, rival = len(reference) // classes, 0, _LEAST
        for row in range(classes):
            speaks = score(reference[row * width : (row + 1) * width], one, sample)
            if row == label:
                own = speaks
            elif speaks > rival:
                rival = speaks
        return own - rival

    return gap


#: `(reference, classes, one, sample, label) -> int`, below 0 where the reference speaks against the label. `reference`
#: is an int32 array of all rows, within 16 bits; `one` the whole number that stands for 1 in a sample.
gap_on_words = _gap_by(_on_words)
gap_on_vectors = _gap_by(_on_vectors)
