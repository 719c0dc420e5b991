"""The perceptron with a margin, its refusals first; that it equals the contract is shown in tests/agreement."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from earnest.core.errors import RuleViolation, WeightsOutOfRange
from earnest.core.models import margin_start
from earnest.core.models.margin_start import BOUNDS, derive, first_word
from earnest.core.models.naive_bayes import NaiveBayes
from earnest.core.models.sparse_margin_perceptron import SparseMarginPerceptron, learn, reach
from earnest.testing.models import model_checks

#: Slots 0 to 3 and a word of slot 4, under bounds of which two fall together.
WIDE = SparseMarginPerceptron(102, theta=30, eta0=3, tau=20, shift_1=1, shift_2=3, shift_3=3, shift_4=4)
#: Narrow lanes too.
NARROW = SparseMarginPerceptron(460, theta=200, shift_1=2, shift_2=17, shift_3=18, shift_4=19)


@pytest.mark.parametrize("check", model_checks(SparseMarginPerceptron, [WIDE, NARROW]), ids=str)
def test_model_with_every_shift_does_what_every_model_must(check):
    check()


# REFUSALS


@pytest.mark.parametrize(
    "parameters",
    [
        {"theta": -1},
        {"theta": 2**32},
        {"shift_1": 0},
        {"shift_1": 4, "shift_2": 3},
        {"shift_3": 15},
        {"shift_4": 2**16},
        {"eta0": 0},
        {"tau": 2**40},
    ],
)
def test_parameters_out_of_range_are_refused(parameters):
    with pytest.raises(RuleViolation, match="must be from"):
        SparseMarginPerceptron.from_weights([1, 2], **parameters)


@pytest.mark.parametrize("labels", [[0, 1, 2, 1], [1, 1, 1, 1], [0, 0, 0, 0]])
def test_samples_of_other_than_two_classes_are_no_start(labels):
    with pytest.raises(RuleViolation, match="two classes, 0 and 1, both present"):
        SparseMarginPerceptron.trained(np.eye(4), labels)


def test_chunk_without_the_margin_and_the_bounds_is_refused():
    model = SparseMarginPerceptron.from_weights([1, 2, 3])
    (chunk,) = model.initial_chunks()
    with pytest.raises(WeightsOutOfRange, match="has 6 bytes, not 18"):
        SparseMarginPerceptron.from_code(model.pack_parameters(), [chunk[:6]])


# RULE


def test_it_learns_up_to_the_margin_and_not_beyond():
    model = SparseMarginPerceptron.from_weights([5, 0], eta0=1, tau=0, theta=9)
    sample = np.array([0], np.uint16)
    scores = []
    for label in (1, 1, 1, 1):
        assert model.learn_one(sample, label) == 1
        scores.append(model.predict_one(sample)[1])
    # 9 is at most the margin, 11 is beyond it
    assert scores == [7, 9, 11, 11]
    # on the other side it is a mistake
    assert model.learn_one(sample, 0) == 1
    assert model.predict_one(sample)[1] == 9


def test_slots_move_by_twice_as_much_from_each_bound_on():
    model = SparseMarginPerceptron.from_weights(np.zeros(1001, np.int64), eta0=2, tau=0)
    words = [first_word(slot) for slot in BOUNDS]
    sample = np.array(sorted({0, *words, *(word - 1 for word in words), 999}), np.uint16)
    model.learn_one(sample, 1)
    moved = {int(word): int(model.weights_[word]) for word in sample}
    assert moved == {0: 2, 23: 2, 24: 4, 73: 4, 74: 8, 173: 8, 174: 16, 348: 16, 349: 32, 999: 32}
    # the bias is in the first slot
    assert model.weights_[-1] == 2
    assert reach(model.settings, sample) == model.predict_one(sample)[1] // 2


@pytest.mark.parametrize(("word", "lane", "shift"), [(0, 511, 0), (448, 511, 4), (449, 127, 4), (1000, 511, 0)])
def test_change_saturates_where_its_lane_does(word, lane, shift):
    model = SparseMarginPerceptron.from_weights(np.full(1001, 7))
    weights, sample = model.weights_, np.array([word] if word < 1000 else [3], np.uint16)
    held_back = learn(weights, model.initial_weights_, model.settings, sample, 1, lane)
    assert (weights[word], held_back) == (7 + (lane << shift), 0)
    assert learn(weights, model.initial_weights_, model.settings, sample, 1, 1) > 0
    assert weights[word] == 7 + (lane << shift)
    learn(weights, model.initial_weights_, model.settings, sample, 0, 3 * lane)
    assert weights[word] == 7 - ((lane + 1) << shift)


def test_code_of_several_chunks_gives_the_model_back():
    weights = np.arange(12_050) % 1000
    model = SparseMarginPerceptron.from_weights(weights, eta0=2, tau=9, theta=70_000, shift_4=400)
    chunks = model.initial_chunks()
    assert [len(chunk) for chunk in chunks] == [2 * 11_970 + 12, 2 * 80]
    assert chunks[0][-12:].hex() == "00011170" + "0001" + "0003" + "0007" + "0190"
    again = SparseMarginPerceptron.from_code(model.pack_parameters(), chunks)
    assert again.parameters == model.parameters
    assert again.digest() == model.digest()


# START


def reviews(n: int = 400, num_words: int = 600, seed: int = 1) -> tuple[csr_array, np.ndarray]:
    """Word k is present with probability 1 / (k + 1), a little more often in one class."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    tilt = rng.normal(0, 0.4, num_words)
    share = np.minimum(0.95, 8 / (np.arange(num_words) + 8) * np.exp(np.where(labels[:, None] == 1, tilt, -tilt)))
    return csr_array((rng.random((n, num_words)) < share).astype(np.int64)), labels


