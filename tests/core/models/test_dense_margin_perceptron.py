"""The margin perceptron on vectors, its refusals first; that it equals the contract is shown in tests/agreement."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from earnest.core.errors import RuleViolation, SampleInvalid, WeightsOutOfRange
from earnest.core.models import dense_margin_start
from earnest.core.models.dense_margin_perceptron import ROUNDING, DenseMarginPerceptron, highest
from earnest.core.models.dense_margin_start import THETA, derive
from earnest.core.models.dense_perceptron import MAX_WEIGHT
from earnest.core.models.formats.vectors import DEFAULT_SCALE, quantise

# REFUSALS


@pytest.mark.parametrize(
    "parameters",
    [{"theta": -1}, {"theta": 2**48}, {"eta0": 0}, {"tau": 2**40}, {"scale": 0}, {"scale": 2**15}],
)
def test_parameters_out_of_range_are_refused(parameters):
    with pytest.raises(RuleViolation, match="must be from"):
        DenseMarginPerceptron.from_weights([[1, 2]], **parameters)


@pytest.mark.parametrize(("rows", "dimensions"), [(17, 3), (3, 2049), (9, 2048), (16, 1025), (1, 4097)])
def test_more_numbers_than_a_transaction_can_learn_are_refused(rows, dimensions):
    with pytest.raises(RuleViolation, match="must be from"):
        DenseMarginPerceptron.from_weights(np.zeros((rows, dimensions + 1), dtype=int))


@pytest.mark.parametrize("weights", [[1, 2], [[1, 2], [3, 4]], [[1]], [[1.0, 2.0]], [[[1, 2]]]])
def test_weights_that_are_no_rows_are_refused(weights):
    with pytest.raises(WeightsOutOfRange, match="one row for two classes"):
        DenseMarginPerceptron.from_weights(weights)


@pytest.mark.parametrize("weight", [MAX_WEIGHT + 1, -MAX_WEIGHT - 2])
def test_weights_beyond_24_bits_are_refused(weight):
    with pytest.raises(WeightsOutOfRange, match="24 bits"):
        DenseMarginPerceptron.from_weights([[0, 0], [0, 0], [0, weight]])


@pytest.mark.parametrize("labels", [[0, 0, 0, 0], [1, 1, 2, 2], [0, 2, 0, 2], [-1, 0, 1, 0]])
def test_labels_of_which_one_does_not_occur_are_no_start(labels):
    with pytest.raises(RuleViolation, match="samples of every class"):
        DenseMarginPerceptron.trained(np.eye(4), labels)


@pytest.mark.parametrize("scale", [1, 4096, 2**15 - 1])
def test_contribution_that_is_longer_than_the_scale_is_refused(scale):
    model = DenseMarginPerceptron.from_weights([[1, 2, 3]], scale=scale)
    most = min(scale + ROUNDING, 2**15 - 1)
    model.require_size(np.array([0, most], dtype=np.int16))
    longer = np.array([-(2**15), 200 * ROUNDING], dtype=np.int16)
    with pytest.raises(SampleInvalid, match="at most") as caught:
        model.require_size(longer)
    assert caught.value.name == "SampleSquareTooLarge"
    assert caught.value.values["maximum"] == (scale + ROUNDING) ** 2
    # its prediction may be asked for
    model.predict_one(longer)


@pytest.mark.parametrize("dimensions", [1, 2, 64, 1000, 4096])
def test_no_vector_of_length_1_is_refused_for_its_rounding(dimensions):
    rng, model = np.random.default_rng(dimensions), DenseMarginPerceptron(dimensions)
    X = rng.normal(size=(50, dimensions))
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    # every number half a unit above a whole one
    worst = np.full(dimensions, (np.floor(DEFAULT_SCALE / np.sqrt(dimensions)) - 0.49) / DEFAULT_SCALE)
    for sample in quantise(np.vstack([X, worst]), DEFAULT_SCALE):
        model.require_size(sample)


# RULE


def test_it_learns_up_to_the_margin_and_not_beyond():
    model = DenseMarginPerceptron.from_weights([[5, 0]], eta0=1, tau=0, theta=9, scale=1)
    sample = np.array([1], np.int16)
    scores = []
    for label in (1, 1, 1, 1):
        assert model.learn_one(sample, label) == 1
        scores.append(model.predict_one(sample)[1])
    # 9 is at most the margin, 11 is beyond it
    assert scores == [7, 9, 11, 11]
    # on the other side it is a mistake
    assert model.learn_one(sample, 0) == 1
    assert model.predict_one(sample)[1] == 9


def test_of_several_classes_the_label_and_the_best_other_one_move():
    model = DenseMarginPerceptron.from_weights([[0, 0], [7, 0], [9, 0]], eta0=2, tau=0, theta=2, scale=1)
    sample = np.array([1], np.int16)
    assert model.predict_one(sample) == (2, 9)
    assert model.learn_one(sample, 2) == 2
    assert model.weights_.tolist() == [0, 0, 5, -2, 11, 2]
    # 13 to 3: beyond the margin
    model.learn_one(sample, 2)
    assert model.weights_.tolist() == [0, 0, 5, -2, 11, 2]
    model.learn_one(sample, 0)
    assert model.weights_.tolist() == [2, 2, 5, -2, 9, 0]


@pytest.mark.parametrize(
    ("scores", "but", "expected"),
    [([3, 3, 1], -1, 0), ([3, 3, 1], 0, 1), ([3, 3, 1], 1, 0), ([1, 3, 3], -1, 1), ([1, 3, 3], 1, 2), ([4, 9], 1, 0)],
)
def test_lowest_of_equal_scores_is_the_highest(scores, but, expected):
    assert highest(np.array(scores), but) == expected


def test_code_of_several_chunks_gives_the_model_back():
    rows = np.random.default_rng(2).integers(-MAX_WEIGHT, MAX_WEIGHT, (16, 1025))
    model = DenseMarginPerceptron.from_weights(rows, eta0=2, tau=9, theta=2**40, scale=77)
    assert model.pack_parameters().hex() == "000400" + "0002" + "0000000009" + "004d" + "0010" + "010000000000"
    again = DenseMarginPerceptron.from_code(model.pack_parameters(), model.initial_chunks())
    assert again.to_bytes() == model.to_bytes()


# START


def clouds(classes: int, size: int = 300, dimensions: int = 8, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of length 1 about a centre for each class, which overlap."""
    rng = np.random.default_rng(seed)
    labels = np.arange(size) % classes
    X = rng.normal(size=(classes, dimensions))[labels] + rng.normal(size=(size, dimensions))
    return X / np.linalg.norm(X, axis=1, keepdims=True), labels


