"""The features of the published experiments (Ding & Hu, arXiv 2209.05017): 25,000 + 25,000 IMDB reviews in Keras order.

They come from the official archive, encoded here, or from a file of ready features that equals it up to the order of
equally frequent words:

    {train,test}_indptr   int64 (n + 1,)
    {train,test}_indices  uint16, Keras indices below 10,000, ascending within a review
    {train,test}_labels   uint8 (n,)
"""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from earnest.core.encoders.vocabulary import VocabularyEncoder
from earnest.core.errors import DatasetError
from earnest.data import imdb_archive, keras_npz
from earnest.data.cache import ArrayCache, Arrays, Key
from earnest.data.features import Features, encode, fewer_words, from_arrays, to_arrays

#: Indices in a file of ready features run below it.
READY_NUM_WORDS = 10_000
#: Changes whenever the encoder or the arrays' layout does, so that older cache files are not read.
_VERSION = 1


@dataclass(frozen=True)
class PaperArrays:
    """Presence features and labels.

    Attributes:
        num_words: indices run below it.
        X_train: uint8 presence matrix of shape (n_train, num_words), indices sorted.
        y_train: uint8 labels of shape (n_train,).
        X_test: uint8 presence matrix of shape (n_test, num_words), indices sorted.
        y_test: uint8 labels of shape (n_test,).
        sha256: hex digest of the file that they come from.
    """

    num_words: int
    X_train: csr_array
    y_train: NDArray[np.uint8]
    X_test: csr_array
    y_test: NDArray[np.uint8]
    sha256: str


def load(path: Path, num_words: int, cache: ArrayCache | None = None) -> PaperArrays:
    """Read the features.

    Args:
        path: the official archive, or a file of ready features, whose name ends in `.npz`.
        num_words: indices run below it; at most 10,000 from ready features.
        cache: where features are kept once they are made; None makes them anew.

    Raises:
        DatasetError: the file is missing, damaged or without enough words; or the cache cannot be written.
        EncoderInvalid: `num_words` is out of range.
    """
    sha256 = checksum(path)
    arrays = _arrays(path, num_words, cache, sha256)
    train, test = from_arrays(arrays)
    return PaperArrays(
        num_words, _matrix(train, num_words), train.labels, _matrix(test, num_words), test.labels, sha256
    )


def load_features(path: Path, num_words: int, cache: ArrayCache) -> tuple[Features, Features]:
    """The same on flat arrays, mapped from the cache; also from Keras' own `imdb.npz`.

    Raises:
        DatasetError: the file is missing, damaged or without enough words; or the cache cannot be written.
        EncoderInvalid: `num_words` is out of range.
    """
    # one file of many words serves every smaller vocabulary too
    words = max(num_words, READY_NUM_WORDS)
    sha256 = checksum(path)
    if keras_npz.holds(path):
        key: Key = {"data": sha256, "kind": "keras", "num_words": words, "version": _VERSION}
        return from_arrays(cache.get_or_make(key, lambda: to_arrays(*keras_npz.load(path, words))))
    return from_arrays(_arrays(path, words, cache, sha256))


def made_features(path: Path, num_words: int) -> tuple[Features, Features]:
    """The same, made anew.

    Raises:
        DatasetError: the file is missing, damaged or without enough words.
        EncoderInvalid: `num_words` is out of range.
    """
    if keras_npz.holds(path):
        return keras_npz.load(path, num_words)
    return from_arrays(_arrays(path, num_words, None, checksum(path)))


def checksum(path: Path) -> str:
    """Hex digest of the data file.

    Raises:
        DatasetError: it is missing.
    """
    if not path.is_file():
        raise DatasetError(f"There is no data file at {path}: set EARNEST_IMDB_ARCHIVE to where aclImdb_v1.tar.gz is.")
    return imdb_archive.sha256_of(path)


def _arrays(path: Path, num_words: int, cache: ArrayCache | None, sha256: str) -> Arrays:
    # refuses a number that is out of range before the work, not after it
    VocabularyEncoder((), num_words)

    def make() -> Arrays:
        return _from_ready(path, num_words) if path.suffix == ".npz" else _from_archive(path, num_words)

    key: Key = {"data": sha256, "kind": "paper", "num_words": num_words, "version": _VERSION}
    return make() if cache is None else cache.get_or_make(key, make)


def _matrix(part: Features, num_words: int) -> csr_array:
    matrix = part.matrix(num_words)
    matrix.has_sorted_indices = True
    return matrix


def _from_archive(path: Path, num_words: int) -> Arrays:
    train, test = imdb_archive.load(path)
    encoder = VocabularyEncoder.fit(train.texts, num_words)
    return to_arrays(encode(encoder, train.texts, train.labels), encode(encoder, test.texts, test.labels))


def _from_ready(path: Path, num_words: int) -> Arrays:
    if num_words > READY_NUM_WORDS:
        raise DatasetError(
            f"The ready features {path} hold {READY_NUM_WORDS} words, not {num_words}: use the official archive."
        )
    arrays: Arrays = {}
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            for part in ("train", "test"):
                indptr, indices, labels = (stored[f"{part}_{name}"] for name in ("indptr", "indices", "labels"))
                _require_whole(indptr, indices, labels)
                indptr, indices = fewer_words(indptr.astype(np.int64), indices.astype(np.uint16), num_words)
                arrays[f"{part}_indptr"] = indptr
                arrays[f"{part}_indices"] = indices
                arrays[f"{part}_labels"] = labels.astype(np.uint8)
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise DatasetError(f"The ready features {path} are damaged ({error}): get them again.") from None
    return arrays


def _require_whole(indptr: NDArray[Any], indices: NDArray[Any], labels: NDArray[Any]) -> None:
    if len(indptr) != len(labels) + 1 or indptr[0] != 0 or indptr[-1] != len(indices) or (np.diff(indptr) < 1).any():
        raise ValueError("the arrays' lengths do not fit together")
    if int(indices.max()) >= READY_NUM_WORDS or not np.isin(labels, (0, 1)).all():
        raise ValueError("an index or a label is out of range")
    within = np.ones(len(indices), dtype=bool)
    within[indptr[:-1]] = False
    if (np.diff(indices.astype(np.int64), prepend=0)[within] <= 0).any():
        raise ValueError("a review's indices do not ascend")
