"""Twin of `DenseNearestCentroid.sol`: nearest centroid on vectors, for two or more classes.

A class is the mean of its samples, kept as the sums of their features and their count. A sample belongs to the class
whose mean is nearest by squared Euclidean distance, compared exactly; to the lowest of equally near ones. A class
without samples is never predicted; without any, class 0 is. Learning adds the sample to its class, whatever
the prediction would be. A class of `MAX_COUNT` samples ages before it takes one more: its sums and its count become
half of what they were, rounded down, so that it is never full.

The kernels are plain functions of arrays: interpreted in the service, compiled in the engines. They stay in int64 by
taking a squared distance apart, which the contract, with its 256 bits, need not. For a count n below 2**16 a sum is
n * mean + left, with an int16 mean and 0 <= left < n. Over up to 2**12 dimensions, with d the feature less the mean,

    distance = A - 2 B / n + C / n**2
    A = sum of d**2 <= 2**44, |B| = |sum of d * left| <= 2**44, C = sum of left**2 <= 2**44

and A * n - 2 B stays below 2**61.
"""

import warnings
from collections.abc import Mapping, Sequence
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
from earnest.core.models.kernels import Kernels
from earnest.core.models.model import Model, Weights, join_chunks, require_range
from earnest.core.models.registry import model
from earnest.core.models.vector_arithmetic import add, around_mean, halve

MAX_CLASSES = 256
#: Most sums, that is dimensions times classes.
MAX_SUMS = 32_768
#: Samples at which a class ages, those it starts with included.
MAX_COUNT = 2**15 - 1
#: No sum of so many numbers is further from 0.
MAX_SUM = 2**15 * MAX_COUNT
#: Stands for the distance of a class without samples.
FARTHEST = 2**62

_SUMS_PER_WORD = 8
_MAX_CHUNK = 24_575


@compilable
def squared_distance(features: Any, sums: Any, count: int) -> tuple[int, int]:
    """Squared distance to a class's mean, in units of 1 / scale**2; O(dimensions).

    Args:
        features: int16 array of shape (dimensions,).
        sums: int32 array of shape (dimensions,).
        count: samples of the class, above 0.

    Returns:
        whole and rest: the distance is whole + rest / count**2, and the rest below count**2.
    """
    square, product, left = around_mean(features, sums, count)
    nearly = square * count - 2 * product
    rest = nearly % count * count + left
    return nearly // count + rest // (count * count), rest % (count * count)


