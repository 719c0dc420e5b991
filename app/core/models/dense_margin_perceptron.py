"""Twin of `DenseMarginPerceptron.sol`: a perceptron with a margin (Krauth & Mezard 1987) on vectors, 2 to 16 classes.

A score is the sum of weight times feature; the bias is the weight of one more feature that is always `scale`, the
integer for 1. Between two classes there is one row of weights: a score above 0 is class 1, and unless it is further
than `theta` on the label's side, the weights move by the step times the features, towards the label. Between more
there is a row for each: the class is the one that scores highest, the lowest of equal ones; unless the label's score is
more than `theta` above the best other one, the label's row moves by the step times the features, and that other one's
by as much the other way. How the parameters come out of the initial samples is in `dense_margin_start`.

A row is what the perceptron on vectors has, so that its score, its update and its layout are that model's.
Contributions are never longer than 1, up to rounding: the margin means the same for all then.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earnest.core.compilable import compilable
from earnest.core.errors import WeightsOutOfRange
from earnest.core.models import vector_gas
from earnest.core.models.dense_margin_start import FIRST_STEP, HALVING, THETA, derive
from earnest.core.models.dense_perceptron import (
    MAX_WEIGHT,
    learn,
    pack_row,
    require_fits,
    row_length,
    score,
    unpack_row,
)
from earnest.core.models.formats.sample_format import SampleFormat
from earnest.core.models.formats.vectors import DEFAULT_SCALE, MAX_DIMENSIONS, MAX_SCALE, Vectors, require_short
from earnest.core.models.kernels import NOTHING_LEARNED, Kernels
from earnest.core.models.model import Model, Weights, join_chunks, require_range
from earnest.core.models.registry import model
from earnest.core.models.sparse_perceptron import predicted_label, step_rounded_down

MAX_CLASSES = 16
#: Most rows times dimensions, of more than two classes.
MAX_NUMBERS = 16_384
#: Most that rounding adds to a vector's length: half a unit in each of 4,096 dimensions.
ROUNDING = 32

_MAX_CHUNK, _SLOT = 24_575, 32
#: Bytes of the packed parameters, in order.
_WIDTHS = (3, 2, 5, 2, 2, 6)
#: Where the kernels' settings have what.
_ETA0, _TAU, _SCALE, _THETA = 1, 2, 3, 5


@compilable
def score_rows(weights: Any, scores: Any, features: Any, scale: int) -> None:
    """Write the score of each row into `scores`; O(rows * dimensions).

    Args:
        weights: int32 array of shape (rows * (dimensions + 1),), the rows one after the other, bias last in each.
        scores: int64 array of shape (rows,).
        features: int16 array of shape (dimensions,).
        scale: the bias's feature.
    """
    width = len(features) + 1
    for row in range(len(scores)):
        scores[row] = score(weights[row * width : (row + 1) * width], features, scale)


@compilable
def highest(scores: Any, but: int) -> int:
    """The row that scores highest apart from the row `but`, -1 for none; the lowest of equal ones."""
    best = 1 if but == 0 else 0
    for row in range(best + 1, len(scores)):
        if row != but and scores[row] > scores[best]:
            best = row
    return best


@compilable
def learn_row(weights: Any, initial: Any, features: Any, scale: int, row: int, by: int) -> int:
    """Move a row by `by` times the features, in place; how many of its weights their range held back."""
    start, end = row * (len(features) + 1), (row + 1) * (len(features) + 1)
    return learn(weights[start:end], initial[start:end], features, scale, by)


@compilable
def _predict(weights: Any, moments: Any, scores: Any, settings: Any, sample: Any) -> tuple[int, int]:
    scale = int(settings[_SCALE])
    if len(scores) == 2:
        value = score(weights, sample, scale)
        return predicted_label(value), value
    score_rows(weights, scores, sample, scale)
    label = highest(scores, -1)
    return label, int(scores[label])


@compilable
def _learn(
    weights: Any, moments: Any, scores: Any, initial: Any, settings: Any, sample: Any, label: int, value: int, nth: int
) -> int:
    scale, theta = int(settings[_SCALE]), int(settings[_THETA])
    step = step_rounded_down(int(settings[_ETA0]), int(settings[_TAU]), nth)
    if len(scores) == 2:
        if (value if label == 1 else -value) > theta:
            return NOTHING_LEARNED
        return learn_row(weights, initial, sample, scale, 0, step if label == 1 else -step)
    score_rows(weights, scores, sample, scale)
    rival = highest(scores, label)
    if int(scores[label]) - int(scores[rival]) > theta:
        return NOTHING_LEARNED
    held_back = learn_row(weights, initial, sample, scale, label, step)
    return held_back + learn_row(weights, initial, sample, scale, rival, -step)


@model
class DenseMarginPerceptron(Model):
    """Perceptron with a margin on vectors, with scikit-learn's estimator interface.

    Args:
        dimensions: numbers of a sample; samples are matrices of floats of shape (n, dimensions).
        eta0: first step; a weight's unit is a step of 1 over `scale`.
        tau: contributions over which the step halves; 0 keeps it constant.
        scale: the integer for 1; see `formats.vectors`.
        num_classes: how many, from 2 to 16; labels are 0 to this less one.
        theta: learns from a sample unless its score is further than this on the label's side, of more than two classes
            above that of the best other class.

    Attributes:
        weights_: int32 array of shape (rows * (dimensions + 1),): the rows one after the other, bias last in each; one
            row for two classes, otherwise one for each.
        initial_weights_: what `weights_` started from.
        accepted_: samples learned from or judged right so far.
        classes_: 0 to `num_classes` less one.
    """

    MODEL_ID: ClassVar[str] = "dense-margin-perceptron/1"
    TITLE: ClassVar[str] = "Margin perceptron on vectors"
    ABOUT: ClassVar[str] = (
        "Weighs a vector's numbers for each class, and moves the weights along the vector unless it was told right by "
        "a margin."
    )
    SOURCE: ClassVar[str] = "Krauth & Mezard 1987, Journal of Physics A 20 (11)"
    FORMAT: ClassVar[type[SampleFormat]] = Vectors
    KERNELS: ClassVar[Kernels] = Kernels(_predict, _learn, is_linear=True, most_judged=MAX_WEIGHT)
    CONTRACT: ClassVar[str | None] = "DenseMarginPerceptron"
    DERIVED: ClassVar[tuple[str, ...]] = ("eta0", "tau", "theta")
    HAS_JUDGE: ClassVar[bool] = True
    #: A seal's code alone, of 3.2 bytes each and more, less a fifth.
    PAID_WEIGHT_GAS: ClassVar[int] = 500
    PARAMETERS_LENGTH: ClassVar[int] = sum(_WIDTHS)
    MOST_CLASSES: ClassVar[int] = MAX_CLASSES
    UNIT_LENGTH: ClassVar[bool] = True

    def __init__(
        self,
        dimensions: int = 384,
        eta0: int = FIRST_STEP,
        tau: int = HALVING,
        scale: int = DEFAULT_SCALE,
        num_classes: int = 2,
        theta: int = THETA,
    ) -> None:
        self.dimensions = dimensions
        self.eta0 = eta0
        self.tau = tau
        self.scale = scale
        self.num_classes = num_classes
        self.theta = theta

    # WHERE IT STARTS

    @classmethod
    def from_weights(cls, weights: ArrayLike, **parameters: int) -> Self:
        """A model that starts from these integers.

        Args:
            weights: whole numbers of shape (rows, dimensions + 1), bias last in each: one row for two classes, or one
                for each of three to sixteen.
            parameters: by name; those that are left out are the constructor's.

        Raises:
            WeightsOutOfRange: one does not fit in int24, or there are no such rows.
            RuleViolation: a parameter is out of range.
        """
        values = np.asarray(weights)
        if values.ndim != 2 or values.shape[1] < 2 or len(values) == 2 or not np.issubdtype(values.dtype, np.integer):
            raise WeightsOutOfRange(
                "Weights are rows of whole numbers, one for each dimension, then the bias: one row for two classes, "
                "otherwise one for each class."
            )
        require_fits(values)
        model = cls(values.shape[1] - 1, num_classes=max(2, len(values)), **parameters)
        model._start(values.astype(np.int32).reshape(-1))
        return model

    @classmethod
    def of_weights(cls, weights: Weights, classes: int, choices: Mapping[str, int]) -> Self:
        """See `from_weights`."""
        return cls.from_weights(weights.reshape(_rows(classes), -1), **choices)

    @classmethod
    def trained(cls, X: Any, y: ArrayLike) -> Self:
        """scikit-learn's logistic regression on the samples, on the margin's scale; see `dense_margin_start.derive`."""
        rows = Vectors(np.asarray(X).shape[1]).quantised(X)
        start = derive(rows, y, DEFAULT_SCALE)
        return cls.from_weights(start.weights, **start.parameters)

    # PARAMETERS AND CODE

    @property
    def class_count(self) -> int:
        """How many classes there are."""
        return self.num_classes

    @property
    def weight_count(self) -> int:
        """The dimensions and the bias, of each row."""
        return _rows(self.num_classes) * (self.dimensions + 1)

    @property
    def explained(self) -> list[str]:
        """How wide a sample is, margin and step, and the length of a contribution."""
        where = "on the label's side" if self.num_classes == 2 else "above that of the best other class"
        return [
            f"A sample is a vector of {self.dimensions} numbers.",
            f"The model learns from a contribution unless the label's score is further than {self.theta:,} {where}: "
            f"{self.theta // self.scale**2:,} times what a step of 1 moves the score of a vector of length 1 by, the "
            "bias apart.",
            f"A step starts at {self.eta0:,} and halves over {self.tau:,} contributions, down to 1.",
            f"Contributions whose vectors are longer than 1, which is {self.scale:,}, are refused.",
        ]

    @property
    def most_change(self) -> int:
        """As far as int24 does."""
        return MAX_WEIGHT + 1

    def pack_parameters(self) -> bytes:
        """Three bytes for the dimensions, two for eta0, five for tau, two for scale and classes each, six for theta."""
        self._check()
        return b"".join(value.to_bytes(width, "big") for value, width in zip(self.parameters, _WIDTHS, strict=True))

    def initial_chunks(self) -> list[bytes]:
        """The rows, as many of them in a chunk as fit."""
        require_fits(self.weights_)
        rows = [pack_row(row) for row in self.weights_.reshape(-1, self.dimensions + 1)]
        held = _rows_per_chunk(self.dimensions)
        return [b"".join(rows[first : first + held]) for first in range(0, len(rows), held)]

    @classmethod
    def from_code(cls, parameters: bytes, chunks: Sequence[bytes]) -> Self:
        """The model that a pool starts from."""
        ends = np.cumsum([0, *_WIDTHS]).tolist()
        model = cls(*(int.from_bytes(parameters[start:end], "big") for start, end in pairwise(ends)))
        model._check()
        length, rows, held = row_length(model.dimensions), _rows(model.num_classes), _rows_per_chunk(model.dimensions)
        content = join_chunks(chunks, [length * min(held, rows - first) for first in range(0, rows, held)])
        parts = [content[row * length : (row + 1) * length] for row in range(rows)]
        model._start(np.concatenate([unpack_row(part, model.dimensions) for part in parts]))
        return model

    def _check(self) -> None:
        require_range("dimensions", self.dimensions, 1, MAX_DIMENSIONS)
        require_range("eta0", self.eta0, 1, 2**16 - 1)
        require_range("tau", self.tau, 0, 2**40 - 1)
        require_range("scale", self.scale, 1, MAX_SCALE)
        require_range("num_classes", self.num_classes, 2, MAX_CLASSES)
        require_range("theta", self.theta, 0, 2**48 - 1)
        if self.num_classes > 2:
            # two rows are learned in, each on fresh slots at first
            require_range("dimensions of more than two classes", self.dimensions, 1, MAX_DIMENSIONS // 2)
            require_range("dimensions * num_classes", self.dimensions * self.num_classes, 3, MAX_NUMBERS)

    def require_size(self, sample: NDArray[Any]) -> None:
        """By the integer for 1, and what rounding adds to it."""
        require_short(sample, self.scale + ROUNDING)

    def _start(self, weights: Weights) -> None:
        self._check()
        super()._start(weights)

    # GAS

    def learning_gas(self, samples: Sequence[bytes]) -> int:
        """All rows are read, and one of two classes changed, or two of more."""
        slots = row_length(self.dimensions) // _SLOT
        return vector_gas.learning_rows(samples, self.dimensions, _rows(self.num_classes), slots)

    def judging_gas(self, sample: bytes) -> int:
        """All rows, read for the first time."""
        slots = row_length(self.dimensions) // _SLOT
        return vector_gas.judging_rows(self.dimensions, _rows(self.num_classes), slots)

    def sealing_gas(self) -> int:
        """By the words of its rows."""
        return vector_gas.sealing(_rows(self.num_classes) * row_length(self.dimensions) // _SLOT)

    # MANY SAMPLES

    def decision_function(self, X: Any) -> NDArray[np.int64]:
        """Scores of shape (n,) between two classes, of shape (n, classes) between more."""
        samples = Vectors(self.dimensions, self.scale).quantised(X).astype(np.int64)
        rows = self.weights_.reshape(-1, self.dimensions + 1).astype(np.int64)
        scores: NDArray[np.int64] = samples @ rows[:, :-1].T + rows[:, -1] * self.scale
        return scores[:, 0] if self.num_classes == 2 else scores


def _rows(classes: int) -> int:
    """Rows of weights."""
    return 1 if classes == 2 else classes


def _rows_per_chunk(dimensions: int) -> int:
    return _MAX_CHUNK // row_length(dimensions)
