"""Twin of `SparseMarginPerceptron.sol`: a perceptron with a margin (Krauth & Mezard 1987), a step for each slot.

It differs from the published perceptron in two ways. It learns not only from mistakes, but from every sample whose
score is at most `theta` on the label's side, so that one pass is as good as many. And what changed since the start is
doubled once for each of the bounds `shift_1` to `shift_4` that its slot has reached: rare words are seen less often,
and so move further each time. How theta and the bounds come out of the initial samples is in `margin_start`.

The kernels are plain functions of arrays: interpreted in the service, compiled in the engines.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earnest.core.compilable import compilable
from earnest.core.models.formats.words import MAX_FEATURES, Words, usual_most
from earnest.core.models.kernels import NOTHING_LEARNED, Kernels
from earnest.core.models.margin_start import BOUNDS, FIRST_STEP, HALVING, MARGIN, SHIFTS, THETA, derive, first_word
from earnest.core.models.model import Weights, join_chunks, require_range
from earnest.core.models.registry import model
from earnest.core.models.sparse_perceptron import (
    CHUNK_WEIGHTS,
    FIRST_CHUNK_WEIGHTS,
    MAX_CHANGE,
    MAX_FREQUENT_CHANGE,
    SparsePerceptron,
    checked_weights,
    max_change,
    pack_initial_weights,
    predicted_label,
    score,
    step_rounded_down,
    steps_past_zero,
)
from earnest.core.parameters import Parameter

#: Bytes behind the weights of the first chunk: theta in four, each bound in two.
_TAIL = (4, 2, 2, 2, 2)
#: Where the kernels' settings have what.
_ETA0, _TAU, _THETA, _FIRST_WORDS = 1, 2, 3, 4


@compilable
def _moved(weight: int, initial: int, by: int, limit: int, shift: int) -> int:
    change = weight - initial + (by << shift)
    return initial + min(max(change, (-limit - 1) << shift), limit << shift)


@compilable
def learn(weights: Any, initial: Any, settings: Any, indices: Any, label: int, step: int) -> int:
    """Move the bias and each of the sample's weights one step of its slot towards the label, in place; O(features).

    Returns:
        how many of them the end of their range held back.
    """
    by = step if label == 1 else -step
    bias = len(weights) - 1
    before = int(weights[bias])
    weights[bias] = _moved(before, int(initial[bias]), by, MAX_FREQUENT_CHANGE, 0)
    held_back = 1 if weights[bias] != before + by else 0
    shift = 0
    for index in indices:
        while shift < SHIFTS and index >= settings[_FIRST_WORDS + shift]:
            shift += 1
        before = int(weights[index])
        weights[index] = _moved(before, int(initial[index]), by, max_change(int(index), bias), shift)
        held_back += 1 if weights[index] != before + (by << shift) else 0
    return held_back


@compilable
def reach(settings: Any, indices: Any) -> int:
    """By how much a step of size 1 on all of a sample's weights moves its score; O(features)."""
    total, shift = 1, 0
    for index in indices:
        while shift < SHIFTS and index >= settings[_FIRST_WORDS + shift]:
            shift += 1
        total += 1 << shift
    return total


@compilable
def steps_to_flip(settings: Any, value: int, sample: Any) -> int:
    """The least number of steps against a score's sign that could change its class: none moves it by more than all."""
    return steps_past_zero(value, reach(settings, sample))


@compilable
def _predict(weights: Any, moments: Any, scores: Any, settings: Any, sample: Any) -> tuple[int, int]:
    value = score(weights, sample)
    return predicted_label(value), value


@compilable
def _learn(
    weights: Any, moments: Any, scores: Any, initial: Any, settings: Any, sample: Any, label: int, value: int, nth: int
) -> int:
    if (value if label == 1 else -value) > settings[_THETA]:
        return NOTHING_LEARNED
    step = step_rounded_down(int(settings[_ETA0]), int(settings[_TAU]), nth)
    return learn(weights, initial, settings, sample, label, step)


@compilable
def _amount(weights: Any, moments: Any, settings: Any, sample: Any, label: int, nth: int) -> tuple[int, int]:
    step = step_rounded_down(int(settings[_ETA0]), int(settings[_TAU]), nth)
    return (step, 0) if label == 1 else (0, step)


