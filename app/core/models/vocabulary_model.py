"""What learners on words share: samples in the format `vocabulary-uint16/1`."""

from abc import ABC
from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from earnest.core.errors import SampleInvalid
from earnest.core.models.formats.words import Sample, as_sample, pack_sample, validate_sample
from earnest.core.models.model import Learner


class VocabularyLearner(Learner, ABC):
    """A learner whose samples are the ascending indices, below `num_words`, of the words that are present."""

    SAMPLE_FORMAT: ClassVar[str] = "vocabulary-uint16/1"
    num_words: int

    def sample_from_bytes(self, packed: bytes) -> Sample:
        """The sample that these bytes are; O(features)."""
        return as_sample(packed, self.num_words)

    def sample_to_bytes(self, sample: NDArray[Any]) -> bytes:
        """Two bytes for each index, big-endian."""
        return pack_sample(sample)

    def sample_from_features(self, features: Iterable[int]) -> Sample:
        """The sample of these indices, checked."""
        return validate_sample(features, self.num_words)

    def samples(self, X: Any) -> list[NDArray[Any]]:
        """The rows of a presence matrix of shape (n, num_words) as samples."""
        rows = self._presence(X)
        return [rows.indices[start:end] for start, end in zip(rows.indptr[:-1], rows.indptr[1:], strict=True)]

    def _presence(self, X: Any) -> csr_array:
        rows = csr_array(X, copy=True)
        if rows.shape[1] != self.num_words:
            raise SampleInvalid(
                f"The samples have {rows.shape[1]} columns and the model {self.num_words} words.", "SampleLengthInvalid"
            )
        rows.eliminate_zeros()
        rows.sort_indices()
        rows.data = np.ones(rows.nnz, dtype=np.int64)
        return rows