def test_start_is_naive_bayes_on_the_margins_scale():
    X, y = reviews()
    start = derive(X, y)
    theta = start.parameters["theta"]
    scores = X @ start.weights[:-1] + start.weights[-1]
    assert abs(scores.std() - theta) < 0.01 * theta
    assert (((scores > 0) == (NaiveBayes.trained(X, y).predict(X) == 1)).mean()) > 0.99
    assert abs(theta - 5 * start.mean_reach / 100) <= 5


def test_bounds_are_where_words_are_half_as_frequent_and_so_on():
    X, y = reviews(2000)
    parameters = derive(X, y).parameters
    bounds = [parameters[f"shift_{number}"] for number in (1, 2, 3, 4)]
    present = np.asarray(X.sum(axis=0)).ravel()
    share = [present[first_word(slot) : first_word(slot + 1)].mean() for slot in range(20)]
    expected = np.maximum.accumulate(np.minimum(4, np.rint(np.log2(share[0] / np.array(share)))))
    assert bounds == [int(np.argmax(expected >= number)) for number in (1, 2, 3, 4)]


def test_words_of_equal_frequency_move_alike():
    X = csr_array(np.ones((4, 80), np.int64))
    parameters = derive(X, [0, 1, 0, 1]).parameters
    assert [parameters[f"shift_{number}"] for number in (1, 2, 3, 4)] == [2**16 - 1] * 4
    assert parameters["theta"] == 5 * 81


def test_words_that_no_initial_sample_has_move_furthest():
    X = np.zeros((4, 80), np.int64)
    X[:, :24] = 1
    parameters = derive(csr_array(X), [0, 1, 0, 1]).parameters
    assert [parameters[f"shift_{number}"] for number in (1, 2, 3, 4)] == [1] * 4


def test_no_initial_weight_is_beyond_what_its_change_can_undo():
    X = np.zeros((40, 30), np.int64)
    X[:20, 0] = X[20:, 1] = 1
    weights = derive(csr_array(X), [0] * 20 + [1] * 20).weights
    model = SparseMarginPerceptron.from_weights(np.where(np.arange(31) < 2, 4 * weights, weights))
    assert np.abs(weights).max() < 511
    assert model.predict_one(np.array([0], np.uint16))[0] == 0


def test_samples_that_all_score_the_same_leave_the_weights_as_they_are():
    X = csr_array(np.ones((2, 3), np.int64))
    assert margin_start._scaled(X, np.array([1, 2, 3, 4]), 50).tolist() == [1, 2, 3, 4]


def test_owner_is_told_what_was_derived_and_of_what():
    told = " ".join(SparseMarginPerceptron(1000, theta=3118).explained)
    assert "further than 3,118 on the label's side: 5 times" in told
    assert "starts at 4 and halves over 8,000 contributions" in told
    assert "2 times as far from word 24 on, 4 times as far from word 74 on, 8 times" in told


def test_owner_is_told_of_no_bound_that_no_word_reaches():
    assert "Rarer words" not in " ".join(SparseMarginPerceptron(20).explained)
