"""Twin of `SparseNearestCentroid.sol`: a class's centroid is the mean of its samples, and the nearest one wins.

The squared distance of a sample to a centroid is the sample's squared length, the same for all classes, less
2 * (sum of its words' counts) / samples - (sum of all squared counts) / samples^2: a class's score, each part rounded
down to units of 2^-20 (Manning, Raghavan & Schuetze 2008, chapter 14). So decides scikit-learn's `NearestCentroid` on
presence features.

The kernels are plain functions of arrays: interpreted in the service, compiled in the engines.
"""

import warnings
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earnest.core.compilable import compilable
from earnest.core.errors import RuleViolation
from earnest.core.models.class_counts import EMPTY, MAX_SAMPLES, ClassCounts, decide, raise_counts
from earnest.core.models.kernels import Kernels
from earnest.core.models.registry import model

#: Binary places of a score.
PLACES = 20


@compilable
def squared_length_rounded_down(squares: int, samples: int) -> int:
    """floor(2^20 * squares / samples^2), without a product above 2^52.

    Args:
        squares: sum of squared counts, each at most `samples`, of at most 65,536 words.
        samples: from 1 to 65,535.
    """
    by_samples = (squares // samples << PLACES) + (squares % samples << PLACES) // samples
    return by_samples // samples


@compilable
def score(weights: Any, moments: Any, num_words: int, indices: Any, scores: Any) -> None:
    """Write the classes' scores of a sample; O(classes * features).

    Args:
        weights: int32 array of shape (classes * (num_words + 1),); see `class_counts`.
        moments: int64 array of shape (classes,): all squared counts of a class.
        num_words: words of the encoder.
        indices: uint16 array of shape (features,).
        scores: int64 array of shape (classes,), written.
    """
    classes = len(moments)
    for class_ in range(classes):
        samples = int(weights[classes * num_words + class_])
        if samples == 0:
            scores[class_] = EMPTY
            continue
        total = 0
        for index in indices:
            total += int(weights[class_ * num_words + int(index)])
        twice = (total << PLACES + 1) // samples
        scores[class_] = twice - squared_length_rounded_down(int(moments[class_]), samples)


@compilable
def learn(weights: Any, moments: Any, num_words: int, indices: Any, label: int) -> None:
    """Count a sample to its class, in place; O(features)."""
    total = raise_counts(weights, moments, 2, num_words, indices, label)
    # (count + 1)^2 is 2 * count + 1 more
    moments[label] += 2 * total + len(indices)


@compilable
def _predict(weights: Any, moments: Any, scores: Any, settings: Any, sample: Any) -> tuple[int, int]:
    score(weights, moments, int(settings[0]), sample, scores)
    return decide(scores)


@compilable
def _learn(
    weights: Any, moments: Any, scores: Any, initial: Any, settings: Any, sample: Any, label: int, value: int, nth: int
) -> int:
    learn(weights, moments, int(settings[0]), sample, label)
    return 0


@compilable
def _write_moments(weights: Any, moments: Any, settings: Any) -> int:
    num_words = int(settings[0])
    for class_ in range(len(moments)):
        total = 0
        for place in range(class_ * num_words, (class_ + 1) * num_words):
            total += int(weights[place]) * int(weights[place])
        moments[class_] = total
    return 0


@model
class SparseNearestCentroid(ClassCounts):
    """Integer nearest centroid with scikit-learn's estimator interface; see `ClassCounts`.

    Attributes:
        moments_: all squared counts of each class.
    """

    MODEL_ID: ClassVar[str] = "sparse-nearest-centroid/1"
    TITLE: ClassVar[str] = "Nearest centroid on words"
    ABOUT: ClassVar[str] = "Keeps the mean of each class, and takes the class whose mean is nearest."
    SOURCE: ClassVar[str] = "Manning, Raghavan & Schuetze 2008, Introduction to Information Retrieval, chapter 14"
    KERNELS: ClassVar[Kernels] = Kernels(
        _predict, _learn, asks=False, most_judged=MAX_SAMPLES, write_moments=_write_moments
    )
    CONTRACT: ClassVar[str | None] = "SparseNearestCentroid"

    _score_kernel = staticmethod(score)

    @staticmethod
    def _class_moments(counts: NDArray[np.int64]) -> NDArray[np.int64]:
        squares: NDArray[np.int64] = (counts**2).sum(axis=1)
        return squares

    @classmethod
    def from_sklearn(cls, clf: Any, class_counts: ArrayLike) -> Self:
        """A model that starts from a fitted `NearestCentroid`'s centroids, which it can hold exactly.

        Args:
            clf: fitted on features that are 0 or 1.
            class_counts: how many samples of each class it was fitted on, which it does not keep.

        Raises:
            RuleViolation: it measures otherwise, shrinks its centroids, or has other classes than 0, 1 and so on.
            WeightsOutOfRange: the centroids are not means of so many samples, or a class has more than 65,535.
        """
        if clf.metric != "euclidean" or clf.shrink_threshold is not None:
            raise RuleViolation("The contract measures Euclidean distances to centroids that are not shrunk.")
        if list(clf.classes_) != list(range(len(clf.classes_))):
            raise RuleViolation(f"The classes are {list(clf.classes_)}; they must be 0, 1 and so on.")
        samples = np.asarray(class_counts)
        return cls.from_counts(clf.centroids_ * samples[:, None], samples)

    @classmethod
    def trained(cls, X: Any, y: ArrayLike) -> Self:
        """scikit-learn's `NearestCentroid`, fitted on the samples."""
        from scipy.sparse import csr_array
        from sklearn.neighbors import NearestCentroid

        labels = np.asarray(y)
        with warnings.catch_warnings():
            # that a word is in every text, or in none, is nothing to warn of
            warnings.filterwarnings("ignore", message=".*zero standard deviation")
            fitted = NearestCentroid().fit(csr_array(X).astype(np.float64), labels)
        return cls.from_sklearn(fitted, np.bincount(labels))
