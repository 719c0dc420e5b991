"""Text to sample to prediction: the encoder, the integer learner that contracts and engines share, and its start.

`training` is not imported here: it pulls in all of scikit-learn's linear models.
"""

from earnest.core.encoders.vocabulary import VocabularyEncoder
from earnest.core.keccak import keccak256
from earnest.core.models.evaluation import count_correct
from earnest.core.models.formats.words import (
    MAX_FEATURES,
    MAX_WORDS,
    Sample,
    pack_sample,
    unpack_sample,
    validate_sample,
)
from earnest.core.models.sparse_perceptron import SparsePerceptron, pack_initial_weights

__all__ = [
    "MAX_FEATURES",
    "MAX_WORDS",
    "Sample",
    "SparsePerceptron",
    "VocabularyEncoder",
    "count_correct",
    "keccak256",
    "pack_initial_weights",
    "pack_sample",
    "unpack_sample",
    "validate_sample",
]
