"""The cache: never half a file, never a damaged one, never silence about a full disk."""

import errno
import os

import numpy as np
import pytest

from earnest.core.errors import DatasetError
from earnest.data.cache import ArrayCache

KEY = {"data": "0" * 64, "num_words": 1000}
ARRAYS = {"indptr": np.array([0, 2, 3]), "indices": np.array([1, 5, 1], dtype=np.uint16)}


class Maker:
    def __init__(self):
        self.calls = 0

    def __call__(self):
        self.calls += 1
        return dict(ARRAYS)


def same(arrays):
    return set(arrays) == set(ARRAYS) and all(
        arrays[name].dtype == ARRAYS[name].dtype and arrays[name].tolist() == ARRAYS[name].tolist() for name in ARRAYS
    )


def test_full_disk_is_told_and_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DatasetError, match="No space left on device"):
        ArrayCache(tmp_path).get_or_make(KEY, Maker())
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DatasetError, match="cannot be written"):
        ArrayCache(tmp_path / "file" / "cache").get_or_make(KEY, Maker())


@pytest.mark.parametrize("position", [0, 31, 32, 100, -1])
def test_damaged_file_is_made_again(tmp_path, position):
    cache, maker = ArrayCache(tmp_path), Maker()
    cache.get_or_make(KEY, maker)
    whole = cache.path(KEY).read_bytes()
    damaged = bytearray(whole)
    damaged[position] ^= 1
    cache.path(KEY).write_bytes(damaged)
    assert same(cache.get_or_make(KEY, maker))
    assert maker.calls == 2
    assert cache.path(KEY).stat().st_size == len(whole)
    assert same(cache.get_or_make(KEY, maker))
    assert maker.calls == 2


@pytest.mark.parametrize("length", [0, 10, 32, 200])
def test_truncated_file_is_made_again(tmp_path, length):
    cache, maker = ArrayCache(tmp_path), Maker()
    cache.get_or_make(KEY, maker)
    cache.path(KEY).write_bytes(cache.path(KEY).read_bytes()[:length])
    assert same(cache.get_or_make(KEY, maker))
    assert maker.calls == 2


def test_arrays_are_made_once_and_come_back_as_they_were(tmp_path):
    cache, maker = ArrayCache(tmp_path / "new" / "folder"), Maker()
    assert same(cache.get_or_make(KEY, maker))
    assert same(cache.get_or_make(KEY, maker))
    assert maker.calls == 1
    assert [path.name for path in cache.folder.iterdir()] == [cache.path(KEY).name]


def test_every_part_of_the_key_makes_another_file(tmp_path):
    cache = ArrayCache(tmp_path)
    keys = [KEY, {**KEY, "num_words": 500}, {**KEY, "data": "1" * 64}, {**KEY, "version": 2}]
    assert len({cache.path(key) for key in keys}) == len(keys)
    assert cache.path(dict(reversed(KEY.items()))) == cache.path(KEY)
