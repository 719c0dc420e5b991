"""The learners that the engines run: their kernels behind one set of compiled functions.

Compiled code knows a learner by a small number. Adding one takes a line in `KINDS` and a branch in the functions here
that take its samples. Which those are, words or vectors, compiled code knows by the samples' type, so that code for
words has none for vectors in it: the kernels of vectors allocate, see `compiled`.
"""

from typing import Any

import numpy as np
from numba import types
from numba.extending import overload
from numpy.typing import NDArray

from earnest.core.models import (
    class_counts,
    dense_nearest_centroid,
    dense_perceptron,
    naive_bayes,
    sparse_nearest_centroid,
    sparse_perceptron,
)
from earnest.core.models import dense_model as dense_learner
from earnest.core.models.class_counts import ClassCounts, decide
from earnest.core.models.model import Learner, Weights
from earnest.core.models.registry import DENSE_LEARNERS, VOCABULARY_LEARNERS
from earnest.core.models.sparse_perceptron import SparsePerceptron, predicted_label, step_rounded_down

PERCEPTRON, NAIVE_BAYES, NEAREST_CENTROID, DENSE_PERCEPTRON, DENSE_NEAREST_CENTROID = range(5)
#: Classifiers of a scenario, with the number that compiled code knows them by.
KINDS = {
    "sparse-perceptron": PERCEPTRON,
    "naive-bayes": NAIVE_BAYES,
    "sparse-nearest-centroid": NEAREST_CENTROID,
    "dense-perceptron": DENSE_PERCEPTRON,
    "dense-nearest-centroid": DENSE_NEAREST_CENTROID,
}
#: Those on vectors.
DENSE_KINDS = (DENSE_PERCEPTRON, DENSE_NEAREST_CENTROID)
#: The integer that stands for 1 in a vector.
SCALE = dense_learner.DEFAULT_SCALE
#: What compiled code takes from here.
SOURCES = (
    class_counts,
    dense_learner,
    dense_nearest_centroid,
    dense_perceptron,
    naive_bayes,
    sparse_nearest_centroid,
    sparse_perceptron,
)
#: Classes where nothing else is said, and all that a perceptron tells apart.
CLASSES = 2
#: Most classes of each classifier.
MOST_CLASSES = {name: (VOCABULARY_LEARNERS | DENSE_LEARNERS)[name].MOST_CLASSES for name in KINDS}


def trained(classifier: str, X: Any, y: NDArray[np.uint8]) -> Weights:
    """Weights of the model that a pool starts from.

    Args:
        classifier: one of `KINDS`.
        X: presence matrix of shape (n, num_words), or numbers of shape (n, dimensions).
        y: labels of shape (n,).

    Raises:
        RuleViolation: a parameter is out of the contract's range.
        WeightsOutOfRange: the model does not fit the contract.
    """
    return (VOCABULARY_LEARNERS | DENSE_LEARNERS)[classifier].trained(X, y).weights_.copy()


def learner_of(kind: int, weights: Weights, eta0: int, tau: int, classes: int = CLASSES) -> Learner:
    """The learner that has these weights; of one that counts or adds up, each class's, then the counts of samples."""
    if kind == PERCEPTRON:
        return SparsePerceptron.from_weights(weights, eta0=eta0, tau=tau)
    if kind == DENSE_PERCEPTRON:
        return dense_perceptron.DensePerceptron.from_weights(weights, eta0=eta0, tau=tau, scale=SCALE)
    of_classes, of_samples = weights[:-classes].reshape(classes, -1), weights[-classes:]
    if kind == DENSE_NEAREST_CENTROID:
        return dense_nearest_centroid.DenseNearestCentroid.from_sums(of_classes, of_samples, scale=SCALE)
    twin = naive_bayes.NaiveBayes if kind == NAIVE_BAYES else sparse_nearest_centroid.SparseNearestCentroid
    return twin.from_counts(of_classes, of_samples)


def moments_of(kind: int, weights: Weights, classes: int = CLASSES) -> NDArray[np.int64]:
    """What a learner keeps beside its weights, int64 (classes,); zeros where it keeps nothing."""
    learner = learner_of(kind, weights, 1, 0, classes)
    return learner.moments_.copy() if isinstance(learner, ClassCounts) else np.zeros(classes, np.int64)


