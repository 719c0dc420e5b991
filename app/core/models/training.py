"""The initial model: scikit-learn's perceptron on the operator's samples, rounded to integer steps.

Ding & Hu (arXiv 2209.05017) start their pools from
`SGDClassifier(loss="perceptron", learning_rate="optimal", penalty=None)`. Its next step at hand-over is the unit: the
integer model goes on where the floating-point one stopped, with a constant step of one unit.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from earnest.core.models.sparse_perceptron import SparsePerceptron

#: The published simulator's seed.
RANDOM_STATE = 0xDECA10B


class InitialModel(NamedTuple):
    """The integer model, the classifier that it was made of, and what an integer step is worth in its scale."""

    model: SparsePerceptron
    classifier: Any
    unit: float


def optimal_step(classifier: Any) -> float:
    """The step that `learning_rate="optimal"` takes next: 1 / (alpha * (t0 + t)), with scikit-learn's (Bottou's) t0."""
    typical_weight = np.sqrt(1.0 / np.sqrt(classifier.alpha))
    # the perceptron loss has derivative -1 at a wrong prediction
    t0 = 1.0 / (typical_weight * classifier.alpha)
    return float(1.0 / (classifier.alpha * (t0 + classifier.t_ - 1.0)))


def fit_perceptron(X: NDArray[np.float64], y: ArrayLike) -> Any:
    """The published classifier, fitted.

    Args:
        X: numbers of shape (n, columns), not sparse.
        y: labels of shape (n,).
    """
    # here, since it takes long to import and only a start needs it
    from sklearn.linear_model import SGDClassifier

    classifier = SGDClassifier(
        loss="perceptron", learning_rate="optimal", penalty=None, tol=1e-3, random_state=RANDOM_STATE
    )
    return classifier.fit(X, np.asarray(y))


def train_initial(X: Any, y: ArrayLike, *, unit: float | None = None) -> InitialModel:
    """Fit the published classifier and round it.

    Args:
        X: presence matrix of shape (n, num_words); made dense, since scikit-learn treats the intercept otherwise on
            sparse input.
        y: labels of shape (n,).
        unit: what one integer step is worth; None for the classifier's own next step.

    Raises:
        WeightsOutOfRange: a rounded weight does not fit in int16: take a larger unit.
    """
    classifier = fit_perceptron(csr_array(X).toarray().astype(np.float64), y)
    step = optimal_step(classifier) if unit is None else unit
    return InitialModel(SparsePerceptron.from_sklearn(classifier, step), classifier, step)
