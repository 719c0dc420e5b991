"""Twin of `NaiveBayes.sol`: multinomial naive Bayes with log probabilities and Laplace's smoothing.

A class's score is log2(samples) + the sum over the sample's words of log2((count + 1) / (all counts + num_words)), in
units of 2^-16 (Manning, Raghavan & Schuetze 2008, chapter 13): that of scikit-learn's `MultinomialNB` with `alpha=1` on
presence features.

The kernels are plain functions of arrays: interpreted in the service, compiled in the engines.
"""

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earnest.core.compilable import compilable
from earnest.core.errors import RuleViolation
from earnest.core.models.class_counts import (
    AGED_SAMPLES,
    EMPTY,
    MAX_SAMPLES,
    ClassCounts,
    decide,
    raise_counts,
)
from earnest.core.models.kernels import UNKNOWN, Kernels
from earnest.core.models.registry import model

#: A product of counts is kept as a mantissa below 2^46 and a number of shifts by 16 bits.
_MANTISSA_BITS = 46
_SHIFT = 16
#: Binary places of a logarithm.
PLACES = 16

#: Learning is counted in so many units of a score.
_STEP = 1 << 10
#: Samples of up to so many words move by what a step says, longer ones by as many times more.
_FEW = 128
#: At least 2^16 / ln 2: log2((n + 1) / n) is at most 1 / (n * ln 2).
_RISE = 94_549
#: More learning than any score withstands.
_ANY = 1 << 50


@compilable
def log2_rounded_down(value: int) -> int:
    """floor(2^16 * log2(value)), to the last unit but for what squaring a mantissa of 31 bits drops.

    Args:
        value: from 1 to 2^46.
    """
    exponent = 0
    while value >> exponent > 1:
        exponent += 1
    mantissa = value >> (exponent - 30) if exponent > 30 else value << (30 - exponent)
    result = exponent
    for _ in range(PLACES):
        mantissa = mantissa * mantissa >> 30
        bit = mantissa >> 31
        mantissa = mantissa >> bit
        result = 2 * result + bit
    return result


@compilable
def score(weights: Any, moments: Any, num_words: int, indices: Any, scores: Any) -> None:
    """Write the classes' scores of a sample; O(classes * features).

    Args:
        weights: int32 array of shape (classes * (num_words + 1),); see `class_counts`.
        moments: int64 array of shape (classes,): all counts of a class.
        num_words: words of the encoder.
        indices: uint16 array of shape (features,).
        scores: int64 array of shape (classes,), written.
    """
    classes = len(moments)
    for class_ in range(classes):
        mantissa = int(weights[classes * num_words + class_])
        if mantissa == 0:
            scores[class_] = EMPTY
            continue
        shifts = 0
        for index in indices:
            mantissa *= int(weights[class_ * num_words + int(index)]) + 1
            if mantissa >> _MANTISSA_BITS:
                mantissa >>= _SHIFT
                shifts += 1
        logarithm = (shifts * _SHIFT << PLACES) + log2_rounded_down(mantissa)
        scores[class_] = logarithm - len(indices) * log2_rounded_down(int(moments[class_]) + num_words)


@compilable
def learn(weights: Any, moments: Any, num_words: int, indices: Any, label: int) -> None:
    """Count a sample to its class, in place; O(features)."""
    raise_counts(weights, moments, 1, num_words, indices, label)
    moments[label] += len(indices)


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
            total += int(weights[place])
        moments[class_] = total
    return 0


# HOW FAR LEARNING MOVES A SCORE
#
# All bounds are on the difference between two classes' scores, of which the logarithm of all counts is known exactly
# and the product of a sample's counts to a few units. Learning a sample of a class raises that class's score by what
# its counts rise, and lowers it by what all counts rise, once for each word of the sample that is judged.


@compilable
def _doubt(words: int) -> int:
    """How many units two classes' logarithms may be off together: each is rounded down, and so is each shift."""
    return 4 + (words >> 12)