@compilable
def compare_fractions(a: int, b: int, c: int, d: int) -> int:
    """The sign of a / b - c / d, for whole numbers from 0 to 2**32 less one."""
    # a * d - c * b, in two halves, since the products need 64 bits and a sign
    low = a * (d % 65_536) - c * (b % 65_536)
    high = a * (d // 65_536) - c * (b // 65_536) + low // 65_536
    if high != 0:
        return 1 if high > 0 else -1
    return 1 if low % 65_536 > 0 else 0


@compilable
def nearest(weights: Any, features: Any, classes: int) -> tuple[int, int]:
    """The nearest class and the score; O(classes * dimensions).

    Args:
        weights: int32 array of shape (classes * (dimensions + 1),): the sums, class after class, then the counts.
        features: int16 array of shape (dimensions,).
        classes: how many.

    Returns:
        class and score. Of two classes, the score is how much nearer class 1 is than class 0, as difference of the
        squared distances, rounded away from 0; a class without samples counts as 1 farther. Of more it is the squared
        distance of the nearest, rounded down.
    """
    dimensions = len(features)
    label, whole, rest, square, margin = 0, 0, 0, 0, 0
    for candidate in range(classes):
        count = int(weights[classes * dimensions + candidate])
        if count == 0:
            continue
        sums = weights[candidate * dimensions : (candidate + 1) * dimensions]
        new_whole, new_rest = squared_distance(features, sums, count)
        if square == 0:
            margin = -1 if candidate == 0 else 1
        else:
            sign = compare_fractions(rest, square, new_rest, count * count)
            margin = _rounded_away_from_zero(whole - new_whole, sign)
            if margin <= 0:
                continue
        label, whole, rest, square = candidate, new_whole, new_rest, count * count
    return label, margin if classes == 2 else whole


@compilable
def _rounded_away_from_zero(whole: int, sign: int) -> int:
    """A whole number plus a fraction of this sign, rounded."""
    if whole > 0 or (whole == 0 and sign > 0):
        return whole + 1 if sign > 0 else whole
    return whole - 1 if sign < 0 else whole


@compilable
def learn(weights: Any, features: Any, label: int, classes: int) -> None:
    """Add a sample to its class, in place, which ages before where it has to; O(dimensions)."""
    dimensions = len(features)
    place = classes * dimensions + label
    sums = weights[label * dimensions : (label + 1) * dimensions]
    if weights[place] >= MAX_COUNT:
        halve(sums)
        weights[place] //= 2
    add(sums, features)
    weights[place] += 1


@compilable
def _predict(weights: Any, moments: Any, scores: Any, settings: Any, sample: Any) -> tuple[int, int]:
    return nearest(weights, sample, len(scores))


@compilable
def _learn(
    weights: Any, moments: Any, scores: Any, initial: Any, settings: Any, sample: Any, label: int, value: int, nth: int
) -> int:
    learn(weights, sample, label, len(scores))
    return 0


@model
class DenseNearestCentroid(Model):
    """Nearest centroid on vectors with scikit-learn's estimator interface.

    Args:
        dimensions: numbers of a sample; samples are matrices of floats of shape (n, dimensions).
        num_classes: how many, at least 2; labels are 0 to this less one.
        scale: the integer for 1; see `formats.vectors`.
        max_length: of a contribution's vector, scaled; 0 for as long as it likes.

    Attributes:
        weights_: int32 array of shape (classes * (dimensions + 1),): the sums, class after class, then the counts.
        initial_weights_: what `weights_` started from.
        accepted_: samples learned from so far.
        classes_: 0 to `num_classes` less one.
    """

    MODEL_ID: ClassVar[str] = "dense-nearest-centroid/1"
    TITLE: ClassVar[str] = "Nearest centroid on vectors"
    ABOUT: ClassVar[str] = "Keeps the mean of each class, and takes the class whose mean is nearest."
    SOURCE: ClassVar[str] = "Manning, Raghavan & Schuetze 2008, Introduction to Information Retrieval, chapter 14"
    FORMAT: ClassVar[type[SampleFormat]] = Vectors
    KERNELS: ClassVar[Kernels] = Kernels(_predict, _learn, asks=False, most_judged=MAX_SUM)
    CONTRACT: ClassVar[str | None] = "DenseNearestCentroid"
    HAS_JUDGE: ClassVar[bool] = True
    #: A seal's code alone, of four bytes each, less a fifth.
    PAID_WEIGHT_GAS: ClassVar[int] = 640
    PARAMETERS_LENGTH: ClassVar[int] = 10
    MOST_CLASSES: ClassVar[int] = MAX_CLASSES
    TAKES_WHITE: ClassVar[bool] = True
    _SNAPSHOT: ClassVar[str] = ">IIIIQ"
    _OLDER_SNAPSHOTS: ClassVar[tuple[str, ...]] = (">IIIQ",)

    def __init__(
        self, dimensions: int = 384, num_classes: int = 2, scale: int = DEFAULT_SCALE, max_length: int = 0
    ) -> None:
        self.dimensions = dimensions
        self.num_classes = num_classes
        self.scale = scale
        self.max_length = max_length

    # WHERE IT STARTS

    @classmethod
    def from_sums(cls, sums: ArrayLike, counts: ArrayLike, *, scale: int = DEFAULT_SCALE, max_length: int = 0) -> Self:
        """A model that starts from these sums and counts.

        Args:
            sums: whole numbers of shape (classes, dimensions): of the features of each class's samples.
            counts: whole numbers of shape (classes,): how many samples those are.
            scale: the integer for 1.
            max_length: of a contribution's vector, scaled; 0 for as long as it likes.

        Raises:
            WeightsOutOfRange: no samples could have these sums, or a class has too many.
            RuleViolation: a parameter is out of range.
        """
        totals, numbers = np.asarray(sums), np.asarray(counts)
        whole = np.issubdtype(totals.dtype, np.integer) and np.issubdtype(numbers.dtype, np.integer)
        if totals.ndim != 2 or numbers.shape != totals.shape[:1] or not whole:
            raise WeightsOutOfRange(
                "Sums are whole numbers of shape (classes, dimensions), counts of shape (classes,)."
            )
        if (numbers < 0).any() or (numbers > MAX_COUNT).any():
            raise WeightsOutOfRange(
                f"Counts run from {numbers.min()} to {numbers.max()}; a class has up to {MAX_COUNT} samples: "
                "start from fewer."
            )
        wide = totals.astype(np.int64)
        edge = numbers.astype(np.int64)[:, np.newaxis]
        if (wide < -(2**15) * edge).any() or (wide > (2**15 - 1) * edge).any():
            raise WeightsOutOfRange("A sum is larger than its class's count of samples allows: a feature is int16.")
        model = cls(totals.shape[1], totals.shape[0], scale, max_length)
        model._start(np.concatenate([wide.reshape(-1), numbers]).astype(np.int32))
        return model

    @classmethod
    def of_weights(cls, weights: Weights, classes: int, choices: Mapping[str, int]) -> Self:
        """See `from_sums`."""
        return cls.from_sums(weights[:-classes].reshape(classes, -1), weights[-classes:])

    @classmethod
    def from_sklearn(cls, clf: Any, counts: ArrayLike, *, scale: int = DEFAULT_SCALE) -> Self:
        """A model that goes on from a fitted `NearestCentroid`.

        Args:
            clf: fitted, with Euclidean distances and no shrinking, on labels 0 to classes - 1.
            counts: how many samples each centroid is the mean of.
            scale: the integer for 1.

        Raises:
            WeightsOutOfRange: a class has too many samples, or a centroid is not a number.
            RuleViolation: it measures otherwise, has other labels, or a parameter is out of range.
        """
        if clf.metric != "euclidean" or clf.shrink_threshold is not None:
            raise RuleViolation("The contract measures Euclidean distances to centroids that are not shrunk.")
        if not np.array_equal(clf.classes_, np.arange(len(clf.classes_))):
            raise RuleViolation(f"The classifier's labels must be 0 to {len(clf.classes_) - 1}.")
        require_range("scale", scale, 1, MAX_SCALE)
        if not np.isfinite(clf.centroids_).all():
            raise WeightsOutOfRange("The classifier's centroids are not numbers.")
        numbers = np.asarray(counts)
        means = np.clip(clf.centroids_ * scale, -(2**15), 2**15 - 1)
        return cls.from_sums(np.rint(means * numbers[:, np.newaxis]).astype(np.int64), numbers, scale=scale)

    @classmethod
    def trained(cls, X: Any, y: ArrayLike) -> Self:
        """scikit-learn's nearest centroid, fitted on the samples."""
        from sklearn.neighbors import NearestCentroid

        labels = np.asarray(y)
        with warnings.catch_warnings(), np.errstate(invalid="ignore", divide="ignore"):
            # of columns that are constant within each class, which matter to nothing but its own scores
            warnings.filterwarnings("ignore", "self.within_class_std_dev_ has", UserWarning)
            classifier = NearestCentroid().fit(np.asarray(X), labels)
        return cls.from_sklearn(classifier, np.bincount(labels))

    # PARAMETERS AND CODE

    @property
    def class_count(self) -> int:
        """How many classes there are."""
        return self.num_classes

    @property
    def weight_count(self) -> int:
        """The sums and the counts."""
        return (self.dimensions + 1) * self.num_classes

    def pack_parameters(self) -> bytes:
        """Three bytes for the dimensions, two for the classes, two for the scale, three for the longest vector."""
        self._check()
        widths = zip(self.parameters, (3, 2, 2, 3), strict=True)
        return b"".join(value.to_bytes(width, "big") for value, width in widths)

    def initial_chunks(self) -> list[bytes]:
        """For each class its count, uint16, and words of eight int32, as the contract wants them; whole classes."""
        places, width = _places(self.dimensions), _width(self.dimensions)
        sums, counts = self._parts(self.weights_)
        packed = np.zeros((self.num_classes, width), dtype=">i4")
        packed[:, places] = sums
        content = [int(count).to_bytes(2, "big") + row.tobytes() for count, row in zip(counts, packed, strict=True)]
        held = _classes_per_chunk(self.dimensions)
        return [b"".join(content[first : first + held]) for first in range(0, self.num_classes, held)]

    @classmethod
    def from_code(cls, parameters: bytes, chunks: Sequence[bytes]) -> Self:
        """The model that a pool starts from."""
        dimensions, classes = int.from_bytes(parameters[:3], "big"), int.from_bytes(parameters[3:5], "big")
        scale, max_length = int.from_bytes(parameters[5:7], "big"), int.from_bytes(parameters[7:10], "big")
        cls(dimensions, classes, scale, max_length)._check()
        places, width, held = _places(dimensions), _width(dimensions), _classes_per_chunk(dimensions)
        lengths = [(2 + 4 * width) * min(held, classes - first) for first in range(0, classes, held)]
        record = np.dtype([("count", ">u2"), ("sums", ">i4", (width,))])
        content = np.frombuffer(join_chunks(chunks, lengths), dtype=record)
        beyond = np.ones(width, dtype=bool)
        beyond[places] = False
        if content["sums"][:, beyond].any():
            raise WeightsOutOfRange("The initial weights have sums beyond the last dimension.")
        return cls.from_sums(
            content["sums"][:, places].astype(np.int64),
            content["count"].astype(np.int64),
            scale=scale,
            max_length=max_length,
        )

    def require_size(self, sample: NDArray[Any]) -> None:
        """By `max_length`."""
        require_short(sample, self.max_length)

    def require_sealable(self) -> None:
        """By the classes of one chunk."""
        most = _classes_per_chunk(self.dimensions)
        if self.num_classes > most:
            raise RuleViolation(
                f"A seal is one contract's code, which has room for {most} classes of vectors of {self.dimensions:,} "
                f"numbers, and there are {self.num_classes}: take shorter vectors, or another incentive."
            )

    def limited(self, X: Any) -> tuple[Self, tuple[str, ...]]:
        """With `max_length` by these samples."""
        longest = usual_longest(Vectors(self.dimensions, self.scale).quantised(X))
        sums, counts = self._parts(self.weights_)
        return self.from_sums(sums, counts, scale=self.scale, max_length=longest), ()

    def _check(self) -> None:
        require_range("dimensions", self.dimensions, 1, MAX_DIMENSIONS)
        require_range("num_classes", self.num_classes, 2, MAX_CLASSES)
        require_range("dimensions * num_classes", self.dimensions * self.num_classes, 2, MAX_SUMS)
        require_range("scale", self.scale, 1, MAX_SCALE)
        require_range("max_length", self.max_length, 0, MAX_LENGTH)

    def _start(self, weights: Weights) -> None:
        self._check()
        super()._start(weights)

    def _parts(self, weights: Weights) -> tuple[Weights, Weights]:
        """Sums of shape (classes, dimensions) and counts of shape (classes,)."""
        end = self.num_classes * self.dimensions
        return weights[:end].reshape(self.num_classes, self.dimensions), weights[end:]

    # GAS

    def learning_gas(self, samples: Sequence[bytes]) -> int:
        """The sums of as many classes as a batch may be of."""
        return vector_gas.learning(samples, self.dimensions, self.num_classes)

    def judging_gas(self, sample: bytes) -> int:
        """The sums of all classes, read for the first time."""
        return vector_gas.judging(self.dimensions, self.num_classes)

    def sealing_gas(self) -> int:
        """By the words of sums, and a class's count."""
        return vector_gas.snapshot(self.num_classes * (_width(self.dimensions) // _SUMS_PER_WORD + 1))

    # MANY SAMPLES

    def decision_function(self, X: Any) -> NDArray[np.int64]:
        """Of two classes scores of shape (n,); of more minus the squared distances, rounded up, (n, classes).

        Rounded distances may be equal where `predict` still tells them apart.
        """
        rows = Vectors(self.dimensions, self.scale).quantised(X)
        if self.num_classes == 2:
            return np.array([self.predict_one(row)[1] for row in rows], dtype=np.int64)
        sums, counts = self._parts(self.weights_)
        scores = np.full((len(rows), self.num_classes), -FARTHEST, dtype=np.int64)
        for label in np.flatnonzero(counts):
            for number, row in enumerate(rows):
                scores[number, label] = -squared_distance(row, sums[label], int(counts[label]))[0]
        return scores

    def predict(self, X: Any) -> NDArray[np.int64]:
        """Classes of shape (n,)."""
        return np.array(
            [self.predict_one(row)[0] for row in Vectors(self.dimensions, self.scale).quantised(X)], dtype=np.int64
        )


def _width(dimensions: int) -> int:
    """Lanes of a class's sums, in whole pairs of words."""
    return 2 * _SUMS_PER_WORD * -(-dimensions // (2 * _SUMS_PER_WORD))


def _classes_per_chunk(dimensions: int) -> int:
    return _MAX_CHUNK // (2 + 4 * _width(dimensions))


def _places(dimensions: int) -> NDArray[np.int64]:
    """The lane of each sum, from the first word's highest on; see `DenseNearestCentroid.sol` for the reason."""
    index = np.arange(dimensions)
    word = 2 * (index // 16) + index % 4 // 2
    return _SUMS_PER_WORD * word + 2 * (index % 16 // 4) + index % 2
