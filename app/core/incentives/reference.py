"""The reference of a pool whose judge is sealed: what its initial samples say of each word, which nobody can move."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from earnest.core.incentives.sealed import LEAST_WEIGHT, MOST_WEIGHT, REFERENCE_SCALE


def gaps_of(X: Any, y: ArrayLike, reference: NDArray[np.int32]) -> NDArray[np.int64]:
    """How far a reference speaks for the label of each sample.

    Args:
        X: presence matrix of shape (n, num_words).
        y: labels of shape (n,), 0 or 1.
        reference: int32 of shape (num_words + 1,), bias last.

    Returns:
        int64 of shape (n,), below 0 where it speaks against the label.
    """
    scores = csr_array(X).astype(np.int64) @ reference[:-1].astype(np.int64) + int(reference[-1])
    return np.where(np.asarray(y) == 1, scores, -scores)


def reference_of(X: Any, y: ArrayLike) -> NDArray[np.int32]:
    """The reference's weights, bias last, as a model between two classes takes them.

    A word's is 1,024 times the mean over all samples of 1 where it is present in one of class 1 and -1 where it is in
    one of class 0; the bias centres the samples' scores. Both rounded, halves to even.

    Args:
        X: presence matrix of shape (n, num_words), n at least 1.
        y: labels of shape (n,), 0 or 1.

    Returns:
        int32 of shape (num_words + 1,), within 16 bits.
    """
    rows = csr_array(X, copy=True)
    rows.data = np.ones(rows.nnz, dtype=np.int64)
    signs = np.where(np.asarray(y) == 1, 1, -1).astype(np.int64)
    words = np.rint(REFERENCE_SCALE * (rows.T @ signs) / rows.shape[0]).astype(np.int64)
    bias = -np.rint((rows @ words).mean()).astype(np.int64)
    reference: NDArray[np.int32] = np.clip(np.append(words, bias), LEAST_WEIGHT, MOST_WEIGHT).astype(np.int32)
    return reference
