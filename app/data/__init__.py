"""Labelled texts and features: loaders that say what is wrong with a file, splits, and a cache.

Each loader is a module with a `load` (or `make`). Texts: `imdb_archive`, `movie_reviews`, `spam_assassin`, `csv_file`,
`parquet_file`, `made_up_reviews`. Features: `paper` (the published experiments'), `keras_npz`, `zipf` (made up, of any
size). Dense tables: `sklearn_tables`. The data sets that people choose by name are recipes in `sets`; `registry` knows
all, guests' included.
"""

from earnest.data.cache import ArrayCache
from earnest.data.dataset import Dataset, Split, split

__all__ = ["ArrayCache", "Dataset", "Split", "split"]
