"""The learners that the engines run: their kernels behind one set of compiled functions.

Compiled code knows a learner by a small number. Adding a learner on words takes a line in `KINDS` and a branch in each
function here.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.compilable import compilable
from app.core.learning import class_counts, naive_bayes, sparse_nearest_centroid, sparse_perceptron
from app.core.learning.class_counts import ClassCounts, decide
from app.core.learning.learner import Learner, Weights
from app.core.learning.registry import VOCABULARY_LEARNERS
from app.core.learning.sparse_perceptron import SparsePerceptron

PERCEPTRON, NAIVE_BAYES, NEAREST_CENTROID = range(3)
#: Classifiers of a scenario, with the number that compiled code knows them by.
KINDS = {
    "sparse-perceptron": PERCEPTRON,
    "naive-bayes": NAIVE_BAYES,
    "sparse-nearest-centroid": NEAREST_CENTROID,
}
#: What compiled code takes from here.
SOURCES = (class_counts, naive_bayes, sparse_nearest_centroid, sparse_perceptron)
#: Classes of a scenario's data.
CLASSES = 2


def trained(classifier: str, X: Any, y: NDArray[np.uint8]) -> Weights:
    """Weights of the model that a pool starts from.

    Args:
        classifier: one of `KINDS`.
        X: presence matrix of shape (n, num_words).
        y: labels of shape (n,).

    Raises:
        RuleViolation: a parameter is out of the contract's range.
        WeightsOutOfRange: the model does not fit the contract.
    """
    return VOCABULARY_LEARNERS[classifier].trained(X, y).weights_.copy()


def learner_of(kind: int, weights: Weights, eta0: int, tau: int) -> Learner:
    """The learner that has these weights; weights of one that counts are the words' counts, then the samples'."""
    if kind == PERCEPTRON:
        return SparsePerceptron.from_weights(weights, eta0=eta0, tau=tau)
    twin = naive_bayes.NaiveBayes if kind == NAIVE_BAYES else sparse_nearest_centroid.SparseNearestCentroid
    return twin.from_counts(weights[:-CLASSES].reshape(CLASSES, -1), weights[-CLASSES:])


def moments_of(kind: int, weights: Weights) -> NDArray[np.int64]:
    """What a learner keeps beside its weights, int64 (2,); zeros where it keeps nothing."""
    learner = learner_of(kind, weights, 1, 0)
    return learner.moments_.copy() if isinstance(learner, ClassCounts) else np.zeros(CLASSES, np.int64)


@compilable
def score(kind: int, weights: Any, moments: Any, scores: Any, features: Any) -> int:
    """Score of a sample; above 0 is class 1.

    Args:
        kind: of the learner.
        weights: int32, its logical weights.
        moments: int64 (2,), see `moments_of`.
        scores: int64 (2,), room to work in.
        features: uint16 (n,), the sample.
    """
    if kind == PERCEPTRON:
        return sparse_perceptron.score(weights, features)
    num_words = len(weights) // CLASSES - 1
    if kind == NAIVE_BAYES:
        naive_bayes.score(weights, moments, num_words, features, scores)
    else:
        sparse_nearest_centroid.score(weights, moments, num_words, features, scores)
    return decide(scores)[1]


@compilable
def count_in(kind: int, weights: Any, moments: Any, features: Any, label: int) -> None:
    """Let a learner that counts, which all but the perceptron do, learn from a sample."""
    num_words = len(weights) // CLASSES - 1
    if kind == NAIVE_BAYES:
        naive_bayes.learn(weights, moments, num_words, features, label)
    else:
        sparse_nearest_centroid.learn(weights, moments, num_words, features, label)


@compilable
def learn(
    kind: int, weights: Any, moments: Any, scores: Any, initial: Any, steps: Any, features: Any, label: int, nth: int
) -> int:
    """What the contract's model does with a contribution: judge it, and learn if the learner wants to.

    Args:
        kind: of the learner.
        weights: int32, changed in place.
        moments: int64 (2,), changed in place.
        scores: int64 (2,), room to work in.
        initial: int32, the weights at the start.
        steps: int64 (2,), the perceptron's eta0 and tau.
        features: uint16 (n,), the sample.
        label: given.
        nth: contributions accepted before this one.

    Returns:
        how many weights their range held back; -1 where nothing was learned.
    """
    if kind != PERCEPTRON:
        count_in(kind, weights, moments, features, label)
        return 0
    if sparse_perceptron.predicted_label(sparse_perceptron.score(weights, features)) == label:
        return -1
    step = sparse_perceptron.step_rounded_down(steps[0], steps[1], nth)
    return sparse_perceptron.learn(weights, initial, features, label, step)
