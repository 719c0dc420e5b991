"""Short made-up reviews, which nothing has to be installed or downloaded for."""

import hashlib
from functools import cache

from earnest.data import made_up_reviews
from earnest.data.dataset import Dataset
from earnest.data.recipe import TEXT, DataSet, Loaded, Wanted

SIZE, SEED = 5000, 1


def checksum(_wanted: Wanted) -> str:
    """Of the recipe: the same numbers give the same texts."""
    return hashlib.sha256(f"{made_up_reviews.ID} {made_up_reviews.VERSION} {SIZE} {SEED}".encode()).hexdigest()


def load(_wanted: Wanted) -> Loaded:
    """Draw them, which takes a second, once in a process."""
    return Loaded(_drawn())


@cache
def _drawn() -> Dataset:
    drawn = made_up_reviews.make(SIZE, SEED)
    # whoever gets it shares it
    drawn.labels.setflags(write=False)
    return drawn


DATA_SETS = (
    DataSet(
        made_up_reviews.ID,
        f"{SIZE:,} short made-up texts of two classes, for first steps and tests.",
        "Drawn by this program; no rights reserved.",
        TEXT,
        checksum,
        load,
        class_names=made_up_reviews.CLASSES,
    ),
)
