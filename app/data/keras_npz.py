"""The file `imdb.npz` that `keras.datasets.imdb` keeps: word ranks of 25,000 + 25,000 reviews.

Its reviews are lists of Python integers in arrays of objects, which only a pickle can hold; it is read by an unpickler
that knows numpy's arrays and nothing else, so that a file from elsewhere can run no code.
"""

import io
import pickle
import zipfile
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from earnest.core.encoders.vocabulary import INDEX_FROM, OUT_OF_VOCABULARY, START
from earnest.core.errors import DatasetError
from earnest.core.models.formats.words import MAX_WORDS
from earnest.data.features import Features
from earnest.data.imdb_archive import KERAS_SEED

_PARTS = ("train", "test")
#: What a pickled array of lists of integers needs, under numpy's older and newer module names.
_ALLOWED = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it holds {module}.{name}")
        return super().find_class(module, name)


def holds(path: Path) -> bool:
    """Whether a file looks like Keras' own; O(1)."""
    try:
        with zipfile.ZipFile(path) as file:
            return {"x_train.npy", "y_train.npy", "x_test.npy", "y_test.npy"} <= set(file.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def load(path: Path, num_words: int) -> tuple[Features, Features]:
    """Read training and test reviews in Keras' order, as presence features.

    Args:
        path: `imdb.npz`.
        num_words: indices run below it.

    Raises:
        DatasetError: missing, damaged, or not this file.
    """
    stream = np.random.RandomState(KERAS_SEED)
    found = []
    try:
        with zipfile.ZipFile(path) as file:
            for part in _PARTS:
                ranks, labels = _array(file, f"x_{part}.npy"), _array(file, f"y_{part}.npy")
                if len(ranks) != len(labels) or len(ranks) == 0 or not np.isin(labels, (0, 1)).all():
                    raise ValueError("reviews and labels do not fit together")
                order = np.arange(len(ranks))
                stream.shuffle(order)
                found.append(_features(ranks, labels.astype(np.uint8), num_words).take(order.astype(np.int64)))
    except (OSError, EOFError, KeyError, ValueError, TypeError, OverflowError, zipfile.BadZipFile) as error:
        raise DatasetError(f"The Keras file {path} is damaged ({error}): get it again.") from None
    except (pickle.UnpicklingError, AttributeError, ImportError, IndexError) as error:
        raise DatasetError(f"The Keras file {path} is not imdb.npz ({error}): get it again.") from None
    return found[0], found[1]


def _array(file: zipfile.ZipFile, name: str) -> NDArray[Any]:
    content = io.BytesIO(file.read(name))
    version = npy.read_magic(content)
    read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read_header(content)
    if not dtype.hasobject:
        content.seek(0)
        return npy.read_array(content, allow_pickle=False)
    loaded = _Unpickler(content).load()
    if not isinstance(loaded, np.ndarray) or loaded.shape != shape:
        raise ValueError(f"{name} is no array of lists")
    return loaded


def _features(ranks: NDArray[Any], labels: NDArray[np.uint8], num_words: int) -> Features:
    """Index = rank + 3; 1 is always present; 2 stands for what is not below `num_words`."""
    lengths = np.array([len(row) for row in ranks], dtype=np.int64)
    flat = np.fromiter(chain.from_iterable(ranks), dtype=np.int64, count=int(lengths.sum()))
    if len(flat) and int(flat.min()) < 1:
        raise ValueError("a word rank is below 1")
    flat += INDEX_FROM
    flat[flat >= num_words] = OUT_OF_VOCABULARY
    rows = np.arange(len(ranks), dtype=np.int64)
    pairs = np.unique(np.concatenate((rows * MAX_WORDS + START, np.repeat(rows, lengths) * MAX_WORDS + flat)))
    counts = np.bincount(pairs // MAX_WORDS, minlength=len(ranks))
    indptr = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    return Features(indptr, (pairs % MAX_WORDS).astype(np.uint16), labels)
