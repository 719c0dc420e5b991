"""The models that count, against scikit-learn's and against their own formulas; compiled kernels give the same."""

import math
import warnings
from fractions import Fraction

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array, vstack
from sklearn.base import clone
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import NearestCentroid

from earnest.core.encoders.vocabulary import VocabularyEncoder
from earnest.core.errors import RuleViolation, SampleInvalid, WeightsOutOfRange
from earnest.core.models import class_counts, naive_bayes, sparse_nearest_centroid
from earnest.core.models.class_counts import MAX_SAMPLES
from earnest.core.models.model import NOT_PREDICTED
from earnest.core.models.naive_bayes import NaiveBayes, log2_rounded_down
from earnest.core.models.sparse_nearest_centroid import SparseNearestCentroid, squared_length_rounded_down
from earnest.data import movie_reviews, paper
from earnest.data.dataset import split

KINDS = {NaiveBayes: naive_bayes, SparseNearestCentroid: sparse_nearest_centroid}
#: How far an integer model's accuracy may be from scikit-learn's.
NEAR = 0.005

each_kind = pytest.mark.parametrize("kind", KINDS)


def original(kind):
    return MultinomialNB() if kind is NaiveBayes else NearestCentroid()


def fitted(kind, X, y):
    """scikit-learn's original; that a word is in every text is nothing to warn of."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*zero standard deviation")
        return original(kind).fit(csr_array(X).astype(np.float64), y)


def random_samples(rng, count: int, num_words: int, classes: int):
    X = (rng.random((count, num_words)) < rng.random(num_words) * 0.5).astype(np.int64)
    X[:, 0] |= X.sum(axis=1) == 0
    y = rng.integers(0, classes, count)
    y[:classes] = range(classes)
    return X, y


# REFUSED


@each_kind
@pytest.mark.parametrize(
    ("counts", "samples", "words"),
    [
        ([[1, 2]], [3, 3], "shape"),
        ([[0.5], [1]], [1, 1], "whole numbers"),
        ([[-1], [1]], [1, 1], "whole numbers"),
        ([[1], [1]], [1, MAX_SAMPLES + 1], "whole numbers"),
        ([[2], [1]], [1, 1], "more samples than it has"),
        ([[math.nan], [1]], [1, 1], "whole numbers"),
    ],
)
def test_counts_that_no_samples_give_are_refused(kind, counts, samples, words):
    with pytest.raises(WeightsOutOfRange, match=words):
        kind.from_counts(counts, samples)


@each_kind
@pytest.mark.parametrize("label", [-1, 3])
def test_label_of_no_class_is_refused(kind, label):
    model = kind(4, 3).fit(np.zeros((0, 4)), [])
    with pytest.raises(SampleInvalid, match="use 0 to 2"):
        model.learn_one(np.array([1]), label)
    assert model.accepted_ == 0


def test_naive_bayes_of_another_smoothing_prior_or_class_is_refused():
    X, y = np.eye(2), [0, 1]
    for clf in (MultinomialNB(alpha=0.5), MultinomialNB(fit_prior=False), MultinomialNB(class_prior=[0.5, 0.5])):
        with pytest.raises(RuleViolation):
            NaiveBayes.from_sklearn(clf.fit(X, y))
    with pytest.raises(RuleViolation, match="0, 1"):
        NaiveBayes.from_sklearn(MultinomialNB().fit(X, [1, 2]))
    with pytest.raises(WeightsOutOfRange):
        NaiveBayes.from_sklearn(MultinomialNB().fit(3 * X, y))


def test_nearest_centroid_of_another_metric_shrinkage_or_class_is_refused():
    X, y = np.array([[1, 0], [1, 1], [0, 1], [1, 1]]), [0, 0, 1, 1]
    with pytest.raises(RuleViolation):
        SparseNearestCentroid.from_sklearn(NearestCentroid(metric="manhattan").fit(X, y), [2, 2])
    with pytest.raises(RuleViolation):
        SparseNearestCentroid.from_sklearn(NearestCentroid(shrink_threshold=0.1).fit(X, y), [2, 2])
    with pytest.raises(RuleViolation, match="0, 1"):
        SparseNearestCentroid.from_sklearn(NearestCentroid().fit(X, [1, 1, 2, 2]), [2, 2])
    with pytest.raises(WeightsOutOfRange, match="whole numbers"):
        SparseNearestCentroid.from_sklearn(NearestCentroid().fit(X, y), [3, 3])


# THE FORMULAS


@given(st.integers(1, 2**46))
def test_logarithm_is_rounded_down_to_the_unit(value):
    exact = math.log2(value) * 2**16
    assert exact - 1.01 <= log2_rounded_down(value) <= exact + 1e-6


@pytest.mark.parametrize("power", [0, 1, 15, 29, 30, 31, 45, 46])
def test_logarithm_of_a_power_of_two_is_exact(power):
    assert log2_rounded_down(2**power) == power << 16


@given(samples=st.integers(1, MAX_SAMPLES), share=st.fractions(0, 1))
def test_squared_length_is_rounded_down_once(samples, share):
    squares = int(share * 65_536 * samples**2)
    assert squared_length_rounded_down(squares, samples) == (squares << 20) // samples**2


@pytest.mark.parametrize("classes", [2, 4])
def test_naive_bayes_scores_are_the_logarithms_of_the_probabilities(classes):
    rng = np.random.default_rng(classes)
    X, y = random_samples(rng, 300, 40, classes)
    model = NaiveBayes(40, classes).fit(X, y)
    for row in X[:50]:
        sample = np.flatnonzero(row)
        exact = []
        for label in range(classes):
            probability = Fraction(int((y == label).sum()))
            counts = X[y == label].sum(axis=0)
            for word in sample:
                probability *= Fraction(int(counts[word]) + 1, int(counts.sum()) + 40)
            exact.append(math.log2(probability))
        scores = np.zeros(classes, dtype=np.int64)
        naive_bayes.score(model.weights_, model.moments_, 40, sample, scores)
        assert np.abs(scores / 2**16 - exact).max() < 2**-16 * (len(sample) + 2)


@pytest.mark.parametrize("classes", [2, 4])
def test_nearest_centroid_scores_are_distances_but_for_the_samples_own_length(classes):
    rng = np.random.default_rng(classes)
    X, y = random_samples(rng, 300, 40, classes)
    model = SparseNearestCentroid(40, classes).fit(X, y)
    centroids = np.array([X[y == label].mean(axis=0) for label in range(classes)])
    for row in X[:50]:
        scores = np.zeros(classes, dtype=np.int64)
        sparse_nearest_centroid.score(model.weights_, model.moments_, 40, np.flatnonzero(row), scores)
        distances = ((row - centroids) ** 2).sum(axis=1)
        assert np.abs(scores / 2**20 - (row.sum() - distances)).max() < 2**-19


# SCIKIT-LEARN


@each_kind
@pytest.mark.parametrize("classes", [2, 3, 6])
def test_fitting_gives_the_same_as_starting_from_scikit_learn(kind, classes):
    X, y = random_samples(np.random.default_rng(classes), 200, 30, classes)
    model = kind(30, classes).fit(X, y)
    counts = (np.bincount(y),) if kind is SparseNearestCentroid else ()
    converted = kind.from_sklearn(fitted(kind, X, y), *counts)
    assert converted.digest() == model.digest() == kind.trained(X, y).digest()
    assert converted.moments_.tolist() == model.moments_.tolist()
    assert model.counts_.tolist() == [X[y == label].sum(axis=0).tolist() for label in range(classes)]
    assert model.samples_.tolist() == np.bincount(y).tolist()


@each_kind
@pytest.mark.parametrize("classes", [2, 3])
def test_predictions_are_those_of_scikit_learn_wherever_it_is_sure(kind, classes):
    X, y = random_samples(np.random.default_rng(7), 2000, 60, classes)
    model = kind(60, classes).fit(X[:1000], y[:1000])
    agree = (model.predict(X) == fitted(kind, X[:1000], y[:1000]).predict(X)).mean()
    assert agree > 0.999


@each_kind
@pytest.mark.parametrize("classes", [2, 5])
def test_decision_function_holds_what_each_prediction_was_decided_by(kind, classes):
    X, y = random_samples(np.random.default_rng(1), 80, 20, classes)
    model = kind(20, classes).fit(X[:40], y[:40])
    scores = model.decision_function(csr_array(X))
    assert scores.shape == ((80,) if classes == 2 else (80, classes))
    for row, sample in enumerate(model.samples(X)):
        label, score = model.predict_one(sample)
        assert label == model.predict(X)[row]
        ranked = np.sort(scores[row]) if classes > 2 else None
        assert score == (scores[row] if ranked is None else ranked[-1] - ranked[-2])


@each_kind
def test_estimator_can_be_cloned_copied_restarted_and_stored(kind):
    X, y = random_samples(np.random.default_rng(3), 50, 20, 3)
    model = kind(20, 3).fit(X[:25], y[:25])
    assert clone(model).get_params() == {"num_words": 20, "num_classes": 3, "max_features": 1024}
    kept, stored = model.copy(), model.to_bytes()
    for other in (model, kind.from_bytes(stored)):
        other.partial_fit(X[25:], y[25:])
    again = kind.from_bytes(stored).partial_fit(X[25:], y[25:])
    assert again.to_bytes() == model.to_bytes() != stored == kept.to_bytes()
    assert again.moments_.tolist() == model.moments_.tolist()
    fresh = model.restarted()
    assert (fresh.accepted_, fresh.digest()) == (0, model.digest())
    assert kind.from_code(model.pack_parameters(), model.initial_chunks()).digest() == model.digest()
    with pytest.raises(WeightsOutOfRange, match="damaged"):
        kind.from_bytes(stored[:-1])


@each_kind
def test_learning_answers_that_nothing_was_predicted(kind):
    model = kind.from_counts([[1, 0], [0, 1]], [1, 1])
    assert model.learn_one(np.array([0]), 1) == NOT_PREDICTED
    assert model.counts_.tolist() == [[1, 0], [1, 1]]
    assert model.samples_.tolist() == [1, 2]


# COMPILED


@each_kind
@settings(deadline=None, max_examples=60)
@given(
    samples=st.lists(st.integers(0, MAX_SAMPLES), min_size=2, max_size=4),
    stream=st.lists(st.tuples(st.sets(st.integers(0, 11), min_size=1), st.integers(0, 1)), max_size=12),
    shares=st.lists(st.floats(0, 1), min_size=48, max_size=48),
)
def test_kernels_compiled_and_interpreted_agree(kind, samples, stream, shares):
    rules = KINDS[kind]
    classes = len(samples)
    counts = [[int(samples[c] * shares[c * 12 + word]) for word in range(12)] for c in range(classes)]
    plain, fast = kind.from_counts(counts, samples), kind.from_counts(counts, samples)
    for words, label in stream:
        sample = np.array(sorted(words), dtype=np.uint16)
        ours, theirs = np.zeros(classes, dtype=np.int64), np.zeros(classes, dtype=np.int64)
        rules.score(plain.weights_, plain.moments_, 12, sample, ours)
        COMPILED[kind]["score"](fast.weights_, fast.moments_, 12, sample, theirs)
        assert ours.tolist() == theirs.tolist()
        assert class_counts.decide(ours) == DECIDE(theirs)
        rules.learn(plain.weights_, plain.moments_, 12, sample, label)
        COMPILED[kind]["learn"](fast.weights_, fast.moments_, 12, sample, label)
        assert plain.to_bytes() == fast.to_bytes()
        assert plain.moments_.tolist() == fast.moments_.tolist()


COMPILED = {
    kind: {name: numba.njit(getattr(rules, name)) for name in ("score", "learn")} for kind, rules in KINDS.items()
}
DECIDE = numba.njit(class_counts.decide)


@each_kind
def test_compiled_kernels_do_not_overflow_at_the_largest_counts(kind):
    num_words = 65_536
    model = kind.from_counts(np.full((2, num_words), MAX_SAMPLES), [MAX_SAMPLES] * 2)
    sample = np.arange(1024, dtype=np.uint16)
    scores = np.zeros(2, dtype=np.int64)
    COMPILED[kind]["score"](model.weights_, model.moments_, num_words, sample, scores)
    expected = np.zeros(2, dtype=np.int64)
    KINDS[kind].score(model.weights_, model.moments_, num_words, sample, expected)
    assert scores.tolist() == expected.tolist()


# REAL REVIEWS


@each_kind
def test_accuracy_on_real_reviews_is_that_of_scikit_learn_before_and_after_learning_on(kind):
    parts = split(movie_reviews.load(), 1, 2000, 5000)
    encoder = VocabularyEncoder.fit(parts.train.texts, 1000)
    train, test, later = (
        encoder.encode_many(texts) for texts in (parts.train.texts, parts.held_out.texts, parts.stream.texts[:4000])
    )
    check_accuracy(kind, train, parts.train.labels, test, parts.held_out.labels, later, parts.stream.labels[:4000])


@each_kind
def test_accuracy_on_the_imdb_archive_is_that_of_scikit_learn(kind, imdb):
    X, y = imdb.X_train, imdb.y_train
    few, more = slice(0, 2000), slice(2000, 8000)
    check_accuracy(kind, X[few], y[few], imdb.X_test, imdb.y_test, X[more], y[more])


@pytest.fixture(scope="module")
def imdb(imdb_archive):
    return paper.load(imdb_archive, 1000)


def check_accuracy(kind, X, y, test, truth, later, later_truth):
    model, clf = kind.trained(X, y), fitted(kind, X, y)
    found, expected = (model.predict(test) == truth).mean(), (clf.predict(test.astype(np.float64)) == truth).mean()
    assert abs(found - expected) < NEAR
    assert found > 0.7
    model.partial_fit(later, later_truth)
    clf = fitted(kind, vstack([X, later]), np.concatenate([y, later_truth]))
    found, expected = (model.predict(test) == truth).mean(), (clf.predict(test.astype(np.float64)) == truth).mean()
    assert abs(found - expected) < NEAR


@pytest.mark.parametrize("kind", [NaiveBayes, SparseNearestCentroid])
def test_moments_follow_from_any_counts(kind):
    """As a seal works them out, and as a model that starts from the counts does."""
    model = kind.from_counts(np.arange(60).reshape(3, 20), [65_535, 40, 59])
    found = np.full(3, 7, dtype=np.int64)
    kind.KERNELS.write_moments(model.weights_, found, model.settings)
    assert found.tolist() == model.moments_.tolist()
