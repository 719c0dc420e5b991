"""Dense nearest centroid: exactness against fractions, ties, full and empty classes, and scikit-learn's."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.model_selection import train_test_split
from sklearn.neighbors import NearestCentroid
from sklearn.preprocessing import StandardScaler

from earnest.core.errors import RuleViolation, SampleInvalid, WeightsOutOfRange
from earnest.core.models import dense_nearest_centroid as rules
from earnest.core.models.dense_nearest_centroid import MAX_COUNT, DenseNearestCentroid
from earnest.core.models.model import NOT_PREDICTED

LEAST, MOST = -(2**15), 2**15 - 1
TABLES = {"iris": load_iris, "wine": load_wine, "digits": load_digits, "breast cancer": load_breast_cancer}


def by_fractions(model: DenseNearestCentroid, sample) -> tuple[int, int]:
    """Class and score by the definition, on exact fractions."""
    sums = model.weights_[: model.num_classes * model.dimensions].reshape(model.num_classes, -1).tolist()
    counts = model.weights_[model.num_classes * model.dimensions :].tolist()
    distances = {
        label: sum((Fraction(total, count) - int(x)) ** 2 for total, x in zip(row, sample, strict=True))
        for label, (row, count) in enumerate(zip(sums, counts, strict=True))
        if count
    }
    if not distances:
        return 0, 0
    label = min(distances, key=lambda candidate: (distances[candidate], candidate))
    if model.num_classes > 2:
        return label, int(distances[label])
    if len(distances) == 1:
        return label, 1 if label else -1
    nearer = distances[0] - distances[1]
    rounded = -(-abs(nearer.numerator) // nearer.denominator)
    return label, rounded if nearer > 0 else -rounded


@st.composite
def cases(draw):
    """Models with sums near each other or at the ends, and a sample."""
    dimensions, classes = draw(st.integers(1, 4)), draw(st.integers(2, 4))
    some = st.sampled_from([1, 2, 3, MAX_COUNT - 1, MAX_COUNT]) | st.integers(0, MAX_COUNT)
    counts = draw(st.lists(some, min_size=classes, max_size=classes))
    sums = [
        draw(
            st.lists(
                st.integers(LEAST * count, MOST * count)
                | st.sampled_from([LEAST * count, MOST * count])
                | st.integers(-3, 3).map(lambda x, count=count: x * count),
                min_size=dimensions,
                max_size=dimensions,
            )
        )
        for count in counts
    ]
    sample = draw(st.lists(st.integers(LEAST, MOST) | st.integers(-3, 3), min_size=dimensions, max_size=dimensions))
    return DenseNearestCentroid.from_sums(np.array(sums), counts), np.array(sample, dtype=np.int16)


@given(cases())
def test_prediction_and_score_are_exact(case):
    model, sample = case
    assert model.predict_one(sample) == by_fractions(model, sample)


def test_fractions_are_compared_to_the_last_place():
    top = MAX_COUNT**2
    for a, b, c, d in (
        (top - 1, top, top - 2, top),
        (1, top, 1, top - 1),
        (0, 1, 0, top),
        (top - 2, top - 1, top - 1, top),
    ):
        for first, second in (((a, b), (c, d)), ((c, d), (a, b))):
            exact = Fraction(*first) - Fraction(*second)
            sign = (exact > 0) - (exact < 0)
            assert rules.compare_fractions(*first, *second) == sign


@pytest.mark.parametrize("sums", [[[1.5], [2.0]], [1, 2], [[MOST + 1], [0]], [[LEAST - 1], [0]]])
def test_sums_that_no_samples_have_are_refused(sums):
    with pytest.raises(WeightsOutOfRange):
        DenseNearestCentroid.from_sums(sums, [1, 1])


@pytest.mark.parametrize("counts", [[-1, 1], [MAX_COUNT + 1, 1], [1, 1, 1], [0.5, 1]])
def test_counts_that_no_class_has_are_refused(counts):
    with pytest.raises(WeightsOutOfRange):
        DenseNearestCentroid.from_sums([[0], [0]], counts)


@pytest.mark.parametrize(
    "values",
    [
        {"dimensions": 0},
        {"dimensions": 4097},
        {"num_classes": 1},
        {"num_classes": 257},
        {"dimensions": 4096, "num_classes": 9},
    ],
)
def test_parameters_out_of_range_are_refused(values):
    with pytest.raises(RuleViolation):
        DenseNearestCentroid(**values).pack_parameters()


@pytest.mark.filterwarnings("ignore::RuntimeWarning:sklearn")
@pytest.mark.filterwarnings("ignore:self.within_class_std_dev_ has:UserWarning:sklearn")
def test_classifier_with_a_label_missing_is_refused():
    classifier = NearestCentroid().fit([[0.0], [1.0]], [0, 2])
    with pytest.raises(RuleViolation, match="labels must be 0 to 1"):
        DenseNearestCentroid.from_sklearn(classifier, [1, 1])


def test_initial_sums_beyond_the_last_dimension_are_refused():
    model = DenseNearestCentroid.from_sums([[1], [1]], [1, 1])
    (chunk,) = model.initial_chunks()
    with pytest.raises(WeightsOutOfRange, match="beyond the last"):
        DenseNearestCentroid.from_code(model.pack_parameters(), [chunk[:-4] + b"\0\0\0\1"])


def test_labels_beyond_the_classes_are_refused():
    with pytest.raises(SampleInvalid, match="0 to 2"):
        DenseNearestCentroid(1, num_classes=3).fit([[1.0]], [3])


def test_learning_adds_the_sample_to_its_class_and_halves_a_full_one_before():
    model = DenseNearestCentroid.from_sums([[10, 20], [30, 40]], [1, MAX_COUNT - 1])
    sample = np.array([LEAST, MOST], dtype=np.int16)
    assert [model.learn_one(sample, label) for label in (0, 1)] == [NOT_PREDICTED] * 2
    assert model.weights_.tolist() == [10 + LEAST, 20 + MOST, 30 + LEAST, 40 + MOST, 2, MAX_COUNT]
    model.learn_one(sample, 1)
    aged = [(30 + LEAST) // 2 + LEAST, (40 + MOST) // 2 + MOST]
    assert model.weights_.tolist() == [10 + LEAST, 20 + MOST, *aged, 2, MAX_COUNT // 2 + 1]
    assert model.accepted_ == 3


def test_state_survives_code_snapshots_and_copies():
    rng = np.random.default_rng(1)
    model = DenseNearestCentroid.from_sums(rng.integers(-900, 900, (5, 37)), [1, 2, 3, 4, 5], scale=9)
    again = DenseNearestCentroid.from_code(model.pack_parameters(), model.initial_chunks())
    assert (again.parameters, again.digest()) == (model.parameters, model.digest())
    model.partial_fit(rng.normal(size=(20, 37)), rng.integers(0, 5, 20))
    for other in (DenseNearestCentroid.from_bytes(model.to_bytes()), model.copy()):
        assert (other.parameters, other.digest(), other.accepted_) == (model.parameters, model.digest(), 20)


# of columns that are constant within a class, which matter to its own scores only
@pytest.mark.filterwarnings("ignore:self.within_class_std_dev_ has:UserWarning:sklearn")
@pytest.mark.parametrize("table", sorted(TABLES))
@pytest.mark.parametrize("seed", range(3))
def test_accuracy_is_scikit_learns_on_its_own_tables(table, seed):
    """Within .005 of the floating-point original: handed over, handed over half-way, and learned from nothing."""
    X, y = TABLES[table](return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, random_state=seed, stratify=y)
    scaler = StandardScaler().fit(X_train)
    X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)
    classes, half = int(y.max()) + 1, len(y_train) // 2
    original = NearestCentroid().fit(X_train, y_train)

    handed_over = DenseNearestCentroid.trained(X_train, y_train)
    half_way = DenseNearestCentroid.trained(X_train[:half], y_train[:half]).partial_fit(X_train[half:], y_train[half:])
    from_nothing = DenseNearestCentroid(X.shape[1], classes).fit(X_train, y_train)

    for model in (handed_over, half_way, from_nothing):
        assert abs(model.score(X_test, y_test) - original.score(X_test, y_test)) < 0.005
        assert (model.weights_[-classes:] == np.bincount(y_train)).all()
    scores = from_nothing.decision_function(X_test)
    assert scores.shape == ((len(X_test),) if classes == 2 else (len(X_test), classes))
