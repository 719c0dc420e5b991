"""Labelled texts and features: loaders that say what is wrong with a file, splits, and a cache.

Each loader is a module with a `load` (or `make`): `imdb_archive`, `movie_reviews`, `csv_file`, `synthetic`; `paper`
gives the published experiments' features.
"""

from app.core.datasets.cache import ArrayCache
from app.core.datasets.dataset import Dataset, Split, split

__all__ = ["ArrayCache", "Dataset", "Split", "split"]