@pytest.mark.parametrize("classes", [2, 3, 16])
def test_start_is_logistic_regression_on_the_margins_scale(classes):
    X, y = clouds(classes)
    model = DenseMarginPerceptron.trained(X, y)
    assert (model.class_count, model.theta, model.scale) == (classes, THETA, DEFAULT_SCALE)
    fitted = LogisticRegression(C=10, max_iter=1000).fit(X, y)
    assert (model.predict(X) == fitted.predict(X)).mean() > 0.99
    scores = model.decision_function(X)
    if classes == 2:
        margins = scores
    else:
        others = np.where(np.arange(classes) == y[:, None], -np.inf, scores)
        margins = scores[np.arange(len(y)), y] - others.max(axis=1)
    assert abs(np.sqrt(np.mean((margins / THETA) ** 2)) - dense_margin_start.KNOWN) < 0.01


@pytest.mark.parametrize(("size", "tau"), [(60, 100), (300, 300)])
def test_step_halves_over_as_many_contributions_as_there_are_initial_samples(size, tau):
    model = DenseMarginPerceptron.trained(*clouds(2, size))
    assert (model.eta0, model.tau) == (16, tau)


def test_start_follows_the_scale():
    X, y = clouds(2)
    coarse, fine = (derive(quantise(X, scale), y, scale) for scale in (1024, 4096))
    assert (coarse.parameters["theta"], fine.parameters["theta"]) == (64 * 1024**2, 64 * 4096**2)
    assert np.abs(coarse.weights * 4 - fine.weights).max() < 0.02 * np.abs(fine.weights).max()


def test_no_initial_weight_is_beyond_what_its_change_can_undo():
    """Samples that differ in a hundredth of a number: only huge weights tell them apart by as much as the margin."""
    X = np.array([[0.7, 0.7], [0.7, 0.69]] * 20)
    model = DenseMarginPerceptron.trained(X, [0, 1] * 20)
    assert np.abs(model.weights_).max() < MAX_WEIGHT
    assert model.from_code(model.pack_parameters(), model.initial_chunks()).to_bytes() == model.to_bytes()


def test_samples_that_all_score_0_leave_the_weights_as_they_are():
    rows = np.array([[3, 0]])
    kept = dense_margin_start._scaled(rows, np.zeros((4, 1), np.int16), np.array([0, 1, 0, 1]), 4096, THETA)
    assert kept.tolist() == rows.tolist()


def test_owner_is_told_what_was_derived_and_what_is_refused():
    told = " ".join(DenseMarginPerceptron(64).explained)
    told_of_three = DenseMarginPerceptron(64, num_classes=3).explained[1]
    assert "A sample is a vector of 64 numbers." in told
    assert "further than 1,073,741,824 on the label's side: 64 times what a step of 1" in told
    assert "starts at 16 and halves over 1,000 contributions" in told
    assert "longer than 1, which is 4,096, are refused" in told
    assert "further than 1,073,741,824 above that of the best other class" in told_of_three
