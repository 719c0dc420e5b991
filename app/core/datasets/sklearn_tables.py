"""scikit-learn's bundled tables, for learners of dense features."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn import datasets

from app.core.errors import DatasetError


class Table(NamedTuple):
    """A table of numbers with classes.

    Attributes:
        id: what it is called.
        X: float64 (n, features).
        y: uint16 (n,), class of each row.
        features: name of each column.
        classes: name of each class.
    """

    id: str
    X: NDArray[np.float64]
    y: NDArray[np.uint16]
    features: tuple[str, ...]
    classes: tuple[str, ...]


_LOADERS = {
    "breast-cancer": datasets.load_breast_cancer,
    "digits": datasets.load_digits,
    "iris": datasets.load_iris,
    "wine": datasets.load_wine,
}
NAMES = tuple(_LOADERS)


def load(name: str) -> Table:
    """Read a table that comes with scikit-learn; nothing is downloaded.

    Raises:
        DatasetError: there is none of that name.
    """
    if name not in _LOADERS:
        raise DatasetError(f"There is no table {name!r}; name one of {', '.join(NAMES)}.")
    read = _LOADERS[name]()
    return Table(
        name,
        np.ascontiguousarray(read.data, dtype=np.float64),
        read.target.astype(np.uint16),
        tuple(str(feature) for feature in read.feature_names),
        tuple(str(label) for label in read.target_names),
    )
