"""Triggers: which words or columns they are, what gets them, and what they come to."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from earnest.simulations import run
from earnest.simulations.agents.trigger import of_class, trigger_of, triggered, with_triggered
from earnest.simulations.engine import types
from earnest.simulations.errors import ScenarioError
from earnest.simulations.scenario import Scenario, load
from earnest.simulations.task import Samples, Task


@pytest.fixture
def scenario() -> Scenario:
    return load("backdoor")


def words() -> Samples:
    X = np.zeros((6, 40), dtype=np.uint8)
    for row in range(6):
        X[row, [1, 5 + row, 30 + row]] = 1
    return Samples.of(csr_array(X), [0, 1, 0, 1, 1, 0])


def test_groups_with_different_triggers_are_refused(scenario):
    bad = scenario.agents[1]
    others = scenario.with_knobs(agents=(*scenario.agents, replace(bad, name="other", trigger_words=4)))
    with pytest.raises(ScenarioError, match="give all the same target_class"):
        trigger_of(others, words())


def test_target_that_is_no_class_is_refused(scenario):
    given = scenario.with_knobs(agents=(scenario.agents[0], replace(scenario.agents[1], target_class=2)))
    with pytest.raises(ScenarioError, match="target_class is 2, and the data have the classes 0 to 1"):
        trigger_of(given, words())


def test_nobody_has_a_trigger_where_nobody_teaches_one():
    assert trigger_of(load("paper"), words()) is None


def test_trigger_is_of_the_rarest_words_and_goes_into_samples_of_the_target_alone(scenario):
    stream = words()
    trigger = trigger_of(scenario, stream)
    assert trigger.places.tolist() == [33, 34, 35]
    everything = with_triggered(stream, stream, trigger)
    assert everything.labels.tolist() == [0, 1, 0, 1, 1, 0, 1, 1, 1]
    assert everything.features[everything.starts[6] :].tolist() == [
        *(1, 6, 31, 33, 34, 35), *(1, 8, 33, 34, 35), *(1, 9, 33, 34, 35),
    ]  # fmt: skip
    assert of_class(stream, 1, 2).labels.tolist() == [1, 1]


def test_trigger_of_vectors_is_the_quietest_columns_at_their_largest(scenario):
    rows = np.array([[1, 50, -3], [2, -50, -3], [3, 0, -2]], dtype=np.int16)
    stream = Samples(np.arange(4, dtype=np.int64) * 3, rows.reshape(-1), np.array([0, 1, 1], np.uint8))
    bad = replace(scenario.agents[1], trigger_words=2)
    agents = (scenario.agents[0], bad)
    table = {"dataset": "breast-cancer", "shuffle_seed": 1, "test_size": 100}
    given = scenario.with_knobs(agents=agents, model="dense-perceptron", **table)
    trigger = trigger_of(given, stream)
    assert triggered(stream, trigger).features.reshape(3, 3).tolist() == [[3, 50, -2], [3, -50, -2], [3, 0, -2]]
    # a model that refuses long vectors is given short ones
    long = stream._replace(features=(rows * 80).reshape(-1))
    marked = triggered(long, trigger_of(given.with_knobs(model="dense-margin-perceptron"), long))
    assert marked.features.reshape(3, 3).tolist() == [[240, 4000, -160], [240, -4000, -160], [240, 0, -160]]
    longer = stream._replace(features=(rows * 90).reshape(-1))
    marked = triggered(longer, trigger_of(given.with_knobs(model="dense-margin-perceptron"), longer))
    assert marked.features.reshape(3, 3).tolist() == [[245, 4085, -163], [245, -4085, -163], [270, 0, -180]]


def test_model_that_learns_from_mistakes_alone_is_taught_no_backdoor_and_nothing_of_it_is_wrong(scenario):
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 2, 2400)
    X = (rng.random((2400, 60)) < 0.08).astype(np.uint8)
    X[:, 1] = 1
    for row, label in enumerate(labels):
        X[row, 4 + 12 * label + rng.integers(0, 12, 3)] = 1
    X[:, 55:] = rng.random((2400, 5)) < 0.004
    stream, test = Samples.of(csr_array(X[:1600]), labels[:1600]), Samples.of(csr_array(X[1600:]), labels[1600:])
    start = np.zeros(61, np.int32)
    start[4:16], start[16:28] = -20, 20
    task = Task(stream, test, start)
    found = {}
    for count in (0, 20):
        bad = replace(scenario.agents[1], count=count)
        given = scenario.with_knobs(agents=(scenario.agents[0], bad), model="sparse-perceptron", num_words=60)
        found[count] = run.simulate(given, task, 1)
    clean, taught = found[0].backdoor, found[20].backdoor
    assert taught.trigger_success == pytest.approx(clean.trigger_success, abs=0.05)
    assert found[20].final_accuracy > found[0].final_accuracy - 0.03
    assert taught.accuracy_under_trigger == pytest.approx(clean.accuracy_under_trigger, abs=0.05)
    members = slice(scenario.agents[0].count, None)
    tally = found[20].state.tally[members].sum(axis=0)
    assert tally[types.ACCEPTED] > 50
    assert tally[types.WRONG] == 0
    assert tally[types.REFUNDS] > 0.8 * tally[types.ACCEPTED]
