"""The reference of a pool whose judge is sealed."""

import numpy as np
import pytest

from earnest.core.incentives.reference import gaps_of, reference_of, reference_size
from earnest.core.models.dense_margin_perceptron import DenseMarginPerceptron
from earnest.core.models.dense_nearest_centroid import DenseNearestCentroid
from earnest.core.models.dense_perceptron import DensePerceptron
from earnest.core.models.model import Model
from earnest.core.models.naive_bayes import NaiveBayes
from earnest.core.models.sparse_nearest_centroid import SparseNearestCentroid
from earnest.core.models.sparse_perceptron import SparsePerceptron


def test_reference_is_the_rounded_mean_of_signs_with_a_bias_that_centres() -> None:
    X = np.array([[1, 0, 1], [1, 1, 0], [0, 1, 0], [1, 0, 0]])
    # word 0: 1 + 1 - 1 of 4; word 1: 1 - 1; word 2: 1; scores 512, 256, 0 and 256
    assert reference_of(SparsePerceptron(X.shape[1]), X, [1, 1, 0, 0]).tolist() == [256, 0, 256, -256]


def test_presence_counts_and_not_how_often() -> None:
    X = np.array([[7, 0], [0, 2], [0, 1]])
    assert reference_of(SparsePerceptron(X.shape[1]), X, [1, 0, 0]).tolist() == [341, -683, 342]


def test_reference_of_vectors_takes_numbers_over_the_scale() -> None:
    X = np.array([[0.5, -1.0], [0.5, 0.0], [1.0, 0.25], [-1.0, 0.25]])
    # (.5 + .5 - 1 + 1) / 4 and (-1 + 0 - .25 - .25) / 4; the mean sample is (.25, -.125)
    expected = [256, -384, -round(256 * 0.25 + 384 * 0.125)]
    assert reference_of(DensePerceptron(2), X, [1, 1, 0, 0]).tolist() == expected
    assert reference_of(DensePerceptron(2, scale=64), X, [1, 1, 0, 0]).tolist() == expected
    assert reference_of(DenseMarginPerceptron(2), X, [1, 1, 0, 0]).tolist() == expected


def test_reference_of_several_classes_has_a_row_for_each() -> None:
    X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0], [-1.0, 0.0]])
    reference = reference_of(DenseMarginPerceptron(2, num_classes=3), X, [0, 1, 2, 2]).reshape(3, 3)
    # of class 0: (1 - (0 - 1 - 1) / 2) / 4 and (0 - (1 - 1) / 2) / 4
    assert reference[:, :2].tolist() == [[512, 0], [128, 384], [-640, -384]]
    assert reference[:, 2].tolist() == [128, 32, -160]


@pytest.mark.parametrize(
    "model",
    [
        SparsePerceptron(5), DensePerceptron(5), DenseMarginPerceptron(5), DenseMarginPerceptron(5, num_classes=4),
        NaiveBayes(5), SparseNearestCentroid(5, 4), DenseNearestCentroid(5, 2), DenseNearestCentroid(5, 3),
    ],
)  # fmt: skip
def test_gaps_of_many_samples_are_those_of_each(model: Model) -> None:
    rng = np.random.default_rng(4)
    X = model.format.matrix(*flat_of(model, rng, 30))
    y = rng.integers(0, model.class_count, 30)
    reference = reference_of(model, X, y)
    assert len(reference) == reference_size(model)
    classes, pairs = model.class_count, zip(model.samples(X), y, strict=True)
    one_by_one = [model.format.gap(reference, classes, sample, int(label)) for sample, label in pairs]
    assert gaps_of(model, reference, X, y).tolist() == one_by_one
    assert sum(gap > 0 for gap in one_by_one) > 30 / model.class_count, "it tells more than chance of its own samples"


def flat_of(model: Model, rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    samples = [model.format.drawn(rng) for _ in range(count)]
    return np.cumsum([0, *map(len, samples)]), np.concatenate(samples)


@pytest.mark.parametrize("classes", [2, 3])
def test_gap_of_a_linear_model_is_that_of_its_own_scores(classes: int) -> None:
    rng = np.random.default_rng(classes)
    model = DenseMarginPerceptron(5, num_classes=classes)
    X = model.format.matrix(*flat_of(model, rng, 20))
    y = rng.integers(0, classes, 20)
    reference = reference_of(model.fit(X, y), X, y)
    scores = model.judging(reference).decision_function(X)
    for number, sample in enumerate(model.samples(X)):
        for label in range(classes):
            gap = model.format.gap(reference, classes, sample, label)
            own = scores[number]
            expected = own * (2 * label - 1) if classes == 2 else own[label] - np.delete(own, label).max()
            assert gap == expected
