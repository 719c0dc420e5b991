"""What a margin perceptron on vectors starts from, derived from the initial samples by one function.

Theta: how far on the label's side a score has to be for nothing to be learned, 64 times the square of the integer for
1: what 64 steps of size 1 along a vector of length 1 move its score by, the bias apart.

Step: it starts at 16 units, so that four updates move a sample across the margin, and halves over as many contributions
as there are initial samples, which know as much.

Initial weights: those of a logistic regression on the initial samples, scaled in integers so that the mean square of
their margins is that of three thetas: most of what is already known is then left as it is. Between two classes a
sample's margin is its score, between more what its label's score is above the best other one. No weight is so large
that its change could not bring it back across 0.

What these choices were measured against is in the documentation ("Measured").
"""

from math import isqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earnest.core.errors import RuleViolation
from earnest.core.models.dense_perceptron import MAX_WEIGHT
from earnest.core.models.formats.vectors import DEFAULT_SCALE, Features

#: Theta in squares of the integer for 1.
MARGIN = 64
FIRST_STEP, HALVING = 16, 1000
#: The step halves over no fewer contributions than these, however few the initial samples are.
_SOONEST = 100
#: At the default scale.
THETA = MARGIN * DEFAULT_SCALE**2
#: The initial samples' margins in thetas: the square root of their mean square.
KNOWN = 3
#: Weights of the logistic regression are rounded to this part of one, before they are scaled.
_PARTS = 2**16
#: Inverse strength of its regularisation.
_LEEWAY = 10


class Start(NamedTuple):
    """What a margin perceptron on vectors begins with.

    Attributes:
        weights: int64 (rows, dimensions + 1), bias last in each.
        parameters: by name: the scale, and what follows from it.
    """

    weights: NDArray[np.int64]
    parameters: dict[str, int]


def derive(samples: Features, y: ArrayLike, scale: int) -> Start:
    """All that the initial samples decide.

    Args:
        samples: int16 (n, dimensions).
        y: labels of shape (n,), 0 to one less than the classes, all of which occur.
        scale: the integer for 1.

    Raises:
        RuleViolation: a label in between does not occur, or there is one class only.
    """
    labels = np.asarray(y)
    classes = np.unique(labels)
    if len(classes) < 2 or not np.array_equal(classes, np.arange(len(classes))):
        raise RuleViolation(
            "A margin perceptron on vectors starts from samples of every class, of which there are two at least; "
            f"their labels are {', '.join(map(str, classes[:20].tolist()))}."
        )
    fitted = _logistic_regression(samples / scale, labels)
    # beyond these a weight is no number, or its products leave 64 bits; nothing as steep comes out of a regularised fit
    rows = np.rint(np.clip(fitted, -(2**14), 2**14) * _PARTS).astype(np.int64)
    theta = MARGIN * scale**2
    weights = np.clip(_scaled(rows, samples, labels, scale, KNOWN * theta), 1 - MAX_WEIGHT, MAX_WEIGHT - 1)
    return Start(weights, {"eta0": FIRST_STEP, "tau": max(_SOONEST, len(labels)), "scale": scale, "theta": theta})


def _logistic_regression(X: NDArray[np.float64], labels: NDArray[Any]) -> NDArray[np.float64]:
    """Weights of shape (rows, dimensions + 1), bias last in each; one row for two classes."""
    # here, since it takes long to import and only a start needs it
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=_LEEWAY, max_iter=1000).fit(X, labels)
    return np.hstack([fitted.coef_, fitted.intercept_[:, np.newaxis]])


def _scaled(
    rows: NDArray[np.int64], samples: Features, labels: NDArray[Any], scale: int, size: int
) -> NDArray[np.int64]:
    """Weights under which the mean square of these samples' margins is this size's, rounded to the nearest."""
    scores = samples.astype(np.int64) @ rows[:, :-1].T + rows[:, -1] * scale
    margins = [int(margin) for margin in _margins(scores, labels.astype(np.int64))]
    spread = isqrt(len(margins) * sum(margin**2 for margin in margins))
    if spread == 0:
        return rows
    factor = 2 * size * len(margins)
    return np.array([[(int(one) * factor + spread) // (2 * spread) for one in row] for row in rows], dtype=np.int64)


def _margins(scores: NDArray[np.int64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """How far each sample's label is ahead; of two classes the score, whatever its sign."""
    if scores.shape[1] == 1:
        return scores[:, 0]
    place = np.arange(len(labels))
    others = scores.copy()
    others[place, labels] = np.iinfo(np.int64).min
    ahead: NDArray[np.int64] = scores[place, labels] - others.max(axis=1)
    return ahead