def predict(kind: int, weights: Any, moments: Any, scores: Any, features: Any) -> tuple[int, int]:
    """Class and score of a sample; under a perceptron a score above 0 is class 1.

    Args:
        kind: of the learner.
        weights: int32, its logical weights.
        moments: int64 (classes,), see `moments_of`.
        scores: int64 (classes,), room to work in; as long as there are classes.
        features: uint16 (n,), the words of a sample, or int16 (dimensions,), a vector.
    """
    predict_of = _predict_vector if features.dtype == np.int16 else _predict_words
    return predict_of(kind, weights, moments, scores, features)


def learn(
    kind: int, weights: Any, moments: Any, scores: Any, initial: Any, steps: Any, features: Any, label: int, nth: int
) -> int:
    """What the contract's model does with a contribution: judge it, and learn if the learner wants to.

    Args:
        kind: of the learner.
        weights: int32, changed in place.
        moments: int64 (classes,), changed in place.
        scores: int64 (classes,), room to work in.
        initial: int32, the weights at the start.
        steps: int64 (2,), a perceptron's eta0 and tau.
        features: the sample, as `predict` takes it.
        label: given.
        nth: contributions accepted before this one.

    Returns:
        how many weights their range held back; -1 where nothing was learned.
    """
    learn_from = _learn_from_vector if features.dtype == np.int16 else _learn_from_words
    return learn_from(kind, weights, moments, scores, initial, steps, features, label, nth)


# BY THE TYPE OF SAMPLES


def _predict_words(kind: int, weights: Any, moments: Any, scores: Any, features: Any) -> tuple[int, int]:
    if kind == PERCEPTRON:
        value = sparse_perceptron.score(weights, features)
        return predicted_label(value), value
    num_words = len(weights) // len(scores) - 1
    if kind == NAIVE_BAYES:
        naive_bayes.score(weights, moments, num_words, features, scores)
    else:
        sparse_nearest_centroid.score(weights, moments, num_words, features, scores)
    return decide(scores)


def _predict_vector(kind: int, weights: Any, moments: Any, scores: Any, features: Any) -> tuple[int, int]:
    if kind == DENSE_PERCEPTRON:
        value = dense_perceptron.score(weights, features, SCALE)
        return predicted_label(value), value
    return dense_nearest_centroid.nearest(weights, features, len(scores))


def _learn_from_words(
    kind: int, weights: Any, moments: Any, scores: Any, initial: Any, steps: Any, features: Any, label: int, nth: int
) -> int:
    num_words = len(weights) // len(scores) - 1
    if kind == NAIVE_BAYES:
        naive_bayes.learn(weights, moments, num_words, features, label)
        return 0
    if kind == NEAREST_CENTROID:
        sparse_nearest_centroid.learn(weights, moments, num_words, features, label)
        return 0
    if predicted_label(sparse_perceptron.score(weights, features)) == label:
        return -1
    step = step_rounded_down(steps[0], steps[1], nth)
    return sparse_perceptron.learn(weights, initial, features, label, step)


def _learn_from_vector(
    kind: int, weights: Any, moments: Any, scores: Any, initial: Any, steps: Any, features: Any, label: int, nth: int
) -> int:
    if kind == DENSE_NEAREST_CENTROID:
        dense_nearest_centroid.learn(weights, features, label, len(scores))
        return 0
    if predicted_label(dense_perceptron.score(weights, features, SCALE)) == label:
        return -1
    step = step_rounded_down(steps[0], steps[1], nth)
    return dense_perceptron.learn(weights, initial, features, SCALE, step if label == 1 else -step)


@overload(predict, strict=False)
def _compiled_predict(kind: Any, weights: Any, moments: Any, scores: Any, features: Any) -> Any:
    return _predict_vector if features.dtype == types.int16 else _predict_words


@overload(learn, strict=False)
def _compiled_learn(
    kind: Any, weights: Any, moments: Any, scores: Any, initial: Any, steps: Any, features: Any, label: Any, nth: Any
) -> Any:
    return _learn_from_vector if features.dtype == types.int16 else _learn_from_words
