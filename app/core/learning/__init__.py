"""Text to sample to prediction: the encoder, the integer learner that contracts and engines share, and its start.

`training` is not imported here: it pulls in all of scikit-learn's linear models.
"""

from app.core.learning.encoder import VocabularyEncoder
from app.core.learning.evaluation import count_correct
from app.core.learning.keccak import keccak256
from app.core.learning.samples import MAX_FEATURES, MAX_WORDS, Sample, pack_sample, unpack_sample, validate_sample
from app.core.learning.sparse_perceptron import SparsePerceptron, pack_initial_weights

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
