"""A scenario whose parameters follow from its data, as those of a pool do that the service makes."""

from dataclasses import replace
from pathlib import Path

import pytest

from earnest.core.incentives.derivation import derive
from earnest.core.incentives.known import Known
from earnest.core.incentives.registry import INCENTIVES
from earnest.data.recipe import Sources
from earnest.simulations import run
from earnest.simulations.data import load_task
from earnest.simulations.derived import as_derived
from earnest.simulations.errors import ScenarioError, SweepError
from earnest.simulations.scenario import Scenario, load
from earnest.simulations.sweep.plan import plan
from earnest.simulations.task import Task

SEALED = INCENTIVES["sealed-assessment"]


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load("sealed").with_knobs(
        parameters="derived", dataset="synthetic", num_words=60, sample_words=20, train_size=600, initial_share=0.5,
        test_size=300, agreed_price=7, rate=9, most_standing=20,
    )  # fmt: skip


@pytest.fixture(scope="module")
def task(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Task:
    return load_task(scenario, Sources(), tmp_path_factory.mktemp("data"))


def test_parameters_are_those_of_a_pool_with_such_data(scenario: Scenario, task: Task) -> None:
    assert task.begun is not None
    correct = round(300 * run.measure(task.initial_weights, task.test))
    known = Known(correct, 300, 2, task.initial_weights, task.begun.change, task.begun.gaps, task.begun.lengths, 7)
    found, derived = as_derived(scenario, task), derive(known).settings
    assert {name: getattr(found, name) for name in derived} == derived
    assert found.agreed_price == 7
    # nothing else changes, and the same comes of it again
    assert replace(found, settings=scenario.settings) == scenario
    assert as_derived(found, task) == found


def test_parameters_as_given_stay_and_so_do_those_of_other_incentives(scenario: Scenario, task: Task) -> None:
    for one in (scenario.with_knobs(parameters="given"), scenario.with_knobs(incentive="self-assessment")):
        assert as_derived(one, task) is one


def test_names_of_what_is_derived_are_those_that_are(task: Task) -> None:
    assert task.begun is not None
    known = Known(250, 300, 2, task.initial_weights, task.begun.change, task.begun.gaps, task.begun.lengths, 7)
    assert set(SEALED.derived) == set(derive(known).settings) - {"agreed_price"}


def test_data_of_which_no_pool_would_be_made_are_refused(scenario: Scenario, task: Task, tmp_path: Path) -> None:
    noise = scenario.with_knobs(signal=0.0)
    with pytest.raises(ScenarioError, match="under one half an honest account loses standing"):
        as_derived(noise, load_task(noise, Sources(), tmp_path))
    with pytest.raises(ScenarioError, match="prepare them"):
        as_derived(scenario, replace(task, begun=None))


def test_axis_of_what_is_derived_is_refused(scenario: Scenario) -> None:
    with pytest.raises(SweepError, match="rate"):
        plan(scenario, ["rate=1,2"], "1", yes=False)
