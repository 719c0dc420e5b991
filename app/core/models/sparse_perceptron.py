"""Twin of `SparsePerceptron.sol`: an integer perceptron (Rosenblatt 1958) on the words that are present.

score = bias + sum of the weights of the sample's words; above 0 is class 1. A wrong prediction moves the bias and each
of those weights one step towards the label. The contract keeps what changed since the start in 10 bits for the bias and
the most frequent words and in 8 bits for the others; a weight saturates where that range ends.

The kernels are plain functions of arrays: interpreted in the service, compiled in the engines.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earnest.core.compilable import compilable
from earnest.core.errors import RuleViolation, WeightsOutOfRange
from earnest.core.models import gas
from earnest.core.models.formats.sample_format import SampleFormat
from earnest.core.models.formats.words import MAX_FEATURES, MAX_WORDS, Words, require_at_most, usual_most
from earnest.core.models.kernels import NOTHING_LEARNED, Kernels
from earnest.core.models.model import Model, Weights, join_chunks, require_range
from earnest.core.models.registry import model
from earnest.core.models.steps import ETA0, TAU
from earnest.core.parameters import Parameter

#: The bias and the words below this have the wide range.
FREQUENT_WORDS = 449
#: How far such a weight may move from its initial value, upwards; downwards it is one more.
MAX_FREQUENT_CHANGE = 511
#: How far the others may move upwards; downwards it is one more.
MAX_CHANGE = 127
#: Initial weights in one chunk of code, and in the first one.
CHUNK_WEIGHTS = 12_000
FIRST_CHUNK_WEIGHTS = 11_970

#: Gas of a sample's own slot, fresh, and its event; its model's chunks of code, copied again for each sample.
_SAMPLE_GAS = 50_000
_WORD_GAS = 300
#: A batch may unpack up to 128 weights for each sample, from at most 6 slots, and pack them again; memory, whose
#: price grows with its square, included for the largest model that is unpacked.
_UNPACKED_GAS = 128 * 150 + 6 * 2_400


@compilable
def step_rounded_down(eta0: int, tau: int, accepted: int) -> int:
    """Step of the update after `accepted` contributions: max(1, floor(eta0 * tau / (tau + n))); eta0 where tau is 0."""
    if tau == 0:
        return eta0
    step = eta0 * tau // (tau + accepted)
    return step if step > 0 else 1


@compilable
def score(weights: Any, indices: Any) -> int:
    """Score of a sample; O(features).

    Args:
        weights: int32 array of shape (num_words + 1,), bias last.
        indices: uint16 array of shape (features,).
    """
    total = int(weights[len(weights) - 1])
    for index in indices:
        total += int(weights[index])
    return total


@compilable
def predicted_label(value: int) -> int:
    """Class of a score."""
    return 1 if value > 0 else 0


@compilable
def max_change(word: int, num_words: int) -> int:
    """How far the weight of a word (of the bias, where the word is `num_words`) may rise; it may fall by one more."""
    return MAX_FREQUENT_CHANGE if word < FREQUENT_WORDS or word == num_words else MAX_CHANGE


@compilable
def _moved(weight: int, initial: int, by: int, limit: int) -> int:
    change = weight + by - initial
    return initial + min(max(change, -limit - 1), limit)


@compilable
def learn(weights: Any, initial: Any, indices: Any, label: int, step: int) -> int:
    """Move the bias and each of the sample's weights one step towards the label, in place; O(features).

    Returns:
        how many of them the end of their range held back.
    """
    by = step if label == 1 else -step
    bias = len(weights) - 1
    before = int(weights[bias])
    weights[bias] = _moved(before, int(initial[bias]), by, MAX_FREQUENT_CHANGE)
    held_back = 1 if weights[bias] != before + by else 0
    for index in indices:
        limit = max_change(int(index), bias)
        before = int(weights[index])
        weights[index] = _moved(before, int(initial[index]), by, limit)
        held_back += 1 if weights[index] != before + by else 0
    return held_back


@compilable
def _predict(weights: Any, moments: Any, scores: Any, settings: Any, sample: Any) -> tuple[int, int]:
    value = score(weights, sample)
    return predicted_label(value), value


@compilable
def _learn(
    weights: Any, moments: Any, scores: Any, initial: Any, settings: Any, sample: Any, label: int, value: int, nth: int
) -> int:
    if predicted_label(value) == label:
        return NOTHING_LEARNED
    return learn(weights, initial, sample, label, step_rounded_down(int(settings[1]), int(settings[2]), nth))


@compilable
def steps_past_zero(value: int, reach: int) -> int:
    """The least number of steps against a score's sign that could change its class, if each moves it by `reach`."""
    return (value + reach - 1) // reach if value > 0 else -value // reach + 1


