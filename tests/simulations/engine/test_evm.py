"""The fast engine against the contracts' own bytecode, driven by the same agents."""

import dataclasses
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from earnest.core.models.formats.vectors import Vectors, quantise
from earnest.core.models.registry import MODELS
from earnest.simulations import measures, run
from earnest.simulations.data import Sources, load_task
from earnest.simulations.engine import models, types
from earnest.simulations.engine.evm import EvmEngine
from earnest.simulations.engine.fast import FastEngine
from earnest.simulations.errors import EngineError
from earnest.simulations.scenario import Scenario
from earnest.simulations.task import Samples, Task
from tests.agreement.evm import IS_FAST, pyrevm
from tests.simulations.conftest import NUM_WORDS, make_samples
from tests.simulations.worlds import FORUMS, TABLES, attacked_scenario, forums, random_scenario


@pytest.fixture(autouse=True)
def _an_evm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pyrevm has no wheel, the agreement tests' stand-in."""
    monkeypatch.setitem(sys.modules, "pyrevm", pyrevm)


def play(scenario: Scenario, task: Task, seed: int, kind: Any) -> tuple[run.Outcome, Any]:
    runner = kind(scenario, task, seed, journal=True)
    return run.simulate(scenario, task, seed, runner=runner), runner


def assert_agree(scenario: Scenario, task: Task, seed: int) -> None:
    fast, _ = play(scenario, task, seed, FastEngine)
    evm, _ = play(scenario, task, seed, EvmEngine)
    made = fast.state.counters[types.JOURNALLED]
    np.testing.assert_array_equal(fast.state.journal[:made], evm.state.journal[: evm.state.counters[types.JOURNALLED]])
    for name in ("weights", "wallet", "credit", "verified", "depleted_at", "totals", "tally", "counters"):
        np.testing.assert_array_equal(getattr(fast.state, name), getattr(evm.state, name), err_msg=name)
    assert measures.row_of(scenario, task, seed, fast) == measures.row_of(scenario, task, seed, evm)
    assert measures.series_of(scenario, seed, fast) == measures.series_of(scenario, seed, evm)


def under(task: Task, model: str) -> Task:
    """The same samples under another model, trained on as many again."""
    first = make_samples(20, 9)
    present = csr_array((np.ones(len(first.features), np.uint8), first.features, first.starts), (20, NUM_WORDS))
    start = models.trained(model, present, first.labels)
    return dataclasses.replace(task, initial_weights=start.weights_, derived=start.derived)


@pytest.mark.parametrize("model", ["naive-bayes", "sparse-nearest-centroid", "sparse-margin-perceptron"])
@pytest.mark.parametrize("seed", range(20))
def test_both_engines_agree_under_other_models_on_words(task: Task, model: str, seed: int) -> None:
    task = under(task, model)
    if not IS_FAST:
        task = dataclasses.replace(task, order=np.arange(20, dtype=np.int32))
    assert_agree(random_scenario(seed, NUM_WORDS).with_knobs(model=model), task, seed)


