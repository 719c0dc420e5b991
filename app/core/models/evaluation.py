"""How good a model is on samples whose labels are known."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike


def count_correct(model: Any, X: Any, y: ArrayLike) -> tuple[int, int]:
    """Correct predictions and samples.

    Args:
        model: anything with `predict`.
        X: presence matrix of shape (n, num_words).
        y: labels of shape (n,).
    """
    labels = np.asarray(y)
    return int((np.asarray(model.predict(X)) == labels).sum()), len(labels)