@model
class SparseMarginPerceptron(SparsePerceptron):
    """Perceptron with a margin and a step for each slot, with scikit-learn's estimator interface.

    Args:
        num_words: words of the encoder.
        eta0: first step, in units of a change.
        tau: contributions over which the step halves; 0 keeps it constant.
        theta: learns from a sample unless its score is further than this on the label's side.
        shift_1: first slot of changes whose changes count twice.
        shift_2: first slot whose changes count four times.
        shift_3: eight times.
        shift_4: sixteen times.
        max_features: most words of a contribution.

    Attributes:
        weights_: int32 array of shape (num_words + 1,), bias last.
        initial_weights_: what `weights_` started from.
        accepted_: samples learned from or judged right so far.
        classes_: [0, 1].
    """

    MODEL_ID: ClassVar[str] = "sparse-margin-perceptron/1"
    TITLE: ClassVar[str] = "Margin perceptron on words"
    ABOUT: ClassVar[str] = (
        "Adds up the weights of a text's words, and moves them unless the text was told right by a margin; rare words "
        "move further."
    )
    SOURCE: ClassVar[str] = "Krauth & Mezard 1987, Journal of Physics A 20 (11)"
    KERNELS: ClassVar[Kernels] = Kernels(
        _predict, _learn, steps_to_flip=steps_to_flip, amount=_amount, adds_words=True, is_linear=True
    )
    CHOICES: ClassVar[tuple[Parameter, ...]] = ()
    DERIVED: ClassVar[tuple[str, ...]] = ("eta0", "tau", "theta", *(f"shift_{number + 1}" for number in range(SHIFTS)))
    CONTRACT: ClassVar[str | None] = "SparseMarginPerceptron"
    GAS_MEASURED: ClassVar[bool] = False
    _SNAPSHOT: ClassVar[str] = ">IIQIHHHHHQ"

    def __init__(
        self,
        num_words: int = 1000,
        eta0: int = FIRST_STEP,
        tau: int = HALVING,
        theta: int = THETA,
        shift_1: int = BOUNDS[0],
        shift_2: int = BOUNDS[1],
        shift_3: int = BOUNDS[2],
        shift_4: int = BOUNDS[3],
        max_features: int = MAX_FEATURES,
    ) -> None:
        super().__init__(num_words, eta0, tau, max_features)
        self.theta = theta
        self.shift_1 = shift_1
        self.shift_2 = shift_2
        self.shift_3 = shift_3
        self.shift_4 = shift_4

    @property
    def bounds(self) -> tuple[int, ...]:
        """The first slots of each shift, from 1 on."""
        return self.shift_1, self.shift_2, self.shift_3, self.shift_4

    @property
    def settings(self) -> NDArray[np.int64]:
        """Words, step and margin, then the first word of each shift, from 1 on."""
        first_words = [first_word(slot) for slot in self.bounds]
        return np.array([self.num_words, self.eta0, self.tau, self.theta, *first_words], dtype=np.int64)

    @property
    def explained(self) -> list[str]:
        """Margin, step and bounds, and what they were derived from."""
        told = [
            f"The model learns from a contribution unless its score is further than {self.theta:,} on the label's "
            f"side: {MARGIN} times what a step of 1 moves the score of an initial sample by, on average.",
            f"A step starts at {self.eta0:,} and halves over {self.tau:,} contributions, down to 1.",
        ]
        moving = {first_word(slot): 2 << shift for shift, slot in enumerate(self.bounds)}
        if further := [
            f"{more} times as far from word {word:,} on" for word, more in moving.items() if word < self.num_words
        ]:
            told.append(f"Rarer words move further: {', '.join(further)}; they are so much rarer than the first ones.")
        return told

    # PARAMETERS AND INITIAL WEIGHTS

    @classmethod
    def from_weights(cls, weights: ArrayLike, **parameters: int) -> Self:
        """A model that starts from these integers, bias last.

        Args:
            weights: as `weights_`.
            parameters: by name; those that are left out are the constructor's.

        Raises:
            WeightsOutOfRange: one does not fit in int16.
            RuleViolation: a parameter is out of range.
        """
        values = checked_weights(weights)
        model = cls(len(values) - 1, **parameters)
        model._start(values.astype(np.int32))
        return model

    @classmethod
    def trained(cls, X: Any, y: ArrayLike) -> Self:
        """Naive Bayes on the samples, as integers on the scale of what a step moves; see `margin_start.derive`."""
        start = derive(Words(X.shape[1]).presence(X), y)
        return cls.from_weights(start.weights, **start.parameters)

    @classmethod
    def from_code(cls, parameters: bytes, chunks: Sequence[bytes]) -> Self:
        """The model that a pool starts from, out of its packed parameters and its chunks."""
        num_words, eta0, tau, most = (
            int.from_bytes(parameters[a:b], "big") for a, b in ((0, 3), (3, 5), (5, 10), (10, 12))
        )
        borders = [0, *range(FIRST_CHUNK_WEIGHTS, num_words + 1, CHUNK_WEIGHTS), num_words + 1]
        lengths = [2 * (end - start) for start, end in pairwise(borders)]
        split = lengths[0]
        lengths[0] += sum(_TAIL)
        content = join_chunks(chunks, lengths)
        values, place = [], split
        for width in _TAIL:
            values.append(int.from_bytes(content[place : place + width], "big"))
            place += width
        bias_first = np.frombuffer(content[:split] + content[place:], dtype=">i2").astype(np.int64)
        given = dict(zip(cls.DERIVED, (eta0, tau, *values), strict=True))
        return cls.from_weights(np.concatenate([bias_first[1:], bias_first[:1]]), **given, max_features=most)

    def limited(self, X: Any) -> tuple[Self, tuple[str, ...]]:
        """With `max_features` by these samples; the start is derived so that contributions can correct it."""
        given = {name: getattr(self, name) for name in self.DERIVED}
        return self.from_weights(self.weights_, **given, max_features=usual_most(X)), ()

    @property
    def most_change(self) -> int:
        """As far as the rarest words' reaches, or the bias's."""
        shift = sum(first_word(slot) < self.num_words for slot in self.bounds)
        return max(MAX_FREQUENT_CHANGE + 1, (MAX_CHANGE + 1) << shift)

    def initial_chunks(self) -> list[bytes]:
        """Big-endian int16, bias first; behind the first chunk's the margin and the bounds, sealed with the weights."""
        self._check()
        first, *others = pack_initial_weights(self.weights_)
        values = zip((self.theta, *self.bounds), _TAIL, strict=True)
        return [first + b"".join(value.to_bytes(width, "big") for value, width in values), *others]

    def _check(self) -> None:
        require_range("theta", self.theta, 0, 2**32 - 1)
        least = 1
        for name in self.DERIVED[3:]:
            require_range(name, getattr(self, name), least, 2**16 - 1)
            least = getattr(self, name)

    def _start(self, weights: Weights) -> None:
        self._check()
        super()._start(weights)
