"""The margin perceptron on vectors in one pass, beside batch logistic regression; prints what docs quote."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression

from earnest.core.encoders.table import UnitTableEncoder
from earnest.core.models.dense_margin_perceptron import DenseMarginPerceptron
from earnest.core.models.model import Model
from earnest.data import sklearn_tables

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

ORDERS, FLIPPED = 10, 0.13
#: Below batch logistic regression by so much at most.
NEAR = 0.005


class Data(NamedTuple):
    """Vectors: of the initial samples, of those that are contributed, and of the test set; with labels."""

    initial: tuple[NDArray[np.float64], NDArray[np.int64]]
    stream: tuple[NDArray[np.float64], NDArray[np.int64]]
    test: tuple[NDArray[np.float64], NDArray[np.int64]]


class Found(NamedTuple):
    """Accuracies of the initial model, after one pass, and of batch logistic regression; the share learned from."""

    initial: float
    final: float
    batch: float
    learned: float


def one_pass(data: Data, order: int, *, flipped: float = 0.0) -> Found:
    """Contribute the stream once, in an order of its own, some labels replaced by another."""
    rng = np.random.default_rng(order)
    model = DenseMarginPerceptron.trained(*data.initial)
    (X, truth), initial = data.stream, model.score(*data.test)
    labels = (truth + (rng.random(len(truth)) < flipped) * rng.integers(1, model.class_count, len(truth))) % (
        model.class_count
    )
    rows, learned = model.samples(X), 0
    for index in rng.permutation(len(labels)):
        learned += learn(model, rows[index], int(labels[index]))
    everything = [np.concatenate(parts) for parts in zip(data.initial, (X, labels), strict=True)]
    batch = LogisticRegression(max_iter=2000).fit(*everything).score(*data.test)
    return Found(float(initial), float(model.score(*data.test)), float(batch), learned / len(labels))


def learn(model: Model, sample: NDArray[np.int16], label: int) -> bool:
    """Whether it was learned from."""
    before = model.weights_.copy()
    model.learn_one(sample, label)
    return not np.array_equal(before, model.weights_)


def told(what: str, found: list[Found], capsys: pytest.CaptureFixture[str]) -> tuple[float, float]:
    """The mean accuracies after a pass and of a batch."""
    initial, final, batch, learned = np.mean(found, axis=0)
    deviation = np.std([one.final for one in found])
    with capsys.disabled():
        print(
            f"\n{what}: initial {initial:.4f}, one pass {final:.4f} ({deviation:.4f}), batch {batch:.4f}, "
            f"learned from {learned:.3f}"
        )
    return float(final), float(batch)


def table(name: str, initial: int, test: int, order: int) -> Data:
    read = sklearn_tables.load(name)
    rows = np.random.default_rng(order).permutation(len(read.y))
    parts = rows[test : test + initial], rows[test + initial :], rows[:test]
    encoder = UnitTableEncoder.fit(read.features, read.X[parts[0]])
    X, y = encoder.encode_many(read.X), read.y.astype(np.int64)
    return Data(*((X[part], y[part]) for part in parts))


@pytest.mark.parametrize(("name", "initial", "test"), [("digits", 300, 397), ("breast-cancer", 100, 169)])
def test_one_pass_over_a_table_is_near_logistic_regression(
    name: str, initial: int, test: int, capsys: pytest.CaptureFixture[str]
) -> None:
    final, batch = told(name, [one_pass(table(name, initial, test, order), order) for order in range(ORDERS)], capsys)
    assert final > batch - NEAR


def texts(path: Path, initial: int) -> Data:
    """The film reviews as 64 numbers: tf-idf and its largest singular vectors, of the initial ones, at length 1."""
    with np.load(path) as file:
        X, y = [], []
        for part in ("train", "test"):
            words = file[f"{part}_indices"].astype(np.int32)
            X.append(csr_array((np.ones(len(words)), words, file[f"{part}_indptr"]), shape=(25_000, 10_000)))
            y.append(file[f"{part}_labels"].astype(np.int64))
    drawn = np.random.default_rng(0).permutation(25_000)
    first, rest = drawn[:initial], drawn[initial:]
    weighed = TfidfTransformer().fit(X[0][first])
    projected = TruncatedSVD(64, random_state=0).fit(weighed.transform(X[0][first]))
    train, test = (projected.transform(weighed.transform(part)) for part in X)
    mean = train[first].mean(axis=0)
    train, test = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (train - mean, test - mean))
    return Data((train[first], y[0][first]), (train[rest], y[0][rest]), (test, y[1]))


def test_one_pass_over_texts_is_near_logistic_regression_flipped_labels_or_not(
    ready_features: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = texts(ready_features, 1000)
    final, batch = told("reviews", [one_pass(data, order) for order in range(ORDERS)], capsys)
    assert final > batch - NEAR
    flips = [one_pass(data, order, flipped=FLIPPED) for order in range(ORDERS)]
    flipped, _ = told("reviews, 13 % of labels flipped", flips, capsys)
    assert flipped > batch - 2 * NEAR
