"""The integer perceptron, its refusals first; that it equals the contract is shown in tests/agreement."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.base import clone

from earnest.core.errors import RuleViolation, SampleInvalid, WeightsOutOfRange
from earnest.core.keccak import keccak256
from earnest.core.models.sparse_perceptron import (
    FIRST_CHUNK_WEIGHTS,
    FREQUENT_WORDS,
    MAX_CHANGE,
    MAX_FREQUENT_CHANGE,
    SparsePerceptron,
    pack_initial_weights,
    pack_parameters,
    step_rounded_down,
)


def trained() -> SparsePerceptron:
    model = SparsePerceptron.from_weights([5, -3, 0, 100, -1], eta0=7, tau=3)
    for indices, label in (([0, 2], 0), ([1], 1), ([0, 3], 0)):
        model.learn_one(np.array(indices, dtype=np.uint16), label)
    return model


# REFUSALS


@pytest.mark.parametrize("weights", [[2**15, 0], [0, -(2**15) - 1], [0], [[1, 2]], [0.5, 1.0], []])
def test_initial_weights_that_do_not_fit_the_contract_are_refused(weights):
    with pytest.raises(WeightsOutOfRange):
        SparsePerceptron.from_weights(weights)
    with pytest.raises(WeightsOutOfRange):
        pack_initial_weights(weights)


@pytest.mark.parametrize("coefficient", [1e30, np.nan, np.inf, 40_000.0])
def test_classifier_whose_weights_do_not_fit_is_refused(coefficient):
    classifier = SimpleNamespace(coef_=np.array([[coefficient, 1.0]]), intercept_=np.array([0.0]))
    with pytest.raises(WeightsOutOfRange, match="larger unit"):
        SparsePerceptron.from_sklearn(classifier, 1.0)


@pytest.mark.parametrize("unit", [0.0, -1.0, np.nan, np.inf])
def test_unit_that_is_not_above_zero_is_refused(unit):
    classifier = SimpleNamespace(coef_=np.array([[1.0]]), intercept_=np.array([0.0]))
    with pytest.raises(RuleViolation, match="unit"):
        SparsePerceptron.from_sklearn(classifier, unit)


@pytest.mark.parametrize(
    ("num_words", "eta0", "tau"), [(0, 1, 0), (65_537, 1, 0), (4, 0, 0), (4, 65_536, 0), (4, 1, -1), (4, 1, 2**40)]
)
def test_parameters_out_of_range_are_refused(num_words, eta0, tau):
    with pytest.raises(RuleViolation):
        pack_parameters(num_words, eta0, tau)
    with pytest.raises(RuleViolation):
        SparsePerceptron(num_words, eta0, tau).fit(csr_array((0, num_words)), [])


@pytest.mark.parametrize("label", [-1, 2, 7])
def test_unknown_label_is_refused_and_nothing_is_learned(label):
    model = trained()
    before = model.to_bytes()
    with pytest.raises(SampleInvalid) as refused:
        model.learn_one(np.array([1], dtype=np.uint16), label)
    assert (refused.value.name, refused.value.values) == ("LabelOutOfRange", {"label": label, "classes": 2})
    assert model.to_bytes() == before


def test_matrix_of_another_width_is_refused():
    with pytest.raises(SampleInvalid, match="3 columns"):
        trained().predict(csr_array(np.ones((2, 3))))


def test_matrix_with_another_number_of_labels_is_refused():
    with pytest.raises(SampleInvalid, match="labels of shape"):
        trained().partial_fit(csr_array(np.ones((2, 4))), [1])


@pytest.mark.parametrize("position", [0, 10, -1])
def test_damaged_snapshot_is_refused(position):
    state = bytearray(trained().to_bytes())
    state[position] ^= 1
    with pytest.raises(WeightsOutOfRange, match="damaged"):
        SparsePerceptron.from_bytes(bytes(state))


@pytest.mark.parametrize("length", [0, 5, 31, 60])
def test_truncated_snapshot_is_refused(length):
    with pytest.raises(WeightsOutOfRange, match="damaged"):
        SparsePerceptron.from_bytes(trained().to_bytes()[:length])


# PREDICTION


def test_score_of_zero_is_class_0_and_of_one_is_class_1():
    model = SparsePerceptron.from_weights([-2, -1, 2])
    assert model.predict_one(np.array([0], dtype=np.uint16)) == (0, 0)
    assert model.predict_one(np.array([1], dtype=np.uint16)) == (1, 1)


def test_matrix_predictions_equal_single_ones_and_leave_the_matrix_alone():
    model = trained()
    X = csr_array(
        (np.array([1, 3, 0, 1], dtype=np.uint8), np.array([3, 0, 1, 2]), np.array([0, 2, 4, 4])), shape=(3, 4)
    )
    before = X.copy()
    rows = [[0, 3], [2], []]
    scores = [model.predict_one(np.array(row, dtype=np.uint16))[1] for row in rows]
    assert model.decision_function(X).tolist() == scores
    assert model.predict(X).tolist() == [int(value > 0) for value in scores]
    for name in ("data", "indices", "indptr"):
        assert getattr(X, name).tolist() == getattr(before, name).tolist()


# LEARNING


@pytest.mark.parametrize(
    ("eta0", "tau", "accepted", "step"),
    [(1, 0, 10**12, 1), (9, 0, 5, 9), (100, 10, 0, 100), (100, 10, 10, 50), (100, 10, 11, 47), (100, 10, 10**6, 1)],
)
def test_step_decays_rounded_down_to_at_least_one(eta0, tau, accepted, step):
    assert step_rounded_down(eta0, tau, accepted) == step


def test_wrong_prediction_moves_bias_and_present_words_one_step():
    model = SparsePerceptron.from_weights([1, 2, 3, 0], eta0=4)
    assert model.learn_one(np.array([0, 2], dtype=np.uint16), 0) == 1
    assert model.weights_.tolist() == [-3, 2, -1, -4]
    assert model.initial_weights_.tolist() == [1, 2, 3, 0]


def test_right_prediction_changes_nothing_but_the_count():
    model = SparsePerceptron.from_weights([1, 2, 3, 0])
    assert model.learn_one(np.array([0], dtype=np.uint16), 1) == 1
    assert model.weights_.tolist() == [1, 2, 3, 0]
    assert model.accepted_ == 1


def test_weights_saturate_at_the_storage_range_around_their_start():
    model = SparsePerceptron.from_weights([30_000, -30_000], eta0=65_535)
    sample = np.array([0], dtype=np.uint16)
    assert model.learn_one(sample, 1) == 0
    assert model.weights_.tolist() == [30_000 + MAX_FREQUENT_CHANGE, -30_000 + MAX_FREQUENT_CHANGE]
    assert model.learn_one(sample, 0) == 1
    assert model.weights_.tolist() == [30_000 - MAX_FREQUENT_CHANGE - 1, -30_000 - MAX_FREQUENT_CHANGE - 1]


@pytest.mark.parametrize(
    ("word", "limit"), [(FREQUENT_WORDS - 1, MAX_FREQUENT_CHANGE), (FREQUENT_WORDS, MAX_CHANGE), (599, MAX_CHANGE)]
)
def test_rare_words_have_a_narrower_range(word, limit):
    model = SparsePerceptron.from_weights([0] * 600 + [-30_000], eta0=65_535)
    sample = np.array([word], dtype=np.uint16)
    model.learn_one(sample, 1)
    assert model.weights_[[word, 600]].tolist() == [limit, -30_000 + MAX_FREQUENT_CHANGE]
    model.weights_[600] = 30_000
    model.initial_weights_[600] = 30_000
    model.learn_one(sample, 0)
    assert model.weights_[word] == -limit - 1


def test_fit_starts_from_zero_and_equals_learning_one_by_one():
    random = np.random.default_rng(7)
    X = csr_array((random.random((60, 20)) < 0.3).astype(np.uint8))
    y = random.integers(0, 2, 60)
    model = SparsePerceptron(20, eta0=3, tau=5).fit(X, y)
    single = SparsePerceptron(20, eta0=3, tau=5).fit(X[:0], y[:0])
    for row, label in enumerate(y.tolist()):
        single.learn_one(X[[row]].indices, label)
    assert model.weights_.tolist() == single.weights_.tolist()
    assert model.accepted_ == 60
    assert model.fit(X, y).weights_.tolist() == single.weights_.tolist()


@given(st.lists(st.tuples(st.sets(st.integers(0, 3), min_size=1), st.integers(0, 1)), max_size=40), st.integers(1, 400))
def test_weights_never_leave_the_storage_range(stream, eta0):
    model = SparsePerceptron.from_weights([32_767, -32_768, 0, 5, -5], eta0=eta0, tau=2)
    for indices, label in stream:
        model.learn_one(np.array(sorted(indices), dtype=np.uint16), label)
        change = model.weights_ - model.initial_weights_
        assert (change >= -MAX_FREQUENT_CHANGE - 1).all()
        assert (change <= MAX_FREQUENT_CHANGE).all()


# STATE


def test_digest_is_the_keccak_of_big_endian_words_with_the_bias_last():
    model = SparsePerceptron.from_weights([1, -1, 256])
    assert model.digest() == keccak256(bytes.fromhex("00000001ffffffff00000100"))


def test_keccak_of_nothing_is_the_known_value():
    assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


def test_initial_weights_pack_as_big_endian_int16_with_the_bias_first():
    assert pack_initial_weights([1, -2, 300]) == [bytes.fromhex("012c0001fffe")]


def test_initial_weights_of_many_words_pack_into_several_chunks():
    chunks = pack_initial_weights(np.arange(FIRST_CHUNK_WEIGHTS + 1, dtype=np.int64))
    assert [len(chunk) for chunk in chunks] == [2 * FIRST_CHUNK_WEIGHTS, 2]
    assert chunks[1] == (FIRST_CHUNK_WEIGHTS - 1).to_bytes(2, "big")


def test_parameters_pack_as_the_contract_reads_them():
    assert pack_parameters(1000, 2, 3).hex() == "0003e8" + "0002" + "0000000003" + "0400"
    assert pack_parameters(1000, 2, 3, 77, 1).hex() == "0003e8" + "0002" + "0000000003" + "804d"


def test_snapshot_restores_the_whole_state():
    model = trained()
    restored = SparsePerceptron.from_bytes(model.to_bytes())
    assert restored.to_bytes() == model.to_bytes()
    assert (restored.accepted_, restored.eta0, restored.tau, restored.num_words) == (3, 7, 3, 4)
    sample = np.array([0, 3], dtype=np.uint16)
    assert restored.learn_one(sample, 1) == model.learn_one(sample, 1)
    assert restored.digest() == model.digest()


def test_copy_learns_apart_from_its_original():
    model = trained()
    before = model.to_bytes()
    twin = model.copy()
    assert twin.to_bytes() == before
    for label in (0, 1):
        twin.learn_one(np.array([0, 1], dtype=np.uint16), label)
    assert twin.to_bytes() != before
    assert model.to_bytes() == before


def test_estimator_can_be_cloned_by_scikit_learn():
    assert clone(trained()).get_params() == {
        "num_words": 4,
        "eta0": 7,
        "tau": 3,
        "max_features": 1024,
        "correctable": 0,
    }


def test_classifier_is_rounded_to_whole_units():
    classifier = SimpleNamespace(coef_=np.array([[0.26, -0.24, 0.9]]), intercept_=np.array([-0.55]))
    assert SparsePerceptron.from_sklearn(classifier, 0.1).weights_.tolist() == [3, -2, 9, -6]
