"""What a sealed pool keeps as code: the reference, the judge, and what has no room."""

import numpy as np
import pytest

from earnest.core.errors import RuleViolation
from earnest.core.incentives.sealed_assessment import SEALED_ASSESSMENT
from earnest.core.incentives.sealed_rules import (
    pack_judge,
    pack_reference,
    require_sealable,
    rules_chunk,
    unpack_judge,
    unpack_rules,
)
from earnest.core.models.dense_margin_perceptron import DenseMarginPerceptron
from earnest.core.models.dense_nearest_centroid import DenseNearestCentroid
from earnest.core.models.model import Model
from earnest.core.models.naive_bayes import NaiveBayes
from earnest.core.models.sparse_perceptron import SparsePerceptron

TERMS = SEALED_ASSESSMENT.terms_of({one.name: one.default for one in SEALED_ASSESSMENT.parameters})


def rows(classes: int, dimensions: int) -> Model:
    count = 1 if classes == 2 else classes
    return DenseMarginPerceptron.from_weights(np.zeros((count, dimensions + 1), dtype=np.int64))


def counts(words: int, classes: int) -> Model:
    return NaiveBayes.from_counts(np.zeros((classes, words), dtype=np.int64), np.zeros(classes, dtype=np.int64))


def centroids(dimensions: int, classes: int) -> Model:
    sums = np.zeros((classes, dimensions), dtype=np.int64)
    return DenseNearestCentroid.from_sums(sums, np.zeros(classes, dtype=np.int64))


def test_reference_has_its_last_weight_first() -> None:
    reference = np.array([1, -2, 300], np.int32)
    assert pack_reference(reference) == bytes.fromhex("012c0001fffe")
    terms, found = unpack_rules(SEALED_ASSESSMENT, rules_chunk(TERMS, reference))
    assert (terms.numbers, found.tolist()) == (TERMS.numbers, [1, -2, 300])


def test_more_weights_than_a_reference_holds_are_refused() -> None:
    assert len(rules_chunk(TERMS, np.zeros(12_254, np.int32))) == 24_575
    with pytest.raises(RuleViolation, match=r"room for 12,253: there are 12,254\. Take fewer words or shorter vectors"):
        rules_chunk(TERMS, np.zeros(12_255, np.int32))


def test_judge_of_a_snapshot_is_read_in_both_widths() -> None:
    judge = np.array([-(2**23), 2**23 - 1, 5], np.int32)
    assert unpack_judge(pack_judge(judge), 3).tolist() == judge.tolist()
    earlier = np.array([-(2**15), 2**15 - 1, 5], ">i2").tobytes()
    assert unpack_judge(earlier, 3).tolist() == [-(2**15), 2**15 - 1, 5]


@pytest.mark.parametrize(
    "model",
    [
        rows(2, 4096), rows(7, 1024), rows(16, 384), SparsePerceptron.from_weights(np.zeros(11_970, np.int64)),
        counts(5_984, 2), counts(736, 16), centroids(384, 15),
    ],
)  # fmt: skip
def test_judge_of_one_contract_can_be_sealed(model: Model) -> None:
    require_sealable(SEALED_ASSESSMENT, model)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (rows(8, 1024), "8,200 weights of dense-margin-perceptron need 2. Take fewer columns, or fewer classes"),
        (
            SparsePerceptron.from_weights(np.zeros(11_971, np.int64)),
            "weights of sparse-perceptron need 2. Take fewer w",
        ),
        (
            counts(5_985, 2),
            "room for the counts of 5,984 words in 2 classes, and there are 5,985: take fewer words, or",
        ),
        (counts(737, 16), "room for the counts of 736 words in 16 classes"),
        (centroids(384, 16), "room for 15 classes of vectors of 384 numbers, and there are 16: take shorter vectors"),
    ],
)
def test_judge_of_more_is_refused(model: Model, words: str) -> None:
    with pytest.raises(RuleViolation, match=words):
        require_sealable(SEALED_ASSESSMENT, model)
