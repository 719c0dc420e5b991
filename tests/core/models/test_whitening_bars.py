"""Nearest centroids with and without whitening, honest and poisoned; prints what docs quote."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfTransformer

from earnest.core.encoders.table import TableEncoder, UnitTableEncoder, WhiteTableEncoder
from earnest.core.encoders.whitening import nearest_means
from earnest.core.models.dense_nearest_centroid import DenseNearestCentroid
from earnest.data import sklearn_tables

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

#: Share of crafted samples, beside the honest ones.
POISONED = 0.1
Rows = NDArray[np.float64]
Part = tuple[Rows, NDArray[np.int64]]


class Came(NamedTuple):
    """Accuracies: of the initial model, of all samples, of all and the poison; and how near two class means are."""

    initial: float
    final: float
    poisoned: float
    apart: float


def came(encoder: TableEncoder, initial: Part, stream: Part, test: Part) -> Came:
    """What centroids come to on these vectors."""
    (X0, y0), (X, y), (Xt, yt) = ((encoder.encode_many(rows), labels) for rows, labels in (initial, stream, test))
    start = DenseNearestCentroid.trained(X0, y0)
    final = start.copy().partial_fit(X, y)
    means = np.array([X0[y0 == label].mean(axis=0) for label in range(start.class_count)])
    gaps = np.linalg.norm(means[:, None] - means[None], axis=2) + 9 * np.eye(len(means))
    here, there = np.unravel_index(gaps.argmin(), gaps.shape)
    away = (means[there] - means[here]) / gaps[here, there]
    count = round(POISONED * (len(y0) + len(y)) / 2)
    poisoned = final.copy().partial_fit(
        np.concatenate([np.tile(away, (count, 1)), np.tile(-away, (count, 1))]), np.repeat([here, there], count)
    )
    apart = nearest_means(X0, y0)
    return Came(float(start.score(Xt, yt)), float(final.score(Xt, yt)), float(poisoned.score(Xt, yt)), apart)


def told(name: str, found: dict[str, Came], capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        for how, one in found.items():
            print(
                f"\n{name} {how}: initial {one.initial:.3f}, all {one.final:.3f}, poisoned {one.poisoned:.3f}, "
                f"means {one.apart:.2f} apart",
                end="",
            )


@pytest.mark.parametrize(
    ("name", "initial", "test"), [("breast-cancer", 100, 169), ("digits", 300, 397), ("wine", 50, 60)]
)
def test_tables_are_told_apart_better_by_the_initial_model_and_means_come_nearer(
    name: str, initial: int, test: int, capsys: pytest.CaptureFixture[str]
) -> None:
    read = sklearn_tables.load(name)
    rows = np.random.default_rng(1).permutation(len(read.y))
    places = rows[test : test + initial], rows[test + initial :], rows[:test]
    parts = [(read.X[place], read.y[place].astype(np.int64)) for place in places]
    encoders = {
        kind.HEAD: kind.fit(read.features, parts[0][0]) for kind in (UnitTableEncoder, WhiteTableEncoder)
    }  # fmt: skip
    plain, white = (came(encoder, *parts) for encoder in encoders.values())
    told(name, {"plain": plain, "whitened": white}, capsys)
    assert white.initial > plain.initial
    assert white.apart < plain.apart


def test_film_reviews_are_told_apart_better(ready_features: Path, capsys: pytest.CaptureFixture[str]) -> None:
    X, y = [], []
    with np.load(ready_features) as file:
        for part in ("train", "test"):
            words = file[f"{part}_indices"].astype(np.int32)
            X.append(csr_array((np.ones(len(words)), words, file[f"{part}_indptr"]), shape=(25_000, 10_000)))
            y.append(file[f"{part}_labels"].astype(np.int64))
    drawn = np.random.default_rng(0).permutation(25_000)
    first, rest = drawn[:2000], drawn[2000:]
    weighed = TfidfTransformer().fit(X[0][first])
    projected = TruncatedSVD(64, random_state=0).fit(weighed.transform(X[0][first]))
    train, test = (projected.transform(weighed.transform(part)) for part in X)
    columns, mean = [str(number) for number in range(64)], train[first].mean(axis=0)
    plain = UnitTableEncoder(columns, mean.tolist(), [1.0] * 64)
    white = WhiteTableEncoder.fit(columns, train[first])
    parts = (train[first], y[0][first]), (train[rest], y[0][rest]), (test, y[1])
    found = {"plain": came(plain, *parts), "whitened": came(white, *parts)}
    told("film reviews", found, capsys)
    assert found["whitened"].initial > found["plain"].initial + 0.02
    assert found["whitened"].final > 0.83
