"""Learners by model id. Adding one means adding its contract, its twin and a name here."""

from collections.abc import Iterable

from earnest.core.models.dense_model import DenseLearner
from earnest.core.models.dense_nearest_centroid import DenseNearestCentroid
from earnest.core.models.dense_perceptron import DensePerceptron
from earnest.core.models.model import Learner
from earnest.core.models.naive_bayes import NaiveBayes
from earnest.core.models.sparse_nearest_centroid import SparseNearestCentroid
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.core.models.vocabulary_model import VocabularyLearner

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
