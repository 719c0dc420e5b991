"""Twin of `SparsePerceptron.sol`: an integer perceptron (Rosenblatt 1958) on the words that are present.

score = bias + sum of the weights of the sample's words; above 0 is class 1. A wrong prediction moves the bias and each
of those weights one step towards the label. The contract keeps what changed since the start in 10 bits for the bias and
the most frequent words and in 8 bits for the others; a weight saturates where that range ends.

The kernels are plain functions of arrays: interpreted in the service, compiled in the engines.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earnest.core.compilable import compilable
from earnest.core.errors import RuleViolation, WeightsOutOfRange
from earnest.core.models.formats.words import MAX_WORDS
from earnest.core.models.model import Weights, join_chunks
from earnest.core.models.vocabulary_model import VocabularyLearner

#: The bias and the words below this have the wide range.
FREQUENT_WORDS = 449
#: How far such a weight may move from its initial value, upwards; downwards it is one more.
MAX_FREQUENT_CHANGE = 511
#: How far the others may move upwards; downwards it is one more.
MAX_CHANGE = 127
#: Initial weights in one chunk of code, and in the first one.
CHUNK_WEIGHTS = 12_000
FIRST_CHUNK_WEIGHTS = 11_970


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


def pack_initial_weights(weights: ArrayLike) -> list[bytes]:
    """The chunks that the factory stores as code: big-endian int16, bias first.

    Args:
        weights: integers of shape (num_words + 1,), bias last.

    Raises:
        WeightsOutOfRange: one does not fit in int16.
    """
    values = _checked(weights)
    bias_first = np.concatenate([values[-1:], values[:-1]]).astype(">i2")
    borders = range(FIRST_CHUNK_WEIGHTS, len(bias_first), CHUNK_WEIGHTS)
    return [chunk.tobytes() for chunk in np.split(bias_first, borders)]


def pack_parameters(num_words: int, eta0: int, tau: int) -> bytes:
    """The bytes that `PoolFactory.createPool` takes as `model`.

    Raises:
        RuleViolation: one of them is out of range.
    """
    _check_parameters(num_words, eta0, tau)
    return num_words.to_bytes(3, "big") + eta0.to_bytes(2, "big") + tau.to_bytes(5, "big")


def _check_parameters(num_words: int, eta0: int, tau: int) -> None:
    for name, value, low, high in (
        ("num_words", num_words, 1, MAX_WORDS),
        ("eta0", eta0, 1, 2**16 - 1),
        ("tau", tau, 0, 2**40 - 1),
    ):
        if not low <= value <= high:
            raise RuleViolation(f"{name} is {value}; it must be from {low} to {high}.")


def _checked(weights: ArrayLike) -> NDArray[np.int64]:
    values = np.asarray(weights)
    if values.ndim != 1 or len(values) < 2 or not np.issubdtype(values.dtype, np.integer):
        raise WeightsOutOfRange("Weights are a list of whole numbers: one for each word, then the bias.")
    low, high = int(values.min()), int(values.max())
    if low < -(2**15) or high >= 2**15:
        raise WeightsOutOfRange(
            f"Initial weights run from {low} to {high}; they must fit in 16 bits: use a larger unit."
        )
    return values.astype(np.int64)


class SparsePerceptron(VocabularyLearner):
    """Integer perceptron with scikit-learn's estimator interface.

    Args:
        num_words: words of the encoder; samples are matrices of shape (n, num_words) that are non-zero where a word is
            present.
        eta0: first step, in units.
        tau: contributions over which the step halves; 0 keeps it constant.

    Attributes:
        weights_: int32 array of shape (num_words + 1,), bias last.
        initial_weights_: what `weights_` started from.
        accepted_: samples learned from or judged right so far.
        classes_: [0, 1].
    """

    MODEL_ID: ClassVar[str] = "sparse-perceptron/1"
    CONTRACT: ClassVar[str] = "SparsePerceptron"
    _SNAPSHOT: ClassVar[str] = ">IIQQ"

    def __init__(self, num_words: int = 1000, eta0: int = 1, tau: int = 0) -> None:
        self.num_words = num_words
        self.eta0 = eta0
        self.tau = tau

    # PARAMETERS AND INITIAL WEIGHTS

    @classmethod
    def from_weights(cls, weights: ArrayLike, *, eta0: int = 1, tau: int = 0) -> Self:
        """A model that starts from these integers, bias last.

        Raises:
            WeightsOutOfRange: one does not fit in int16.
        """
        values = _checked(weights)
        model = cls(len(values) - 1, eta0, tau)
        model._start(values.astype(np.int32))
        return model

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
        num_words, eta0, tau = (int.from_bytes(parameters[a:b], "big") for a, b in ((0, 3), (3, 5), (5, 10)))
        _check_parameters(num_words, eta0, tau)
        borders = [0, *range(FIRST_CHUNK_WEIGHTS, num_words + 1, CHUNK_WEIGHTS), num_words + 1]
        content = join_chunks(chunks, [2 * (end - start) for start, end in pairwise(borders)])
        bias_first = np.frombuffer(content, dtype=">i2").astype(np.int64)
        return cls.from_weights(np.concatenate([bias_first[1:], bias_first[:1]]), eta0=eta0, tau=tau)

    @property
    def class_count(self) -> int:
        """Two."""
        return 2

    @property
    def parameters(self) -> list[int]:
        """num_words, eta0, tau."""
        return [self.num_words, self.eta0, self.tau]

    @property
    def weight_count(self) -> int:
        """One for each word, and the bias."""
        return self.num_words + 1

    def pack_parameters(self) -> bytes:
        """The bytes that `PoolFactory.createPool` takes as `model`."""
        return pack_parameters(self.num_words, self.eta0, self.tau)

    def initial_chunks(self) -> list[bytes]:
        """Big-endian int16, bias first."""
        return pack_initial_weights(self.weights_)

    def _start(self, weights: Weights) -> None:
        _check_parameters(self.num_words, self.eta0, self.tau)
        super()._start(weights)

    # LEARNING AND PREDICTING

    def _learn(self, sample: NDArray[Any], label: int) -> int:
        predicted, _ = self.predict_one(sample)
        if predicted != label:
            step = step_rounded_down(self.eta0, self.tau, self.accepted_)
            learn(self.weights_, self.initial_weights_, sample, label, step)
        return predicted

    def predict_one(self, sample: NDArray[Any]) -> tuple[int, int]:
        """Class and score of one sample."""
        value = score(self.weights_, sample)
        return predicted_label(value), value

    def decision_function(self, X: Any) -> NDArray[np.int64]:
        """Scores of shape (n,)."""
        scores: NDArray[np.int64] = self._presence(X) @ self.weights_[:-1].astype(np.int64) + int(self.weights_[-1])
        return scores
