"""Data sets and their splits, refusals first."""

import numpy as np
import pytest

from earnest.core.errors import DatasetError
from earnest.data import Dataset, made_up_reviews, split


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        ([], [], "empty"),
        (["a"], [1], "two classes"),
        (["a", "b"], [0, 0], "two classes"),
        (["a", "b", "c"], [0, 1, 2], "two classes"),
        (["a", "b"], [0], "2 texts and 1 labels"),
        (["a", "\ud800"], [0, 1], "lone surrogate"),
    ],
)
def test_dataset_that_is_unfit_is_refused(texts, labels, message):
    with pytest.raises(DatasetError, match=message):
        Dataset.make("mine", texts, labels)


def test_split_larger_than_the_dataset_is_refused():
    with pytest.raises(DatasetError, match="10 different texts"):
        split(made_up_reviews.make(10, 1), 0, 8, 3)


def test_split_below_zero_is_refused():
    with pytest.raises(DatasetError, match="below 0"):
        split(made_up_reviews.make(10, 1), 0, 8, -1)


def test_split_whose_training_texts_have_one_class_is_refused():
    with pytest.raises(DatasetError, match="none of the 1 samples to learn from"):
        split(made_up_reviews.make(10, 1), 0, 1, 3)


def test_synthetic_dataset_of_one_text_is_refused():
    with pytest.raises(DatasetError, match="at least 2"):
        made_up_reviews.make(1, 0)


def test_checksum_depends_on_every_text_label_and_their_order():
    first = Dataset.make("a", ["x", "yz"], [0, 1])
    assert first.sha256 == Dataset.make("b", ["x", "yz"], [0, 1]).sha256
    others = ((["xy", "z"], [0, 1]), (["x", "yz"], [1, 0]), (["yz", "x"], [1, 0]))
    assert len({first.sha256, *(Dataset.make("a", *other).sha256 for other in others)}) == 4


def test_split_parts_are_disjoint_and_hold_everything_once():
    dataset = made_up_reviews.make(60, 3)
    parts = split(dataset, 5, 20, 10)
    sizes = [len(part.texts) for part in (parts.train, parts.held_out, parts.stream)]
    assert sizes == [20, 10, 30]
    assert sorted(parts.train.texts + parts.held_out.texts + parts.stream.texts) == sorted(dataset.texts)


def test_split_keeps_each_text_with_its_label():
    dataset = made_up_reviews.make(60, 3)
    label_of = dict(zip(dataset.texts, dataset.labels.tolist(), strict=True))
    for part in (lambda parts: (parts.train, parts.held_out, parts.stream))(split(dataset, 5, 20, 10)):
        assert part.labels.tolist() == [label_of[text] for text in part.texts]


def test_split_drops_texts_that_differ_in_case_and_spacing_only():
    others = ["another", "a third", "a fourth", "ﬁne"]
    dataset = Dataset.make("a", ["A  film", "a film ", *others, "a\nfilm", "FINE"], [0, 1, 1, 0, 1, 0, 0, 1])
    parts = split(dataset, 1, 5, 0)
    kept = parts.train.texts + parts.held_out.texts + parts.stream.texts
    assert sorted(kept) == sorted(["A  film", *others])


def test_split_is_the_same_for_the_same_seed_and_another_for_another():
    dataset = made_up_reviews.make(60, 3)
    assert split(dataset, 5, 20, 10).train.texts == split(dataset, 5, 20, 10).train.texts
    assert split(dataset, 5, 20, 10).train.texts != split(dataset, 6, 20, 10).train.texts


def test_synthetic_dataset_is_the_same_for_the_same_seed():
    assert made_up_reviews.make(20, 9).sha256 == made_up_reviews.make(20, 9).sha256
    assert made_up_reviews.make(20, 9).sha256 != made_up_reviews.make(20, 10).sha256


def test_synthetic_dataset_has_two_equal_classes_and_no_repeats():
    dataset = made_up_reviews.make(50, 2)
    assert np.bincount(dataset.labels).tolist() == [25, 25]
    assert len(set(dataset.texts)) == 50
