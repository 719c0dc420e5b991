"""Learners by model id. Adding one means adding its contract, its twin and a name here."""

from collections.abc import Iterable

from app.core.learning.dense_learner import DenseLearner
from app.core.learning.dense_nearest_centroid import DenseNearestCentroid
from app.core.learning.dense_perceptron import DensePerceptron
from app.core.learning.learner import Learner
from app.core.learning.naive_bayes import NaiveBayes
from app.core.learning.sparse_nearest_centroid import SparseNearestCentroid
from app.core.learning.sparse_perceptron import SparsePerceptron
from app.core.learning.vocabulary_learner import VocabularyLearner

LEARNERS: dict[str, type[Learner]] = {
    learner.MODEL_ID: learner
    for learner in (SparsePerceptron, NaiveBayes, SparseNearestCentroid, DensePerceptron, DenseNearestCentroid)
}


def learner_of(model_id: str, parameters: Iterable[int]) -> Learner:
    """A learner without weights, by what `modelId()` and `modelParameters()` answer.

    Raises:
        KeyError: there is no such learner.
    """
    return LEARNERS[model_id](*parameters)


#: Learners on the words of an encoder, by their name without the version.
VOCABULARY_LEARNERS: dict[str, type[Learner]] = {
    model_id.partition("/")[0]: learner
    for model_id, learner in LEARNERS.items()
    if issubclass(learner, VocabularyLearner)
}

#: Learners on the numbers of a table, by their name without the version.
DENSE_LEARNERS: dict[str, type[Learner]] = {
    model_id.partition("/")[0]: learner for model_id, learner in LEARNERS.items() if issubclass(learner, DenseLearner)
}