@compilable
def _steps_to_flip(settings: Any, value: int, sample: Any) -> int:
    words = len(sample)
    # once when it was judged, once when it is asked again
    left = abs(value) - 2 * _doubt(words)
    return min(max(left // (_STEP * (1 + words // _FEW)), 1), _ANY >> 1)


@compilable
def _amount(weights: Any, moments: Any, settings: Any, sample: Any, label: int, nth: int) -> tuple[int, int]:
    num_words, classes = int(settings[0]), len(moments)
    samples = int(weights[classes * num_words + label])
    if samples == 1 or samples == AGED_SAMPLES:
        # the first one of its class, which had no score, or since it aged
        return _ANY, _ANY
    raised = _RISE // (samples - 1) + 1
    for index in sample:
        raised += _RISE // int(weights[label * num_words + int(index)]) + 1
    counts = int(moments[label]) + num_words
    lowered = _FEW * (log2_rounded_down(counts) - log2_rounded_down(counts - len(sample)))
    towards, against = raised // _STEP + 1, lowered // _STEP + 1
    if classes > 2:
        most = max(towards, against)
        return most, most
    return (towards, against) if label == 1 else (against, towards)


@compilable
def _worth(weights: Any, moments: Any, settings: Any, word: int) -> int:
    num_words = int(settings[0])
    total = 0
    for class_ in range(2):
        count = int(weights[class_ * num_words + word]) + 1
        share = log2_rounded_down(count) - log2_rounded_down(int(moments[class_]) + num_words)
        total += share if class_ == 1 else -share
    return total


@compilable
def _rest(weights: Any, moments: Any, settings: Any) -> tuple[int, int]:
    num_words = int(settings[0])
    if len(moments) != 2 or weights[2 * num_words] == 0 or weights[2 * num_words + 1] == 0:
        return 0, UNKNOWN
    offset = log2_rounded_down(int(weights[2 * num_words + 1])) - log2_rounded_down(int(weights[2 * num_words]))
    # a unit for each class, and one for what the product's own rounding adds
    return offset, 3


@model
class NaiveBayes(ClassCounts):
    """Integer multinomial naive Bayes with scikit-learn's estimator interface; see `ClassCounts`.

    Attributes:
        moments_: all counts of each class.
    """

    MODEL_ID: ClassVar[str] = "naive-bayes/1"
    TITLE: ClassVar[str] = "Naive Bayes on words"
    ABOUT: ClassVar[str] = "Counts in how many samples of each class a word is present, and multiplies the shares."
    SOURCE: ClassVar[str] = "Manning, Raghavan & Schuetze 2008, Introduction to Information Retrieval, chapter 13"
    KERNELS: ClassVar[Kernels] = Kernels(
        _predict, _learn, asks=False, steps_to_flip=_steps_to_flip, amount=_amount, worth=_worth, rest=_rest,
        most_judged=MAX_SAMPLES, write_moments=_write_moments,
    )  # fmt: skip
    CONTRACT: ClassVar[str | None] = "NaiveBayes"

    _score_kernel = staticmethod(score)

    @staticmethod
    def _class_moments(counts: NDArray[np.int64]) -> NDArray[np.int64]:
        totals: NDArray[np.int64] = counts.sum(axis=1)
        return totals

    @classmethod
    def from_sklearn(cls, clf: Any) -> Self:
        """A model that starts from a fitted `MultinomialNB`'s counts, which it can hold exactly.

        Raises:
            RuleViolation: it does not smooth by 1, does not learn its priors, or has other classes than 0, 1 and so on.
            WeightsOutOfRange: its features were not 0 or 1, or a class has more than 65,535 samples.
        """
        if np.any(np.asarray(clf.alpha) != 1.0):
            raise RuleViolation(f"alpha is {clf.alpha}; the contract smooths by 1.")
        if clf.class_prior is not None or not clf.fit_prior:
            raise RuleViolation("The classifier has priors of its own; the contract takes them from the samples.")
        if list(clf.classes_) != list(range(len(clf.classes_))):
            raise RuleViolation(f"The classes are {list(clf.classes_)}; they must be 0, 1 and so on.")
        return cls.from_counts(clf.feature_count_, clf.class_count_)

    @classmethod
    def trained(cls, X: Any, y: ArrayLike) -> Self:
        """scikit-learn's `MultinomialNB`, fitted on the samples."""
        from sklearn.naive_bayes import MultinomialNB

        return cls.from_sklearn(MultinomialNB().fit(X, np.asarray(y)))
