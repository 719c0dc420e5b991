"""Whitening: vectors turned so that the initial ones vary alike, and independently, in every direction.

What decides by distances, such as a nearest centroid, otherwise hears the loudest direction alone. The price is that
quiet directions, and the noise in them, count as much: class means may come to lie nearer to each other, so that fewer
crafted samples move one onto another. `nearest_means` tells how near.
"""

import numpy as np
from numpy.typing import NDArray

#: Part of the mean variance that is added to each direction's, so that what the initial rows hardly show is not blown
#: up; measured on film reviews and on tables: less or none is no better, three times as much is worse.
RIDGE = 0.1
#: Where the class means lie nearer to each other for it.
WARNING = (
    "Here whitening makes poison worse: the class means come nearer to each other, so that fewer crafted samples turn "
    "the model. Weigh that against the accuracy, or choose an encoder that does not whiten."
)
#: Farthest that two vectors of length 1 are apart.
_OPPOSITE = 2.0


def whitening(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The symmetric matrix by which centred rows become white; the one that changes them least.

    Args:
        rows: of shape (n, columns), each column of mean 0.
    """
    covariance = rows.T @ rows / len(rows)
    mean = float(np.trace(covariance)) / len(covariance)
    values, directions = np.linalg.eigh(covariance)
    # without any spread there is nothing to make alike
    scales = 1 / np.sqrt(np.maximum((1 - RIDGE) * values + RIDGE * mean, 0)) if mean > 0 else np.ones(len(values))
    found: NDArray[np.float64] = (directions * scales) @ directions.T
    return found


def nearest_means(vectors: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """How far the two nearest class means are apart; O(samples * dimensions).

    Args:
        vectors: of shape (n, dimensions), of length 1.
        labels: of shape (n,), of two classes at least.
    """
    means = np.array([vectors[labels == label].mean(axis=0) for label in np.unique(labels)])
    apart = np.linalg.norm(means[:, None] - means[None], axis=2)
    return float(apart[np.triu_indices(len(means), 1)].min())


def explained(white: float, plain: float) -> tuple[str, ...]:
    """What whitening did to the class means of the initial samples, in sentences for whoever owns the pool.

    Args:
        white: `nearest_means` of the vectors.
        plain: the same without whitening.
    """
    found = (
        f"The two nearest class means lie {white:.2f} apart, and {plain:.2f} without whitening: of a class's samples, "
        f"{share_to_meet(white):.1%} at least have to be crafted to move its mean onto another, and "
        f"{share_to_meet(plain):.1%} without."
    )
    return (found, WARNING) if white < plain else (found,)


def share_to_meet(apart: float) -> float:
    """Least part of a class's samples, all of length 1, that moves its mean by a distance."""
    return apart / _OPPOSITE
