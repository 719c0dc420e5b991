"""The fast engine where the judge is sealed, against the sealed pools' own bytecode, driven by the same agents."""

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from earnest.core.incentives.reference import reference_of
from earnest.core.models.formats.vectors import Vectors
from earnest.core.models.registry import MODELS
from earnest.simulations import measures, run
from earnest.simulations.engine import models, sealed, sealed_book, types
from earnest.simulations.engine.fast import FastEngine
from earnest.simulations.engine.sealed_evm import SealedEvmEngine
from earnest.simulations.errors import EngineError
from earnest.simulations.scenario import Scenario
from earnest.simulations.task import Samples, Task
from tests.agreement.evm import IS_FAST, pyrevm
from tests.simulations.conftest import NUM_WORDS
from tests.simulations.engine.test_evm import BREAST_CANCER, make_vectors, of_length_1, of_more_classes, under
from tests.simulations.worlds import attacked_scenario, forums, random_scenario

#: Epochs of two hours, so that everything happens within 300 contributions.
RULES: dict[str, Any] = {
    "incentive": "sealed-assessment", "epoch_length": 7200, "gate": 60, "seal_bounty": 1, "agreed_price": 4,
    "judge_shift": 3, "most_features": 3,
}  # fmt: skip
#: The same of models that leave no choice in some of them.
OF_COUNTS: dict[str, Any] = {name: value for name, value in RULES.items() if name != "judge_shift"}
OF_NUMBERS: dict[str, Any] = {name: value for name, value in RULES.items() if name != "most_features"}


@pytest.fixture(autouse=True)
def _an_evm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pyrevm has no wheel, the agreement tests' stand-in."""
    monkeypatch.setitem(sys.modules, "pyrevm", pyrevm)


@pytest.fixture
def task(task: Task) -> Task:
    reference = np.where(np.arange(NUM_WORDS + 1) % 2 == 1, 40, -40).astype(np.int32)
    reference[-1] = 0
    shorter = {} if IS_FAST else {"order": np.arange(40, dtype=np.int32)}
    return replace(task, reference=reference, **shorter)


def play(scenario: Scenario, task: Task, seed: int, kind: Any) -> tuple[run.Outcome, Any]:
    runner = kind(scenario, task, seed, journal=True)
    return run.simulate(scenario, task, seed, runner=runner), runner


def assert_agree(scenario: Scenario, task: Task, seed: int) -> SealedEvmEngine:
    fast, _ = play(scenario, task, seed, FastEngine)
    evm, runner = play(scenario, task, seed, SealedEvmEngine)
    made = fast.state.counters[types.JOURNALLED]
    np.testing.assert_array_equal(fast.state.journal[:made], evm.state.journal[: evm.state.counters[types.JOURNALLED]])
    for name in ("weights", "wallet", "credit", "verified", "depleted_at", "totals", "tally", "counters"):
        np.testing.assert_array_equal(getattr(fast.state, name), getattr(evm.state, name), err_msg=name)
    for name in ("standing", "judge", "moments", "at_risk", "clock"):
        np.testing.assert_array_equal(getattr(fast.state.book, name), getattr(evm.state.book, name), err_msg=name)
    assert measures.row_of(scenario, task, seed, fast) == measures.row_of(scenario, task, seed, evm)
    assert measures.series_of(scenario, seed, fast) == measures.series_of(scenario, seed, evm)
    return runner  # type: ignore[no-any-return]


@pytest.mark.parametrize("seed", range(10))
def test_both_engines_agree_on_rows_events_and_weights(task: Task, seed: int) -> None:
    assert_agree(random_scenario(seed, NUM_WORDS).with_knobs(**RULES), task, seed)


@pytest.mark.parametrize("seed", range(9))
def test_both_engines_agree_under_attack(task: Task, seed: int) -> None:
    assert_agree(attacked_scenario(seed, NUM_WORDS).with_knobs(**RULES), task, seed)


@pytest.mark.parametrize("seed", range(5))
def test_both_engines_agree_under_the_margin_perceptron(task: Task, seed: int) -> None:
    task = replace(under(task, "sparse-margin-perceptron"), reference=task.reference)
    assert_agree(random_scenario(seed, NUM_WORDS).with_knobs(model="sparse-margin-perceptron", **RULES), task, seed)


@pytest.mark.parametrize("model", ["naive-bayes", "sparse-nearest-centroid"])
@pytest.mark.parametrize("seed", range(5))
def test_both_engines_agree_under_models_that_count(task: Task, model: str, seed: int) -> None:
    make = (random_scenario, attacked_scenario)[seed % 2]
    task = replace(under(task, model), reference=task.reference)
    runner = assert_agree(make(seed, NUM_WORDS).with_knobs(model=model, **OF_COUNTS), task, seed)
    # the learner's as a seal took it, with its own moments
    book = runner.state.book
    assert book.clock[sealed_book.EPOCH] > 0
    assert book.moments.tolist() == models.moments_of(runner.world.model, book.judge).tolist()


