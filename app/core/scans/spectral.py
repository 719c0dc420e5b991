"""Spectral signatures: what lies far out in the one direction in which a class's contributions vary most.

What honest samples vary in anyway (their length, their topics) would be that direction; so columns are measured in the
deviations of the trusted samples, and the directions in which these vary most are taken out first. It flags as many as
it is told to look for, half as many again in each class: its false alarms follow from that, whatever there is.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import diags_array
from scipy.sparse.linalg import LinearOperator, svds

from earnest.core.scans.scan import Found, Scan, Suspects, as_matrix

#: How many times the rate is flagged in each class.
MARGIN = 1.5
#: Directions of the trusted samples that are taken out.
ORDINARY = 20


def outlying(X: Any, trusted: Any) -> NDArray[np.float64]:
    """How far out each sample lies: the square of its part in the first right singular vector, centred.

    Args:
        X: samples of a class, of shape (n, columns).
        trusted: trusted ones of the same class.
    """
    known, n0 = as_matrix(trusted), trusted.shape[0]
    # a column that no trusted sample has is not infinitely far out
    mean = (np.asarray(known.sum(axis=0)).ravel() + 1) / (n0 + 2)
    square = (np.asarray(known.multiply(known).sum(axis=0)).ravel() + 1) / (n0 + 2)
    scale = diags_array(1 / np.sqrt(np.maximum(square - mean**2, 1 / (n0 + 2))))
    rows, ordinary = as_matrix(X) @ scale, as_matrix(known @ scale)
    most = min(ORDINARY, min(ordinary.shape) - 1)
    if min(rows.shape) < 2 or most < 1:
        return np.zeros(X.shape[0])
    usual = _first(ordinary, np.zeros((0, rows.shape[1])), most)
    direction = _first(rows, usual, 1)[0]
    centre = np.asarray(rows.mean(axis=0)).ravel()
    found: NDArray[np.float64] = (rows @ direction - centre @ direction) ** 2
    return found


def _first(rows: Any, without: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """The first right singular vectors of centred rows, other directions taken out; always the same."""
    centre = np.asarray(rows.mean(axis=0)).ravel()

    def rest(v: NDArray[np.float64]) -> NDArray[np.float64]:
        return v - without.T @ (without @ v)

    def forth(v: NDArray[np.float64]) -> NDArray[np.float64]:
        kept = rest(v.ravel())
        return np.asarray(rows @ kept - centre @ kept)

    def back(u: NDArray[np.float64]) -> NDArray[np.float64]:
        return rest(np.asarray(rows.T @ u.ravel() - centre * u.sum()))

    centred = LinearOperator(rows.shape, dtype=np.float64, matvec=forth, rmatvec=back)
    vectors: NDArray[np.float64] = svds(centred, k=count, v0=np.ones(min(rows.shape)))[2]
    return vectors


def _run(given: Suspects) -> Found:
    flagged = np.zeros(len(given.y), dtype=bool)
    for label in np.unique(given.y).tolist():
        rows, known = np.flatnonzero(given.y == label), np.flatnonzero(given.trusted_y == label)
        most = min(len(rows), round(MARGIN * given.rate * len(given.y)))
        if most and len(known):
            scores = outlying(given.X[rows], given.trusted[known])
            flagged[rows[np.argsort(-scores, kind="stable")[:most]]] = True
    return Found(flagged, float(flagged.mean()) if len(flagged) else None)


SCANS = (
    Scan(
        "spectral",
        "What lies far out where a class varies most beyond trusted samples; flags 1.5 times the rate that it is told.",
        "Tran, Li & Madry 2018",
        _run,
        takes_rate=True,
    ),
)
