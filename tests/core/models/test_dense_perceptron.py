"""The dense perceptron: its start, its updates, and how near it is to scikit-learn's."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import Perceptron
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from earnest.core.errors import RuleViolation, SampleInvalid, WeightsOutOfRange
from earnest.core.models.dense_perceptron import MAX_WEIGHT, DensePerceptron
from earnest.core.models.training import fit_perceptron, optimal_step


def cancer(seed: int):
    X, y = load_breast_cancer(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=seed)
    scaler = StandardScaler().fit(X_train)
    return scaler.transform(X_train), scaler.transform(X_test), y_train, y_test


@pytest.mark.parametrize("step", [0.0, -1.0, np.nan, np.inf])
def test_step_that_is_not_above_zero_is_refused(step):
    X, _, y, _ = cancer(0)
    with pytest.raises(RuleViolation, match="step"):
        DensePerceptron.from_sklearn(fit_perceptron(X, y), step)


def test_classifier_of_three_classes_is_refused():
    with pytest.raises(RuleViolation, match="3 classes"):
        DensePerceptron.trained(np.eye(6)[:, :3], [0, 1, 2, 0, 1, 2])


def test_weights_that_do_not_fit_are_refused():
    X, _, y, _ = cancer(0)
    for step in (1e-9, 1e-300):
        with pytest.raises(WeightsOutOfRange, match="larger step"):
            DensePerceptron.from_sklearn(fit_perceptron(X, y), step)
    for weights in ([MAX_WEIGHT + 1, 0], [-MAX_WEIGHT - 2, 0], [1], [0.5, 1], [[1, 2]]):
        with pytest.raises(WeightsOutOfRange):
            DensePerceptron.from_weights(weights)
    assert DensePerceptron.from_weights([MAX_WEIGHT, -MAX_WEIGHT - 1]).dimensions == 1


def test_model_that_moved_out_of_range_cannot_start_another_pool():
    model = DensePerceptron.from_weights([MAX_WEIGHT, 0], scale=1)
    model.learn_one(np.array([-5], dtype=np.int16), 1)
    model.learn_one(np.array([5], dtype=np.int16), 0)
    model.weights_[0] = MAX_WEIGHT + 1
    with pytest.raises(WeightsOutOfRange):
        model.initial_chunks()


@pytest.mark.parametrize(
    "values", [{"dimensions": 0}, {"dimensions": 4097}, {"eta0": 0}, {"eta0": 2**16}, {"tau": 2**40}]
)
def test_parameters_out_of_range_are_refused(values):
    with pytest.raises(RuleViolation):
        DensePerceptron(**values).pack_parameters()


def test_unknown_labels_are_refused():
    with pytest.raises(SampleInvalid, match="0 to 1"):
        DensePerceptron(1).fit([[1.0]], [2])


def test_a_wrong_prediction_moves_each_weight_by_its_feature_and_the_bias_by_the_scale():
    model = DensePerceptron(3, eta0=2, scale=10).fit(np.zeros((0, 3)), [])
    assert model.learn_one(np.array([1, -2, 3], dtype=np.int16), 1) == 0
    assert model.weights_.tolist() == [2, -4, 6, 20]
    assert model.predict_one(np.array([1, -2, 3], dtype=np.int16)) == (1, 2 + 8 + 18 + 200)
    assert model.learn_one(np.array([1, -2, 3], dtype=np.int16), 1) == 1
    assert model.weights_.tolist() == [2, -4, 6, 20]
    assert model.learn_one(np.array([0, -1, 1], dtype=np.int16), 0) == 1
    assert model.weights_.tolist() == [2, -2, 4, 0]


def test_a_change_saturates_from_where_the_weight_began():
    model = DensePerceptron.from_weights([-100, -(2**20)], eta0=2**16 - 1, scale=1)
    model.learn_one(np.array([2**15 - 1], dtype=np.int16), 1)
    assert model.weights_.tolist() == [-100 + MAX_WEIGHT, -(2**20) + 2**16 - 1]


def test_state_survives_code_snapshots_and_copies():
    rng = np.random.default_rng(1)
    model = DensePerceptron.from_weights(rng.integers(-MAX_WEIGHT, MAX_WEIGHT, 78), eta0=3, tau=9, scale=77)
    again = DensePerceptron.from_code(model.pack_parameters(), model.initial_chunks())
    assert (again.parameters, again.digest()) == (model.parameters, model.digest())
    model.fit(rng.normal(size=(20, 77)), rng.integers(0, 2, 20))
    for other in (DensePerceptron.from_bytes(model.to_bytes()), model.copy()):
        assert (other.parameters, other.digest(), other.accepted_) == (model.parameters, model.digest(), 20)


@pytest.mark.parametrize("seed", range(5))
def test_accuracy_is_that_of_the_classifier_it_was_made_of(seed):
    """Within .005 of the floating-point original trained on the same samples; here no prediction differs."""
    X_train, X_test, y_train, y_test = cancer(seed)
    classifier = fit_perceptron(X_train, y_train)
    model = DensePerceptron.from_sklearn(classifier, optimal_step(classifier))
    assert DensePerceptron.trained(X_train, y_train).digest() == model.digest()
    assert abs(model.score(X_test, y_test) - classifier.score(X_test, y_test)) < 0.005
    assert (model.predict(X_test) == [model.predict_one(row)[0] for row in model.samples(X_test)]).all()


@pytest.mark.parametrize("seed", range(5))
def test_learning_from_nothing_is_scikit_learns_perceptron_in_the_same_order(seed):
    X_train, X_test, y_train, y_test = cancer(seed)
    # first a sample of class 1: at a score of exactly 0, as at the start, scikit-learn moves for class 0 too
    order = np.argsort(np.arange(len(y_train)) != y_train.argmax(), kind="stable")
    X_train, y_train = X_train[order], y_train[order]
    # the encoder's numbers for both, so that only the arithmetic differs
    model = DensePerceptron(30)
    X_train, X_test = (np.array(model.samples(X)) / model.scale for X in (X_train, X_test))
    original = Perceptron(shuffle=False, max_iter=1, tol=None).fit(X_train, y_train)
    model.fit(X_train, y_train)
    assert np.abs(model.weights_[:-1] / model.scale - original.coef_[0]).max() < 1e-9
    assert model.score(X_test, y_test) == original.score(X_test, y_test)
