"""scikit-learn's bundled tables of numbers."""

from functools import partial

import numpy as np

from earnest.data import sklearn_tables
from earnest.data.recipe import NUMBERS, DataSet, Loaded, Wanted
from earnest.data.table import NumberTable, Rows


def checksum(name: str, wanted: Wanted) -> str:
    """Of all numbers and labels."""
    return _table(name).rows.sha256()


def load(name: str, wanted: Wanted) -> Loaded:
    """Read a table; nothing is downloaded."""
    return Loaded(_table(name))


def _table(name: str) -> NumberTable:
    read = sklearn_tables.load(name)
    return NumberTable(read.features, Rows(read.X, read.y.astype(np.int64)), read.classes, name)


_WORDS = {
    "breast-cancer": ("30 measures of 569 cell nuclei, malignant or benign.", 2, "Wolberg, Street & Mangasarian 1995"),
    "digits": ("1,797 handwritten digits of 8 x 8 pixels.", 10, "Alpaydin & Kaynak 1998"),
    "iris": ("4 measures of 150 irises of three kinds.", 3, "Fisher 1936"),
    "wine": ("13 measures of 178 wines of three growers.", 3, "Aeberhard & Forina 1991"),
}

DATA_SETS = tuple(
    DataSet(
        name,
        words,
        f"{source}, UCI Machine Learning Repository (CC BY 4.0), bundled with scikit-learn.",
        NUMBERS,
        partial(checksum, name),
        partial(load, name),
        classes=classes,
    )
    for name, (words, classes, source) in _WORDS.items()
)