def make_vectors(size: int, seed: int) -> Samples:
    """Two classes that overlap, with numbers at the ends of int16 among them."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, size).astype(np.uint8)
    vectors = quantise(rng.normal(labels[:, None] - 0.5, 1.5, (size, 7)), models.SCALE)
    vectors[rng.random(vectors.shape) < 0.02] = rng.choice([-(2**15), 2**15 - 1])
    starts = np.arange(size + 1, dtype=np.int64) * 7
    return Samples(starts, vectors.reshape(-1), labels)


#: Knobs that vectors take.
BREAST_CANCER = {"dataset": "breast-cancer", "shuffle_seed": 1, "test_size": 200}


def of_length_1(samples: Samples) -> Samples:
    """The same vectors, as models that refuse longer ones take them."""
    rows = samples.features.reshape(len(samples.labels), -1) / models.SCALE
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return Samples(samples.starts, quantise(rows, models.SCALE).reshape(-1), samples.labels)


def vectors_task(model: str) -> Task:
    """Vectors, and a learner trained on some of them."""
    first, stream, test = make_vectors(20, 9), make_vectors(300 if IS_FAST else 20, 1), make_vectors(200, 2)
    if MODELS[model].UNIT_LENGTH:
        first, stream, test = (of_length_1(samples) for samples in (first, stream, test))
    start = models.trained(model, Vectors(7).matrix(first.starts, first.features), first.labels)
    return Task(stream, test, start.weights_, derived=start.derived)


ON_VECTORS = ["dense-perceptron", "dense-nearest-centroid", "dense-margin-perceptron"]


@pytest.mark.parametrize("model", ON_VECTORS)
@pytest.mark.parametrize("seed", range(20))
def test_both_engines_agree_under_learners_on_vectors(model: str, seed: int) -> None:
    scenario = random_scenario(seed, NUM_WORDS).with_knobs(model=model, **BREAST_CANCER)
    assert_agree(scenario, vectors_task(model), seed)


@pytest.mark.parametrize("seed", range(20))
def test_both_engines_agree_on_events_balances_and_weights(task: Task, seed: int) -> None:
    if not IS_FAST:
        task = dataclasses.replace(task, order=np.arange(40, dtype=np.int32))
    assert_agree(random_scenario(seed, NUM_WORDS), task, seed)


@pytest.mark.parametrize("seed", range(9))
def test_both_engines_agree_under_attack(task: Task, seed: int) -> None:
    if not IS_FAST:
        task = dataclasses.replace(task, order=np.arange(40, dtype=np.int32))
    assert_agree(attacked_scenario(seed, NUM_WORDS), task, seed)


def backdoored(seed: int) -> Scenario:
    """A random scenario in which one group teaches a trigger."""
    scenario = random_scenario(seed, NUM_WORDS)
    honest = dataclasses.replace(scenario.agents[0], count=2, deposit_mean=60.0, start_balance=900)
    bad = dataclasses.replace(
        honest, name="bad", behaviour="backdoor", backdoor_rate=0.8, target_class=seed % 2, trigger_words=2
    )
    return scenario.with_knobs(agents=(honest, bad))


@pytest.mark.parametrize("seed", range(3))
def test_both_engines_agree_under_a_backdoor(task: Task, seed: int) -> None:
    if not IS_FAST:
        task = dataclasses.replace(task, order=np.arange(40, dtype=np.int32))
    assert_agree(backdoored(seed), task, seed)


@pytest.mark.parametrize("model", ["dense-perceptron", "dense-margin-perceptron"])
def test_both_engines_agree_under_a_backdoor_on_vectors(model: str) -> None:
    assert_agree(backdoored(1).with_knobs(model=model, **BREAST_CANCER), vectors_task(model), 1)


@pytest.mark.parametrize("seed", range(5))
def test_both_engines_agree_under_attack_on_vectors_under_points_and_without(seed: int) -> None:
    incentive = "points" if seed % 2 else "self-assessment"
    knobs = {"model": "dense-perceptron", "incentive": incentive, **BREAST_CANCER}
    assert_agree(attacked_scenario(seed, NUM_WORDS).with_knobs(**knobs), vectors_task("dense-perceptron"), seed)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("classes")
    forums(made / "forums.csv")
    return made


def of_more_classes(name: str, model: str, seed: int, folder: Path) -> tuple[Scenario, Task]:
    """A random scenario on a table, or on texts of three classes."""
    knobs = {**TABLES, "file": FORUMS}[name]
    scenario = random_scenario(seed, NUM_WORDS).with_knobs(model=model, dataset=name, **knobs)
    task = load_task(scenario, Sources(data=folder / "forums.csv"), folder / "cache")
    return scenario, task if IS_FAST else dataclasses.replace(task, order=np.arange(20, dtype=np.int32))


@pytest.mark.parametrize(
    ("name", "model"),
    [
        *((table, model) for table in TABLES for model in ("dense-nearest-centroid", "dense-margin-perceptron")),
        ("file", "naive-bayes"),
        ("file", "sparse-nearest-centroid"),
    ],
)
@pytest.mark.parametrize("seed", range(20))
def test_both_engines_agree_on_data_of_more_than_two_classes(name: str, model: str, seed: int, folder: Path) -> None:
    scenario, task = of_more_classes(name, model, seed, folder)
    assert task.classes == {"digits": 10}.get(name, 3)
    assert_agree(scenario, task, seed)


@pytest.mark.parametrize(("name", "model"), [("digits", "dense-nearest-centroid"), ("file", "naive-bayes")])
@pytest.mark.parametrize("seed", range(5))
def test_both_engines_agree_under_points_on_data_of_more_than_two_classes(
    name: str, model: str, seed: int, folder: Path
) -> None:
    scenario, task = of_more_classes(name, model, seed, folder)
    assert_agree(scenario.with_knobs(incentive="points"), task, seed)


def test_disagreeing_claims_name_the_class_that_the_model_predicts_of_several(folder: Path) -> None:
    refused: Counter[str] = Counter()
    for seed in (0, 7, 12, 14):
        scenario, task = of_more_classes("digits", "dense-nearest-centroid", seed, folder)
        refused += Counter(play(scenario, task, seed, EvmEngine)[1].refused)
    # the engine stops where the bytecode's class is another
    assert {"ModelDisagrees", "ModelAgrees", "TooEarly"} <= set(refused)


@pytest.mark.parametrize("model", ["sparse-perceptron", "naive-bayes", "sparse-nearest-centroid"])
@pytest.mark.parametrize("seed", range(10))
def test_both_engines_agree_under_points(task: Task, model: str, seed: int) -> None:
    if model != "sparse-perceptron":
        task = under(task, model)
    if not IS_FAST:
        task = dataclasses.replace(task, order=np.arange(20, dtype=np.int32))
    scenario = random_scenario(seed, NUM_WORDS).with_knobs(incentive="points", model=model)
    assert_agree(scenario, task, seed)


@pytest.mark.parametrize("model", ON_VECTORS)
@pytest.mark.parametrize("seed", range(5))
def test_both_engines_agree_under_points_and_learners_on_vectors(model: str, seed: int) -> None:
    scenario = random_scenario(seed, NUM_WORDS).with_knobs(incentive="points", model=model, **BREAST_CANCER)
    assert_agree(scenario, vectors_task(model), seed)


def test_refused_calls_under_points_revert_as_the_twin_says(task: Task) -> None:
    refused: Counter[str] = Counter()
    for seed in range(8):
        scenario = random_scenario(seed, NUM_WORDS).with_knobs(incentive="points")
        refused += Counter(play(scenario, task, seed, EvmEngine)[1].refused)
    # nothing costs anything, and one report closes
    always = {"TooEarly", "ModelDisagrees", "ModelAgrees"}
    assert always <= set(refused) <= always | {"NotVerified", "ClaimGuarded"}
    assert refused.total() > 100


def test_refused_calls_of_every_kind_are_sent_and_revert_as_the_twin_says(task: Task) -> None:
    refused: Counter[str] = Counter()
    for seed in range(10):
        refused += Counter(play(random_scenario(seed, NUM_WORDS), task, seed, EvmEngine)[1].refused)
    assert {"TooEarly", "ModelDisagrees", "ModelAgrees", "NotVerified", "AlreadyReported"} <= set(refused)
    assert refused["PriceAboveMaximum"] > 0
    assert refused.total() > 100


def test_disagreement_with_the_bytecode_stops_the_run(
    scenario: Scenario, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = EvmEngine(scenario, task, 1)
    runner.state.weights[3] += 1
    with pytest.raises(EngineError, match="weights are not what its events told"):
        runner.advance(0.7, 1)
