"""Twin of `DensePerceptron.sol`: an integer perceptron (Rosenblatt 1958) on vectors.

score = sum of weight times feature; the bias is the weight of one more feature that is always `scale`, the integer for
1. Above 0 is class 1. A wrong prediction moves each weight by the step times its feature, up for class 1 and down for
class 0. A weight is an initial value and a change, int24 each; the change saturates.

The kernels are plain functions of arrays: interpreted in the service, compiled in the engines. With int24 weights and
changes, int16 features and at most 4,096 of them, no sum reaches 2**52.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earnest.core.compilable import compilable
from earnest.core.errors import RuleViolation, WeightsOutOfRange
from earnest.core.models import vector_gas
from earnest.core.models.formats.sample_format import SampleFormat
from earnest.core.models.formats.vectors import (
    DEFAULT_SCALE,
    MAX_DIMENSIONS,
    MAX_LENGTH,
    MAX_SCALE,
    Vectors,
    require_short,
    usual_longest,
)
from earnest.core.models.kernels import NOTHING_LEARNED, Kernels
from earnest.core.models.model import Model, Weights, join_chunks, require_range
from earnest.core.models.registry import model
from earnest.core.models.sparse_perceptron import predicted_label, step_rounded_down
from earnest.core.models.steps import ETA0, TAU
from earnest.core.models.vector_arithmetic import inner, move
from earnest.core.parameters import Parameter

#: How far an initial weight, and a change of one, may go up; down it is one more.
MAX_WEIGHT = 2**23 - 1
_BYTES_PER_WEIGHT = 3
_WEIGHTS_PER_WORD = 10
_WORD = 32


@compilable
def score(weights: Any, features: Any, scale: int) -> int:
    """Score of a sample; O(dimensions).

    Args:
        weights: int32 array of shape (dimensions + 1,), bias last.
        features: int16 array of shape (dimensions,).
        scale: the bias's feature.
    """
    return inner(weights[:-1], features) + int(weights[-1]) * scale


@compilable
def learn(weights: Any, initial: Any, features: Any, scale: int, by: int) -> int:
    """Move every weight by `by` times its feature, in place; O(dimensions).

    Returns:
        how many weights their range held back.
    """
    last = len(weights) - 1
    held_back = move(weights[:last], initial[:last], features, by, MAX_WEIGHT)
    change = int(weights[last]) - int(initial[last]) + scale * by
    kept_change = min(max(change, -MAX_WEIGHT - 1), MAX_WEIGHT)
    weights[last] = int(initial[last]) + kept_change
    return held_back + int(kept_change != change)


@compilable
def _predict(weights: Any, moments: Any, scores: Any, settings: Any, sample: Any) -> tuple[int, int]:
    value = score(weights, sample, int(settings[3]))
    return predicted_label(value), value


@compilable
def _learn(
    weights: Any, moments: Any, scores: Any, initial: Any, settings: Any, sample: Any, label: int, value: int, nth: int
) -> int:
    if predicted_label(value) == label:
        return NOTHING_LEARNED
    step = step_rounded_down(int(settings[1]), int(settings[2]), nth)
    return learn(weights, initial, sample, int(settings[3]), step if label == 1 else -step)


@model
class DensePerceptron(Model):
    """Integer perceptron on vectors with scikit-learn's estimator interface.

    Args:
        dimensions: numbers of a sample; samples are matrices of floats of shape (n, dimensions).
        eta0: first step; a weight's unit is the step of the floating-point model over `scale`.
        tau: contributions over which the step halves; 0 keeps it constant.
        scale: the integer for 1; see `formats.vectors`.
        max_length: of a contribution's vector, scaled; 0 for as long as it likes.

    Attributes:
        weights_: int32 array of shape (dimensions + 1,), bias last.
        initial_weights_: what `weights_` started from.
        accepted_: samples learned from or judged right so far.
        classes_: [0, 1].
    """

    MODEL_ID: ClassVar[str] = "dense-perceptron/1"
    TITLE: ClassVar[str] = "Perceptron on vectors"
    ABOUT: ClassVar[str] = "Weighs a vector's numbers, and moves the weights along the vector after each mistake."
    SOURCE: ClassVar[str] = "Rosenblatt 1958, Psychological Review 65 (6)"
    FORMAT: ClassVar[type[SampleFormat]] = Vectors
    KERNELS: ClassVar[Kernels] = Kernels(_predict, _learn, is_linear=True, most_judged=MAX_WEIGHT)
    CONTRACT: ClassVar[str | None] = "DensePerceptron"
    CHOICES: ClassVar[tuple[Parameter, ...]] = (ETA0, TAU)
    HAS_JUDGE: ClassVar[bool] = True
    #: A seal's code alone, of 3.2 bytes each and more, less a fifth.
    PAID_WEIGHT_GAS: ClassVar[int] = 500
    PARAMETERS_LENGTH: ClassVar[int] = 15
    _SNAPSHOT: ClassVar[str] = ">IIQIIQ"
    _OLDER_SNAPSHOTS: ClassVar[tuple[str, ...]] = (">IIQIQ",)

    def __init__(
        self, dimensions: int = 384, eta0: int = 1, tau: int = 0, scale: int = DEFAULT_SCALE, max_length: int = 0
    ) -> None:
        self.dimensions = dimensions
        self.eta0 = eta0
        self.tau = tau
        self.scale = scale
        self.max_length = max_length

    # WHERE IT STARTS

    @classmethod
    def from_weights(
        cls, weights: ArrayLike, *, eta0: int = 1, tau: int = 0, scale: int = DEFAULT_SCALE, max_length: int = 0
    ) -> Self:
        """A model that starts from these integers, bias last.

        Raises:
            WeightsOutOfRange: one does not fit in int24.
            RuleViolation: a parameter is out of range.
        """
        values = np.asarray(weights)
        if values.ndim != 1 or len(values) < 2 or not np.issubdtype(values.dtype, np.integer):
            raise WeightsOutOfRange("Weights are a list of whole numbers: one for each dimension, then the bias.")
        require_fits(values)
        model = cls(len(values) - 1, eta0, tau, scale, max_length)
        model._start(values.astype(np.int32))
        return model

    @classmethod
    def of_weights(cls, weights: Weights, classes: int, choices: Mapping[str, int]) -> Self:
        """See `from_weights`; of two classes."""
        return cls.from_weights(weights, **choices)

    @classmethod
    def from_sklearn(cls, clf: Any, step: float, *, eta0: int = 1, tau: int = 0, scale: int = DEFAULT_SCALE) -> Self:
        """A model that goes on where a fitted linear classifier stopped.

        Args:
            clf: a fitted `SGDClassifier` or the like, with `coef_` of shape (1, dimensions) and `intercept_`.
            step: the step in the classifier's scale that `eta0` 1 stands for, above 0.
            eta0: first step.
            tau: contributions over which the step halves; 0 keeps it constant.
            scale: the integer for 1.

        Raises:
            WeightsOutOfRange: a rounded weight does not fit in int24, or is not a number.
            RuleViolation: it tells more classes apart, the step is not above 0, or a parameter is out of range.
        """
        if not 0 < step < math.inf:
            raise RuleViolation(f"The step is {step}; it must be above 0.")
        if len(clf.coef_) != 1:
            raise RuleViolation(f"The classifier tells {len(clf.coef_)} classes apart; a perceptron has two.")
        require_range("scale", scale, 1, MAX_SCALE)
        floats = np.concatenate([clf.coef_[0], clf.intercept_]) / step * scale
        if not (np.abs(floats) < 2**31).all():
            raise WeightsOutOfRange("The classifier's weights are far too large, or not numbers: use a larger step.")
        return cls.from_weights(np.rint(floats).astype(np.int64), eta0=eta0, tau=tau, scale=scale)

    @classmethod
    def trained(cls, X: Any, y: ArrayLike) -> Self:
        """scikit-learn's perceptron, fitted on the samples, going on with its next step."""
        from earnest.core.models.training import fit_perceptron, optimal_step

        classifier = fit_perceptron(np.asarray(X, dtype=np.float64), y)
        return cls.from_sklearn(classifier, optimal_step(classifier))

    # PARAMETERS AND CODE

    @property
    def weight_count(self) -> int:
        """The dimensions and the bias."""
        return self.dimensions + 1

    @property
    def most_change(self) -> int:
        """As far as int24 does."""
        return MAX_WEIGHT + 1

    def pack_parameters(self) -> bytes:
        """Three bytes for the dimensions, two for eta0, five for tau, two for the scale, three for max_length."""
        self._check()
        widths = zip(self.parameters, (3, 2, 5, 2, 3), strict=True)
        return b"".join(value.to_bytes(width, "big") for value, width in widths)

    def initial_chunks(self) -> list[bytes]:
        """One chunk: the row of weights."""
        require_fits(self.weights_)
        return [pack_row(self.weights_)]

    @classmethod
    def from_code(cls, parameters: bytes, chunks: Sequence[bytes]) -> Self:
        """The model that a pool starts from."""
        ends = (0, 3, 5, 10, 12, 15)
        model = cls(*(int.from_bytes(parameters[start:end], "big") for start, end in pairwise(ends)))
        model._check()
        model._start(unpack_row(join_chunks(chunks, [row_length(model.dimensions)]), model.dimensions))
        return model

    def _check(self) -> None:
        require_range("dimensions", self.dimensions, 1, MAX_DIMENSIONS)
        require_range("eta0", self.eta0, 1, 2**16 - 1)
        require_range("tau", self.tau, 0, 2**40 - 1)
        require_range("scale", self.scale, 1, MAX_SCALE)
        require_range("max_length", self.max_length, 0, MAX_LENGTH)

    def require_size(self, sample: NDArray[Any]) -> None:
        """By `max_length`."""
        require_short(sample, self.max_length)

    def limited(self, X: Any) -> tuple[Self, tuple[str, ...]]:
        """With `max_length` by these samples."""
        longest = usual_longest(Vectors(self.dimensions, self.scale).quantised(X))
        chosen = {"eta0": self.eta0, "tau": self.tau, "scale": self.scale, "max_length": longest}
        return self.from_weights(self.weights_, **chosen), ()

    def _start(self, weights: Weights) -> None:
        self._check()
        super()._start(weights)

    # GAS

    def learning_gas(self, samples: Sequence[bytes]) -> int:
        """All changes of one set of weights."""
        return vector_gas.learning(samples, self.dimensions, 1)

    def judging_gas(self, sample: bytes) -> int:
        """All changes, read for the first time."""
        return vector_gas.judging(self.dimensions, 1)

    def sealing_gas(self) -> int:
        """By the words of its rows."""
        return vector_gas.sealing(1 * row_length(self.dimensions) // _WORD)

    # MANY SAMPLES

    def decision_function(self, X: Any) -> NDArray[np.int64]:
        """Scores of shape (n,)."""
        rows = Vectors(self.dimensions, self.scale).quantised(X).astype(np.int64)
        scores: NDArray[np.int64] = rows @ self.weights_[:-1].astype(np.int64) + int(self.weights_[-1]) * self.scale
        return scores


def require_fits(weights: NDArray[Any]) -> None:
    """Refuse initial weights that do not fit in int24.

    Raises:
        WeightsOutOfRange: one does not.
    """
    low, high = int(weights.min()), int(weights.max())
    if low < -MAX_WEIGHT - 1 or high > MAX_WEIGHT:
        raise WeightsOutOfRange(
            f"Initial weights run from {low} to {high}; they must fit in 24 bits: use a larger step or a smaller scale."
        )


def row_length(dimensions: int) -> int:
    """Bytes of a row of weights in code, the bias included."""
    return _WORD * _word_count(dimensions)


def pack_row(weights: Weights) -> bytes:
    """A row of weights, bias last, as words of ten int24 in the contract's order."""
    words, lanes = _places(len(weights))
    packed = np.zeros((_word_count(len(weights) - 1), _WEIGHTS_PER_WORD, _BYTES_PER_WEIGHT), dtype=np.uint8)
    packed[words, lanes] = weights.astype(">i4").view(np.uint8).reshape(-1, 4)[:, 1:]
    margin = np.zeros((len(packed), _WORD - _WEIGHTS_PER_WORD * _BYTES_PER_WEIGHT), dtype=np.uint8)
    return np.hstack([margin, packed.reshape(len(packed), -1)]).tobytes()


def unpack_row(content: bytes, dimensions: int) -> Weights:
    """The row of weights that `pack_row` packed."""
    rows = np.frombuffer(content, dtype=np.uint8).reshape(-1, _WORD)[:, 2:]
    words, lanes = _places(dimensions + 1)
    signed = np.zeros((dimensions + 1, 4), dtype=np.uint8)
    signed[:, :3] = rows.reshape(-1, _WEIGHTS_PER_WORD, _BYTES_PER_WEIGHT)[words, lanes]
    return (signed.reshape(-1).view(">i4") >> 8).astype(np.int32)


def _word_count(dimensions: int) -> int:
    """Words of ten weights: three for thirty weights, two where fifteen or fewer are left."""
    return (3 * (dimensions // 15 + 1) + 1) // 2


def _places(count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The word of each weight and its lane there, from the highest down; see `DenseWeights.sol` for the reason."""
    index = np.arange(count)
    within = index % 15
    sets = 3 * (index % 30 // 15) + 2 - within % 3
    return 3 * (index // 30) + sets // 2, _WEIGHTS_PER_WORD - 1 - 2 * (within // 3) - sets % 2
