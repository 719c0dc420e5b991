"""Made-up samples: refusals, the same draws again, and what the two numbers do."""

import time

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from earnest.core.errors import DatasetError
from earnest.data import zipf


def test_too_small_or_too_few_words_are_refused():
    with pytest.raises(DatasetError, match="two classes"):
        zipf.make(1, 0, 100, 0.5, 0, 20)
    with pytest.raises(DatasetError, match="num_words is 4"):
        zipf.make(10, 0, 4, 0.5, 0, 20)


def test_same_numbers_give_the_same_samples_and_a_larger_set_begins_with_them():
    small, large = zipf.make(50, 3, 100, 0.5, 0.1, 20), zipf.make(12_000, 3, 100, 0.5, 0.1, 20)
    assert small.indices.tolist() == large.first(50).indices.tolist()
    assert small.labels.tolist() == large.labels[:50].tolist()
    assert zipf.make(50, 4, 100, 0.5, 0.1, 20).indices.tolist() != small.indices.tolist()


def test_samples_ascend_start_with_one_and_stay_in_the_vocabulary():
    drawn = zipf.make(500, 1, 60, 0.5, 0, 30)
    assert (drawn.indices[drawn.indptr[:-1]] == 1).all()
    assert drawn.indices.max() < 60
    within = np.ones(len(drawn.indices), dtype=bool)
    within[drawn.indptr[:-1]] = False
    assert (np.diff(drawn.indices.astype(int), prepend=0)[within] > 0).all()
    assert set(drawn.indices.tolist()) <= {1, *range(3, 60)}


def test_frequencies_follow_zipfs_law():
    drawn = zipf.make(20_000, 1, 103, 0.0, 0, 1)
    counts = np.bincount(drawn.indices, minlength=103)[3:]
    assert counts[0] / counts[9] == pytest.approx(10, rel=0.15)


def accuracy(signal, noise):
    drawn = zipf.make(6000, 1, 200, signal, noise, 30)
    train, test = drawn.first(4000), drawn.after(4000)
    fitted = LogisticRegression(max_iter=1000).fit(train.matrix(200), train.labels)
    return float(np.mean(fitted.predict(test.matrix(200)) == test.labels))


def test_signal_tells_the_classes_apart_and_noise_bounds_what_can_be_learnt():
    assert accuracy(0.0, 0.0) == pytest.approx(0.5, abs=0.05)
    assert accuracy(0.3, 0.0) > 0.75
    assert accuracy(1.0, 0.0) == 1.0
    # a label drawn anew is right by half
    assert accuracy(1.0, 0.4) == pytest.approx(0.8, abs=0.03)


def test_hundred_thousand_samples_take_seconds():
    started = time.process_time()
    assert len(zipf.make(100_000, 1, 1000, 0.5, 0, 50).labels) == 100_000
    assert time.process_time() - started < 10