@compilable
def steps_to_flip(settings: Any, value: int, sample: Any) -> int:
    """The least number of steps against a score's sign that could change its class.

    A step of size 1 moves the weight of each of a sample's n features, and the bias, by at most 1, so its score by at
    most n + 1; steps the other way, and weights that saturate, only take it further from changing.
    """
    return steps_past_zero(value, len(sample) + 1)


@compilable
def _amount(weights: Any, moments: Any, settings: Any, sample: Any, label: int, nth: int) -> tuple[int, int]:
    step = step_rounded_down(int(settings[1]), int(settings[2]), nth)
    return (step, 0) if label == 1 else (0, step)


def pack_initial_weights(weights: ArrayLike) -> list[bytes]:
    """The chunks that the factory stores as code: big-endian int16, bias first.

    Args:
        weights: integers of shape (num_words + 1,), bias last.

    Raises:
        WeightsOutOfRange: one does not fit in int16.
    """
    values = checked_weights(weights)
    bias_first = np.concatenate([values[-1:], values[:-1]]).astype(">i2")
    borders = range(FIRST_CHUNK_WEIGHTS, len(bias_first), CHUNK_WEIGHTS)
    return [chunk.tobytes() for chunk in np.split(bias_first, borders)]


def pack_parameters(
    num_words: int, eta0: int, tau: int, max_features: int = MAX_FEATURES, correctable: int = 0
) -> bytes:
    """The bytes that `PoolFactory.createPool` takes as `model`.

    Raises:
        RuleViolation: one of them is out of range.
    """
    _check_parameters(num_words, eta0, tau, max_features, correctable)
    size = correctable << 15 | max_features
    return num_words.to_bytes(3, "big") + eta0.to_bytes(2, "big") + tau.to_bytes(5, "big") + size.to_bytes(2, "big")


def _check_parameters(num_words: int, eta0: int, tau: int, max_features: int, correctable: int) -> None:
    require_range("num_words", num_words, 1, MAX_WORDS)
    require_range("eta0", eta0, 1, 2**16 - 1)
    require_range("tau", tau, 0, 2**40 - 1)
    require_range("max_features", max_features, 1, MAX_FEATURES)
    require_range("correctable", correctable, 0, 1)


def _highest(num_words: int) -> NDArray[np.int64]:
    """How far the weight of each word, and the bias, may rise."""
    return np.array([max_change(word, num_words) for word in range(num_words + 1)], dtype=np.int64)


def _require_correctable(values: NDArray[np.int64]) -> None:
    highest = _highest(len(values) - 1)
    beyond = np.flatnonzero((values > highest) | (values < 1 - highest))
    if len(beyond):
        first = int(beyond[0])
        raise WeightsOutOfRange(
            f"Initial weight {first} is {values[first]}, one of {len(beyond)} that no contributions could ever bring "
            f"across 0: it must be from {1 - highest[first]} to {highest[first]}. Divide all of them, or use a larger "
            "unit."
        )


def checked_weights(weights: ArrayLike) -> NDArray[np.int64]:
    """Weights as whole numbers, bias last.

    Raises:
        WeightsOutOfRange: one does not fit in int16.
    """
    values = np.asarray(weights)
    if values.ndim != 1 or len(values) < 2 or not np.issubdtype(values.dtype, np.integer):
        raise WeightsOutOfRange("Weights are a list of whole numbers: one for each word, then the bias.")
    low, high = int(values.min()), int(values.max())
    if low < -(2**15) or high >= 2**15:
        raise WeightsOutOfRange(
            f"Initial weights run from {low} to {high}; they must fit in 16 bits: use a larger unit."
        )
    return values.astype(np.int64)


