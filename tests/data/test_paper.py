"""The published experiments' features; on the real archive they equal `keras.datasets.imdb`."""

import itertools
import time
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earnest.core.encoders.vocabulary import VocabularyEncoder, split_words
from earnest.core.errors import DatasetError, EncoderInvalid
from earnest.core.models.training import train_initial
from earnest.data import ArrayCache, paper
from earnest.data import imdb_archive as loader


def ready(path, **changes):
    arrays = {
        name: value
        for part in ("train", "test")
        for name, value in {
            f"{part}_indptr": np.array([0, 3, 5]),
            f"{part}_indices": np.array([1, 4, 9000, 1, 2], dtype=np.uint16),
            f"{part}_labels": np.array([1, 0], dtype=np.uint8),
        }.items()
    }
    np.savez(path, **{**arrays, **changes})
    return path


# REFUSALS


@pytest.mark.parametrize("name", ["aclImdb_v1.tar.gz", "imdb-bow.npz"])
def test_missing_file_says_which_setting_to_change(tmp_path, name):
    with pytest.raises(DatasetError, match="EARNEST_IMDB_ARCHIVE"):
        paper.load(tmp_path / name, 1000)


def test_more_words_than_ready_features_hold_are_refused(tmp_path):
    with pytest.raises(DatasetError, match="official archive"):
        paper.load(ready(tmp_path / "a.npz"), 10_001)


@pytest.mark.parametrize("num_words", [2, 65_537])
@pytest.mark.parametrize("name", ["a.npz", "a.tar.gz"])
def test_number_of_words_beyond_the_encoders_range_is_refused(tmp_path, num_words, name):
    (tmp_path / name).write_bytes(b"never read")
    with pytest.raises(EncoderInvalid, match="num_words"):
        paper.load(tmp_path / name, num_words)


@pytest.mark.parametrize(
    "changes",
    [
        {"train_indptr": np.array([0, 3])},
        {"train_indptr": np.array([0, 3, 4])},
        {"train_indptr": np.array([0, 5, 5])},
        {"test_indptr": np.array([0, -1, 5])},
        {"test_labels": np.array([1, 2], dtype=np.uint8)},
        {"test_indices": np.array([1, 4, 10_000, 1, 2], dtype=np.uint16)},
        {"test_indices": np.array([1, 4, 4, 1, 2], dtype=np.uint16)},
        {"test_indices": np.array([{}, 4, 4, 1, 2], dtype=object)},
    ],
)
def test_ready_features_that_do_not_fit_together_are_refused(tmp_path, changes):
    with pytest.raises(DatasetError, match="damaged"):
        paper.load(ready(tmp_path / "a.npz", **changes), 1000)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"nothing"])
def test_file_that_is_no_npz_is_refused(tmp_path, content):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(DatasetError, match="damaged"):
        paper.load(tmp_path / "a.npz", 1000)


def test_npz_without_the_arrays_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", other=np.zeros(3))
    with pytest.raises(DatasetError, match="damaged"):
        paper.load(tmp_path / "a.npz", 1000)


# SMALL DATA


def test_fewer_words_become_one_index_of_rare_words(tmp_path):
    arrays = paper.load(ready(tmp_path / "a.npz"), 9000)
    assert [arrays.X_train[[row]].indices.tolist() for row in (0, 1)] == [[1, 2, 4], [1, 2]]
    assert arrays.X_train.shape == (2, 9000)


@given(
    st.lists(st.sets(st.integers(0, 50) | st.integers(0, 65_535), min_size=1), min_size=1, max_size=8),
    st.integers(3, 60) | st.integers(3, 65_536),
)
def test_fewer_words_equal_the_definition(rows, num_words):
    indptr = np.cumsum([0, *(len(row) for row in rows)])
    indices = np.concatenate([sorted(row) for row in rows]).astype(np.uint16)
    new_indptr, new_indices = paper.fewer_words(indptr, indices, num_words)
    expected = [sorted({index if index < num_words else 2 for index in row}) for row in rows]
    found = [new_indices[start:end].tolist() for start, end in itertools.pairwise(new_indptr)]
    assert found == expected


# REAL DATA


@pytest.fixture(scope="module")
def reviews(imdb_archive):
    return loader.load(imdb_archive)


def test_archive_has_25000_reviews_a_part_half_of_them_positive(reviews):
    for part in reviews:
        assert (len(part.texts), int(part.labels.sum())) == (25_000, 12_500)


def test_encoder_equals_keras_on_all_50000_reviews_up_to_equally_frequent_words(reviews, ready_features):
    train, test = reviews
    ours = VocabularyEncoder.fit(train.texts, paper.READY_NUM_WORDS)
    counts = Counter(word for text in train.texts for word in split_words(text))
    assert len(ours.words) == 88_582

    with np.load(ready_features) as stored:
        theirs = [word.decode() for word in stored["vocabulary"].tolist()]
        # the same frequency at every rank: the two orders differ among equally frequent words only
        assert [counts[word] for word in theirs] == [counts[word] for word in ours.words[: len(theirs)]]
        ranked = set(theirs)
        relabelled = VocabularyEncoder(
            theirs + [word for word in ours.words if word not in ranked], paper.READY_NUM_WORDS
        )
        for part, dataset in (("train", train), ("test", test)):
            X = relabelled.encode_many(dataset.texts)
            assert np.array_equal(stored[f"{part}_labels"], dataset.labels)
            assert np.array_equal(stored[f"{part}_indptr"], X.indptr)
            assert np.array_equal(stored[f"{part}_indices"], X.indices)


def test_features_from_the_archive_give_the_published_initial_accuracy(imdb_archive, ready_features):
    ours, theirs = paper.load(imdb_archive, 1000), paper.load(ready_features, 1000)
    # equally frequent words may stand for each other, which changes indices, but not how many a review has
    assert np.array_equal(ours.X_train.indptr, theirs.X_train.indptr)
    assert np.array_equal(ours.X_test.indptr, theirs.X_test.indptr)
    classifier = train_initial(ours.X_train[:2000], ours.y_train[:2000]).classifier
    assert round(float(np.mean(classifier.predict(ours.X_test.toarray()) == ours.y_test)), 4) == 0.7920


def test_second_load_comes_from_the_cache_in_half_a_second(ready_features, tmp_path):
    cache = ArrayCache(tmp_path)
    first = paper.load(ready_features, 1000, cache)
    start = time.process_time()
    second = paper.load(ready_features, 1000, cache)
    assert time.process_time() - start < 0.5
    assert np.array_equal(first.X_test.indices, second.X_test.indices)
