"""Features of a data set on flat arrays, as they are cached and mapped: words that are present, or vectors."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from earnest.core.encoders.encoder import Encoder
from earnest.core.encoders.vocabulary import OUT_OF_VOCABULARY
from earnest.core.models.formats.words import MAX_WORDS
from earnest.data.cache import Arrays


class Features(NamedTuple):
    """Labelled samples.

    Attributes:
        indptr: int64 (n + 1,), where each sample's indices start.
        indices: uint16, word indices, ascending within a sample; or int16, the numbers of vectors.
        labels: uint8 (n,).
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.uint16] | NDArray[np.int16]
    labels: NDArray[np.uint8]

    def matrix(self, num_words: int) -> csr_array:
        """Presence matrix of shape (n, num_words), uint8."""
        return csr_array(
            (np.ones(len(self.indices), dtype=np.uint8), self.indices.astype(np.int32), self.indptr),
            shape=(len(self.labels), num_words),
        )

    def vectors(self) -> NDArray[np.int16]:
        """Vectors of shape (n, dimensions)."""
        return self.indices.reshape(len(self.labels), -1).astype(np.int16, copy=False)

    def first(self, size: int) -> "Features":
        """The first samples, without copying what they hold."""
        return Features(self.indptr[: size + 1], self.indices[: self.indptr[size]], self.labels[:size])

    def after(self, size: int) -> "Features":
        """The samples after the first ones, without copying what they hold."""
        start = self.indptr[size]
        return Features(self.indptr[size:] - start, self.indices[start:], self.labels[size:])

    def take(self, rows: NDArray[np.int64]) -> "Features":
        """The samples of these rows, in this order."""
        lengths = np.diff(self.indptr)[rows]
        indptr = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        # the place of each index: where its sample starts, and how far into the sample it is
        places = np.repeat(self.indptr[:-1][rows] - indptr[:-1], lengths) + np.arange(indptr[-1])
        return Features(indptr, self.indices[places], self.labels[rows])

    def with_fewer_words(self, num_words: int) -> "Features":
        """What the same encoder with fewer words gives."""
        indptr, indices = fewer_words(self.indptr, self.indices, num_words)
        return Features(indptr, indices, self.labels)


def encode(encoder: Encoder, texts: Sequence[str], labels: NDArray[np.uint8]) -> Features:
    """The features of texts."""
    X = encoder.encode_many(texts)
    return Features(X.indptr.astype(np.int64), X.indices.astype(np.uint16), labels)


def of_vectors(vectors: NDArray[np.int16], labels: NDArray[np.uint8]) -> Features:
    """Vectors of shape (n, dimensions) on flat arrays."""
    return Features(np.arange(len(labels) + 1, dtype=np.int64) * vectors.shape[1], vectors.reshape(-1), labels)


def to_arrays(train: Features, test: Features) -> Arrays:
    """Both parts by the names that a file of ready features has."""
    named = {"train": train, "test": test}
    return {f"{part}_{name}": array for part in named for name, array in named[part]._asdict().items()}


def from_arrays(arrays: Arrays) -> tuple[Features, Features]:
    """Training and test part of such arrays."""
    train, test = (Features(*(arrays[f"{part}_{name}"] for name in Features._fields)) for part in ("train", "test"))
    return train, test


def fewer_words(
    indptr: NDArray[np.int64], indices: NDArray[np.uint16] | NDArray[np.int16], num_words: int
) -> tuple[NDArray[np.int64], NDArray[np.uint16]]:
    """What the same encoder with fewer words gives: indices from `num_words` on become one index 2.

    Args:
        indptr: shape (n + 1,), where each sample's indices start.
        indices: ascending within each sample.
        num_words: from 3 on.

    Returns:
        new `indptr` and `indices`.
    """
    n = len(indptr) - 1
    rows = np.repeat(np.arange(n, dtype=np.int64), np.diff(indptr))
    mapped = np.where(indices < num_words, indices, OUT_OF_VOCABULARY).astype(np.int64)
    # (sample, index) as one number each; a stable sort is fast on what is nearly in order
    pairs = np.sort(rows * MAX_WORDS + mapped, kind="stable")
    pairs = pairs[np.diff(pairs, prepend=-1) > 0]
    counts = np.bincount(pairs // MAX_WORDS, minlength=n)
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64), (pairs % MAX_WORDS).astype(np.uint16)