@model
class SparsePerceptron(Model):
    """Integer perceptron with scikit-learn's estimator interface.

    Args:
        num_words: words of the encoder; samples are matrices of shape (n, num_words) that are non-zero where a word is
            present.
        eta0: first step, in units.
        tau: contributions over which the step halves; 0 keeps it constant.
        max_features: most words of a contribution.
        correctable: 1 where every initial weight has to be one that contributions can bring across 0; the published
            start has others.

    Attributes:
        weights_: int32 array of shape (num_words + 1,), bias last.
        initial_weights_: what `weights_` started from.
        accepted_: samples learned from or judged right so far.
        classes_: [0, 1].
    """

    MODEL_ID: ClassVar[str] = "sparse-perceptron/1"
    TITLE: ClassVar[str] = "Perceptron on words"
    ABOUT: ClassVar[str] = "Adds up the weights of a text's words, and moves them one step after each mistake."
    SOURCE: ClassVar[str] = "Rosenblatt 1958, Psychological Review 65 (6)"
    FORMAT: ClassVar[type[SampleFormat]] = Words
    KERNELS: ClassVar[Kernels] = Kernels(
        _predict, _learn, steps_to_flip=steps_to_flip, amount=_amount, adds_words=True, is_linear=True
    )
    CHOICES: ClassVar[tuple[Parameter, ...]] = (ETA0, TAU)
    CONTRACT: ClassVar[str | None] = "SparsePerceptron"
    HAS_JUDGE: ClassVar[bool] = True
    GAS_MEASURED: ClassVar[bool] = True
    PARAMETERS_LENGTH: ClassVar[int] = 12
    _SNAPSHOT: ClassVar[str] = ">IIQIIQ"
    _OLDER_SNAPSHOTS: ClassVar[tuple[str, ...]] = (">IIQQ",)

    def __init__(
        self,
        num_words: int = 1000,
        eta0: int = 1,
        tau: int = 0,
        max_features: int = MAX_FEATURES,
        correctable: int = 0,
    ) -> None:
        self.num_words = num_words
        self.eta0 = eta0
        self.tau = tau
        self.max_features = max_features
        self.correctable = correctable

    # PARAMETERS AND INITIAL WEIGHTS

    @classmethod
    def from_weights(
        cls,
        weights: ArrayLike,
        *,
        eta0: int = 1,
        tau: int = 0,
        max_features: int = MAX_FEATURES,
        correctable: int = 0,
    ) -> Self:
        """A model that starts from these integers, bias last.

        Raises:
            WeightsOutOfRange: one does not fit in int16, or has to be correctable and is not.
        """
        values = checked_weights(weights)
        if correctable:
            _require_correctable(values)
        model = cls(len(values) - 1, eta0, tau, max_features, correctable)
        model._start(values.astype(np.int32))
        return model

    @classmethod
    def of_weights(cls, weights: Weights, classes: int, choices: Mapping[str, int]) -> Self:
        """See `from_weights`; of two classes."""
        return cls.from_weights(weights, **choices)

    @classmethod
    def from_sklearn(cls, clf: Any, unit: float, *, eta0: int = 1, tau: int = 0) -> Self:
        """A model that starts from a fitted linear classifier's weights, rounded to whole units.

        Args:
            clf: a fitted `SGDClassifier` or the like, with `coef_` of shape (1, num_words) and `intercept_`.
            unit: what one step is worth in the classifier's scale, above 0.
            eta0: first step, in units.
            tau: contributions over which the step halves; 0 keeps it constant.

        Raises:
            WeightsOutOfRange: a rounded weight does not fit in int16, or is not a number.
            RuleViolation: the unit is not above 0.
        """
        if not 0 < unit < math.inf:
            raise RuleViolation(f"The unit is {unit}; it must be above 0.")
        floats = np.concatenate([clf.coef_[0], clf.intercept_]) / unit
        if not (np.abs(floats) < 2**31).all():
            raise WeightsOutOfRange("The classifier's weights are far too large, or not numbers: use a larger unit.")
        return cls.from_weights(np.rint(floats).astype(np.int64), eta0=eta0, tau=tau)

    @classmethod
    def trained(cls, X: Any, y: ArrayLike) -> Self:
        """The published start; see `training.train_initial`."""
        from earnest.core.models.training import train_initial

        model = train_initial(X, y).model
        return cls.from_weights(model.weights_, eta0=model.eta0, tau=model.tau)

    @classmethod
    def from_code(cls, parameters: bytes, chunks: Sequence[bytes]) -> Self:
        """The model that a pool starts from, out of its packed parameters and its chunks."""
        num_words, eta0, tau, size = (
            int.from_bytes(parameters[a:b], "big") for a, b in ((0, 3), (3, 5), (5, 10), (10, 12))
        )
        limits = {"max_features": size % 2**15, "correctable": size >> 15}
        _check_parameters(num_words, eta0, tau, **limits)
        borders = [0, *range(FIRST_CHUNK_WEIGHTS, num_words + 1, CHUNK_WEIGHTS), num_words + 1]
        content = join_chunks(chunks, [2 * (end - start) for start, end in pairwise(borders)])
        bias_first = np.frombuffer(content, dtype=">i2").astype(np.int64)
        return cls.from_weights(np.concatenate([bias_first[1:], bias_first[:1]]), eta0=eta0, tau=tau, **limits)

    def require_size(self, sample: NDArray[Any]) -> None:
        """By `max_features`."""
        require_at_most(sample, self.max_features)

    def limited(self, X: Any) -> tuple[Self, tuple[str, ...]]:
        """With `max_features` by these samples, and weights divided until all are correctable.

        Dividing them makes the step that much larger beside them, which learns no worse: on 2,000 + 8,000 reviews .813
        to .821, where the published start comes to .798 to .800.
        """
        weights = self.weights_.astype(np.int64)
        highest = _highest(self.num_words)
        # downwards a weight has to stay one nearer to 0
        excess = np.where(weights > 0, weights / highest, -weights / (highest - 1))
        factor = max(1.0, float(excess.max()))
        chosen = {"eta0": self.eta0, "tau": self.tau, "max_features": usual_most(X), "correctable": 1}
        model = self.from_weights(np.trunc(weights / factor).astype(np.int64), **chosen)
        if factor == 1.0:
            return model, ()
        beyond = int((excess > 1).sum())
        return model, (
            f"The initial weights were divided by {factor:.2f}, since contributions could never have brought {beyond} "
            "of them across 0.",
        )

    @property
    def most_change(self) -> int:
        """Downwards it is one more than upwards."""
        return MAX_FREQUENT_CHANGE + 1

    @property
    def weight_count(self) -> int:
        """One for each word, and the bias."""
        return self.num_words + 1

    def pack_parameters(self) -> bytes:
        """The bytes that `PoolFactory.createPool` takes as `model`."""
        return pack_parameters(self.num_words, self.eta0, self.tau, self.max_features, self.correctable)

    def initial_chunks(self) -> list[bytes]:
        """Big-endian int16, bias first."""
        return pack_initial_weights(self.weights_)

    def _start(self, weights: Weights) -> None:
        _check_parameters(self.num_words, self.eta0, self.tau, self.max_features, self.correctable)
        super()._start(weights)

    # GAS

    def learning_gas(self, samples: Sequence[bytes]) -> int:
        """Slots of changes that are fresh, each once."""
        fresh: set[int] = set()
        total = gas.MODEL
        for sample in samples:
            slots = _slots(sample)
            total += _SAMPLE_GAS + _UNPACKED_GAS + len(slots) * gas.SLOT + len(sample) // 2 * _WORD_GAS
            fresh |= slots
        return total + len(fresh) * gas.FRESH_SLOT

    def judging_gas(self, sample: bytes) -> int:
        """The slots of a sample's words, read for the first time."""
        return gas.MODEL + len(_slots(sample)) * (gas.SLOT + gas.COLD_READ) + len(sample) // 2 * _WORD_GAS

    # MANY SAMPLES

    def decision_function(self, X: Any) -> NDArray[np.int64]:
        """Scores of shape (n,)."""
        scores: NDArray[np.int64] = Words(self.num_words).presence(X) @ self.weights_[:-1].astype(np.int64) + int(
            self.weights_[-1]
        )
        return scores

    def predict_many(self, samples: Sequence[NDArray[Any]]) -> list[tuple[int, int]]:
        """The same of each of several, added up at once where that is what the kernel does; O(features)."""
        if not self.KERNELS.adds_words:
            return super().predict_many(samples)
        starts = np.zeros(len(samples) + 1, dtype=np.int64)
        np.cumsum([len(sample) for sample in samples], out=starts[1:])
        scores = self.decision_function(self.format.matrix(starts, np.concatenate(samples)))
        return [(predicted_label(value), value) for value in scores.tolist()]


def _slots(sample: bytes) -> set[int]:
    """Slots of changes of a packed sample's words; slot 0 has the bias too (`SparseWeights`)."""
    words = [int.from_bytes(sample[i : i + 2], "big") for i in range(0, len(sample) - 1, 2)]
    return {0} | {(word + 1) // 25 if word < FREQUENT_WORDS else (word + 31) // 32 + 3 for word in words}
