"""The reference of a pool whose judge is sealed: what its initial samples say of each class, which nobody can move."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earnest.core.incentives.sealed import LEAST_WEIGHT, MOST_WEIGHT, REFERENCE_SCALE
from earnest.core.models.model import Model


def reference_size(model: Model) -> int:
    """Weights of a reference for this model's samples and classes."""
    return _rows(model) * (model.format.width + 1)


def _rows(model: Model) -> int:
    return 1 if model.class_count == 2 else model.class_count


def reference_of(model: Model, X: Any, y: ArrayLike) -> NDArray[np.int32]:
    """The reference's weights, row after row, the bias last in each.

    Between two classes there is one row. A weight is 1,024 times the mean over all samples of what the sample has in
    its place (1 where a word is present, a number over the scale) in one of class 1, and of its opposite in one of
    class 0; the bias centres the samples' scores. Between more there is a row for each class, made alike, with
    -1 / (classes - 1) for samples of the others. All rounded, halves to even.

    Args:
        model: whose samples and classes they are.
        X: matrix of n samples, at least 1, as the model is trained on it.
        y: labels of shape (n,), 0 to one less than the classes.

    Returns:
        int32 of shape (reference_size(model),), within 16 bits.

    Raises:
        SampleInvalid: the matrix has another width.
    """
    numbers, unit = model.format.numbers(X)
    labels, others = np.asarray(y), model.class_count - 1
    of_rows = [1] if others == 1 else range(model.class_count)
    rows = []
    for label in of_rows:
        signs = np.where(labels == label, others, -1).astype(np.int64)
        row = np.rint(REFERENCE_SCALE * (numbers.T @ signs) / (others * numbers.shape[0] * unit)).astype(np.int64)
        bias = -np.rint((numbers @ row).mean() / unit).astype(np.int64)
        rows.append(np.append(row, bias))
    reference: NDArray[np.int32] = np.clip(np.concatenate(rows), LEAST_WEIGHT, MOST_WEIGHT).astype(np.int32)
    return reference


def gaps_of(model: Model, reference: NDArray[np.int32], X: Any, y: ArrayLike) -> NDArray[np.int64]:
    """How far a reference speaks for the labels of samples, of shape (n,); see `models.formats.gaps`.

    Args:
        model: whose reference it is.
        reference: as `reference_of` made it.
        X: matrix of n samples, as the model is trained on it.
        y: labels of shape (n,).

    Raises:
        SampleInvalid: the matrix has another width.
    """
    numbers, unit = model.format.numbers(X)
    labels, rows = np.asarray(y, dtype=np.int64), reference.reshape(_rows(model), -1).astype(np.int64)
    scores: NDArray[np.int64] = numbers @ rows[:, :-1].T + rows[:, -1] * unit
    if len(rows) == 1:
        return np.where(labels == 1, scores[:, 0], -scores[:, 0])
    place, others = np.arange(len(labels)), scores.copy()
    others[place, labels] = np.iinfo(np.int64).min
    gaps: NDArray[np.int64] = scores[place, labels] - others.max(axis=1)
    return gaps
