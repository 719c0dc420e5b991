"""Data sets from other people's files: Keras' imdb.npz, SpamAssassin's messages, scikit-learn's tables."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from earnest.core.errors import DatasetError
from earnest.data import ArrayCache, keras_npz, paper, sklearn_tables, spam_assassin

# KERAS


def keras_file(path, **changes):
    """A file as Keras keeps it: lists of ranks as objects, which numpy pickles."""
    rng = np.random.default_rng(1)
    arrays = {}
    for part in ("train", "test"):
        rows = [rng.integers(1, 400, rng.integers(3, 9)).tolist() for _ in range(40)]
        ranks = np.empty(len(rows), dtype=object)
        ranks[:] = rows
        arrays |= {f"x_{part}": ranks, f"y_{part}": np.arange(40) % 2}
    np.savez(path, **(arrays | changes))
    return path


def as_keras_loads(path, num_words):
    """`keras.datasets.imdb.load_data` in a few lines."""
    with np.load(path, allow_pickle=True) as file:
        arrays = {name: file[name] for name in file.files}
    stream = np.random.RandomState(113)
    for part in ("train", "test"):
        order = np.arange(len(arrays[f"x_{part}"]))
        stream.shuffle(order)
        rows = [[1] + [rank + 3 for rank in arrays[f"x_{part}"][row]] for row in order]
        yield [[index if index < num_words else 2 for index in row] for row in rows], arrays[f"y_{part}"][order]


@pytest.mark.parametrize("num_words", [50, 1000])
def test_keras_file_gives_what_keras_gives(tmp_path, num_words):
    path = keras_file(tmp_path / "imdb.npz")
    assert keras_npz.holds(path)
    for ours, (rows, labels) in zip(keras_npz.load(path, num_words), as_keras_loads(path, num_words), strict=True):
        assert [ours.indices[a:b].tolist() for a, b in zip(ours.indptr, ours.indptr[1:], strict=False)] == [
            sorted(set(row)) for row in rows
        ]
        assert ours.labels.tolist() == labels.tolist()


def test_keras_file_is_read_in_place_of_the_archive_and_cached(tmp_path):
    path, cache = keras_file(tmp_path / "imdb.npz"), ArrayCache(tmp_path / "cache")
    train, _ = paper.load_features(path, 1000, cache)
    assert len(train.labels) == 40
    again, _ = paper.load_features(path, 1000, cache)
    assert again.indices.tolist() == train.indices.tolist()


class Attack:
    def __reduce__(self):
        return (Path.touch, (Path("/nowhere/attacked"),))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"y_test": np.arange(3) % 2}, "do not fit together"),
        ({"y_test": np.full(40, 2)}, "do not fit together"),
        ({"x_test": np.array([[0]] * 40, dtype=object)[:, :]}, "rank is below 1"),
        ({"x_test": np.array([Attack()] * 40, dtype=object)}, r"not imdb\.npz"),
        ({"x_test": np.arange(40)}, "damaged"),
    ],
)
def test_keras_file_that_is_unfit_is_refused_and_runs_nothing(tmp_path, changes, sentence):
    with pytest.raises(DatasetError, match=sentence):
        keras_npz.load(keras_file(tmp_path / "imdb.npz", **changes), 1000)


def test_keras_file_that_is_cut_is_no_keras_file(tmp_path):
    path = keras_file(tmp_path / "imdb.npz")
    path.write_bytes(path.read_bytes()[:500])
    assert not keras_npz.holds(path)
    with pytest.raises(DatasetError, match="damaged"):
        keras_npz.load(path, 1000)


def test_keras_unpickler_knows_numpys_arrays_only():
    assert pickle.loads(pickle.dumps(np.arange(3))).tolist() == [0, 1, 2]
    assert all(module.split(".")[0] == "numpy" for module, _ in keras_npz._ALLOWED)


# SPAMASSASSIN


def corpus(folder):
    for group in spam_assassin.GROUPS:
        (folder / group).mkdir(parents=True)
        for number in (2, 1):
            head = f"Received: secret\nSUBJECT: {group}\n  number {number}\nTo: me\n"
            (folder / group / f"0000{number}.txt").write_bytes(
                f"{head}\nbody {number} \xe9\n\nmore\n".encode("latin-1")
            )
    return folder


@pytest.mark.parametrize("given", ["package", "package/data"])
def test_messages_are_subject_and_body_in_order_of_group_and_name(tmp_path, given):
    corpus(tmp_path / "package" / "data")
    dataset = spam_assassin.load(tmp_path / given)
    assert dataset.labels.tolist() == [0] * 6 + [1] * 4
    assert dataset.texts[0] == "easy-ham-1\n  number 1\nbody 1 \xe9\n\nmore\n"
    assert dataset.classes == ("ham", "spam")
    assert not any("secret" in text for text in dataset.texts)


def test_corpus_without_a_group_is_refused(tmp_path):
    corpus(tmp_path / "data")
    for file in (tmp_path / "data" / "spam-2").iterdir():
        file.unlink()
    with pytest.raises(DatasetError, match=r"no messages in .*spam-2"):
        spam_assassin.load(tmp_path)


def test_message_of_impossible_length_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(spam_assassin, "MAX_MESSAGE", 10)
    with pytest.raises(DatasetError, match="more than 10 bytes"):
        spam_assassin.load(corpus(tmp_path))


# TABLES


@pytest.mark.parametrize("name", sklearn_tables.NAMES)
def test_bundled_table_has_numbers_and_classes(name):
    read = sklearn_tables.load(name)
    assert read.X.dtype == np.float64
    assert read.X.shape == (len(read.y), len(read.features))
    assert set(read.y.tolist()) == set(range(len(read.classes)))
    assert (len(read.classes) == 2) == (name in sklearn_tables.OF_TWO_CLASSES)


def test_unknown_table_is_refused_with_the_known_ones():
    with pytest.raises(DatasetError, match="name one of breast-cancer"):
        sklearn_tables.load("titanic")
