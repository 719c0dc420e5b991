"""scikit-learn's bundled tables, for models on vectors."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from earnest.core.errors import DatasetError


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
    "breast-cancer": "load_breast_cancer",
    "digits": "load_digits",
    "iris": "load_iris",
    "wine": "load_wine",
}
NAMES = tuple(_LOADERS)
OF_TWO_CLASSES = ("breast-cancer",)


def load(name: str) -> Table:
    """Read a table that comes with scikit-learn; nothing is downloaded.

    Raises:
        DatasetError: there is none of that name.
    """
    # slow to import, and who only wants the names need not wait for it
    from sklearn import datasets

    if name not in _LOADERS:
        raise DatasetError(f"There is no table {name!r}; name one of {', '.join(NAMES)}.")
    read = getattr(datasets, _LOADERS[name])()
    return Table(
        name,
        np.ascontiguousarray(read.data, dtype=np.float64),
        read.target.astype(np.uint16),
        tuple(str(feature) for feature in read.feature_names),
        tuple(str(label) for label in read.target_names),
    )