@pytest.mark.parametrize("model", ["naive-bayes", "sparse-nearest-centroid"])
def test_both_engines_agree_under_models_that_count_several_classes(model: str, tmp_path: Path) -> None:
    forums(tmp_path / "forums.csv")
    scenario, task = of_more_classes("file", model, 2, tmp_path)
    assert task.reference is not None
    assert (task.classes, len(task.reference)) == (3, 3 * (scenario.num_words + 1))
    assert_agree(scenario.with_knobs(**OF_COUNTS), task, 2)


#: The same on vectors, whose gaps are larger by the integer for 1.
ON_VECTORS: dict[str, Any] = {**OF_NUMBERS, **BREAST_CANCER, "gate": 60 * models.SCALE, "judge_shift": 0}


def vectors_task(model: str, classes: int) -> Task:
    """Overlapping classes of vectors, a learner trained on some of them, and their reference."""
    parts = [_in_classes(make_vectors(size, seed), classes, seed) for size, seed in ((30, 9), (300, 1), (200, 2))]
    if MODELS[model].UNIT_LENGTH:
        parts = [of_length_1(samples) for samples in parts]
    first, stream, test = parts
    X = Vectors(7).matrix(first.starts, first.features)
    start = models.trained(model, X, first.labels)
    shorter = {} if IS_FAST else {"order": np.arange(40, dtype=np.int32)}
    reference = reference_of(start, X, first.labels)
    return Task(stream, test, start.weights_, derived=start.derived, classes=classes, reference=reference, **shorter)


def _in_classes(samples: Samples, classes: int, seed: int) -> Samples:
    """The same vectors, some of them in other classes and moved along a column of each."""
    if classes == 2:
        return samples
    labels = np.random.default_rng(seed).integers(0, classes, len(samples.labels)).astype(np.uint8)
    labels[:classes] = np.arange(classes)
    rows = samples.features.reshape(len(labels), -1).copy()
    rows[np.arange(len(labels)), labels % 7] = 5 * models.SCALE
    return Samples(samples.starts, rows.reshape(-1), labels)


MODELS_ON_VECTORS = [
    ("dense-perceptron", 2),
    *((model, classes) for model in ("dense-margin-perceptron", "dense-nearest-centroid") for classes in (2, 4)),
]


@pytest.mark.parametrize(("model", "classes"), MODELS_ON_VECTORS)
def test_bytecode_on_vectors_does_what_the_interpreted_rules_do(model: str, classes: int) -> None:
    """Call by call, weight by weight: what the engine of the EVM stops at does not come."""
    scenario, task = random_scenario(1, NUM_WORDS).with_knobs(model=model, **ON_VECTORS), vectors_task(model, classes)
    outcome, runner = play(scenario, task, 1, SealedEvmEngine)
    assert outcome.state.counters[types.JOURNALLED] > 40
    assert runner.state.book.clock[sealed_book.EPOCH] > 3
    assert (runner.state.weights != task.initial_weights).any(), "it learned"


# numba compiles the loop for vectors in minutes
@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("model", "classes"), MODELS_ON_VECTORS)
@pytest.mark.parametrize("seed", range(6))
def test_both_engines_agree_on_vectors(model: str, classes: int, seed: int) -> None:
    make = (random_scenario, attacked_scenario)[seed % 2]
    scenario = make(seed, NUM_WORDS).with_knobs(model=model, **ON_VECTORS)
    runner = assert_agree(scenario, vectors_task(model, classes), seed)
    assert runner.state.book.clock[sealed_book.EPOCH] > 0


def test_what_the_rules_refuse_is_sent_and_refused_for_the_same_reason(task: Task) -> None:
    refused: Counter[str] = Counter()
    for seed in range(6):
        refused.update(assert_agree(random_scenario(seed, NUM_WORDS).with_knobs(**RULES), task, seed).refused)
    assert {"SealedTooEarly", "TooFewSeals"} <= set(refused)
    assert set(refused) <= {"SealedTooEarly", "TooFewSeals", "JudgeDisagrees", "NotContributor", "PriceAboveMaximum"}


def test_bytecode_that_says_otherwise_stops_the_run(
    scenario: Scenario, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = SealedEvmEngine(scenario.with_knobs(**RULES), task, 1)

    def richer(world: Any, state: Any, now: int, agent: int) -> None:
        state.credit[agent] += 1
        original(world, state, now, agent)

    original = sealed.seal
    monkeypatch.setattr(sealed, "seal", richer)
    with pytest.raises(EngineError, match=r"The bytecode tells Sealed\(1, .*, 0, 0\), the twin Sealed\(1, .*, 1, 1\)"):
        run.simulate(scenario.with_knobs(**RULES), task, 1, runner=runner)
