"""The perceptron with a margin in one pass over the film reviews, beside the published one; prints what docs quote."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numba
import numpy as np
import pytest

from earnest.core.models.formats.words import Words
from earnest.core.models.kernels import Kernels
from earnest.core.models.model import Model
from earnest.simulations.data import load_task
from earnest.simulations.engine import models
from earnest.simulations.scenario import load
from earnest.simulations.task import Samples, Task

pytestmark = pytest.mark.slow

ORDERS, FLIPPED = 10, 0.13


class Found(NamedTuple):
    """Accuracies of all orders, and parts of the contributions that were learned from."""

    accuracies: list[float]
    learned: list[float]

    def __str__(self) -> str:
        """Mean and deviation, and the share."""
        return f"{np.mean(self.accuracies):.4f} ({np.std(self.accuracies):.4f}), learned {np.mean(self.learned):.3f}"


def one_pass(task: Task, start: Model, flipped: float) -> Found:
    """Contribute the stream once in each order, some labels flipped."""
    found, play = Found([], []), _player(start.KERNELS)
    starts, features, truth = task.stream
    for order in range(ORDERS):
        rng, model = np.random.default_rng(order), start.restarted()
        labels = truth ^ (rng.random(len(truth)) < flipped)
        state = model.weights_, model.moments_, np.zeros(2, np.int64), model.initial_weights_, model.settings
        learned = play(*state, starts, features, labels, rng.permutation(len(truth)))
        found.accuracies.append(accuracy(model, task.test))
        found.learned.append(learned / len(truth))
    return found


def accuracy(model: Model, samples: Samples) -> float:
    X = Words(model.format.width).matrix(samples.starts, samples.features)
    return float((model.predict(X) == samples.labels).mean())


def _player(kernels: Kernels) -> Callable[..., int]:
    """A pass, compiled; returns how many samples were learned from."""
    predict, learn = kernels.predict, kernels.learn

    @numba.njit
    def play(
        weights: Any, moments: Any, scores: Any, initial: Any, settings: Any, starts: Any, features: Any, labels: Any,
        order: Any,
    ) -> int:  # fmt: skip
        learned = 0
        for nth in range(len(order)):
            index = order[nth]
            sample, label = features[starts[index] : starts[index + 1]], int(labels[index])
            value = predict(weights, moments, scores, settings, sample)[1]
            learned += learn(weights, moments, scores, initial, settings, sample, label, value, nth) >= 0
        return learned

    return play


@pytest.mark.parametrize(
    ("name", "honest", "flipped"), [("sparse-perceptron", 0.81, 0.77), ("sparse-margin-perceptron", 0.858, 0.845)]
)
def test_one_pass_reaches_its_bar(
    name: str, honest: float, flipped: float, imdb_archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario, kind = load("paper").with_knobs(model=name), models.number_of(name)
    task = load_task(scenario, imdb_archive, tmp_path)
    chosen = models.choices(kind, scenario, task.derived)
    start = models.model_of(kind, task.initial_weights, task.classes, chosen)
    clean, attacked = one_pass(task, start, 0.0), one_pass(task, start, FLIPPED)
    with capsys.disabled():
        print(f"\n{name}: initial {accuracy(start, task.test):.4f}; honest {clean}; flipped {attacked}")
    assert np.mean(clean.accuracies) >= honest
    assert np.mean(attacked.accuracies) >= flipped
