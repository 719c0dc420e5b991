"""A scenario whose pool is made as the service makes one: the incentive's parameters follow from its data."""

from functools import lru_cache

from earnest.core.errors import RuleViolation
from earnest.core.incentives.known import Known
from earnest.core.incentives.registry import INCENTIVES
from earnest.core.models.registry import MODELS
from earnest.simulations import run
from earnest.simulations.errors import ScenarioError
from earnest.simulations.scenario import DERIVED, Scenario
from earnest.simulations.task import Task

#: Scenarios that a process keeps.
_KEPT = 16


def known_of(scenario: Scenario, task: Task, deposit: int) -> Known:
    """What is known of a pool that would be made of a scenario's data; O(test samples).

    The test samples stand for those that a pool holds out.

    Args:
        scenario: says the model.
        task: its data and initial model.
        deposit: of a sample whose label the judge agrees with; coins.

    Raises:
        ScenarioError: the data do not tell the initial samples.
    """
    if task.begun is None:
        raise ScenarioError("These data do not tell the initial samples, from which parameters follow: prepare them.")
    held_out, kernels = len(task.test.labels), MODELS[scenario.model].KERNELS
    return Known(
        correct=round(held_out * run.measure(task.initial_weights, task.test, scenario.model, task.classes)),
        held_out=held_out,
        classes=task.classes,
        weights=task.initial_weights,
        change=task.begun.change,
        gaps=task.begun.gaps,
        lengths=task.begun.lengths,
        deposit=deposit,
        most=kernels.most_judged,
        is_mean=kernels.is_linear,
    )


@lru_cache(maxsize=_KEPT)
def as_derived(scenario: Scenario, task: Task) -> Scenario:
    """The scenario with those parameters that its incentive derives from its data, where it asks for them.

    Args:
        scenario: of any incentive; returned as it is where that derives nothing, or parameters are as given.
        task: its data and initial model.

    Raises:
        ScenarioError: no such pool would be made, because its model is right too seldom.
    """
    incentive = INCENTIVES[scenario.incentive]
    if scenario.parameters != DERIVED or incentive.derives is None:
        return scenario
    try:
        found = incentive.derives(known_of(scenario, task, scenario.agreed_price)).settings
    except RuleViolation as error:
        raise ScenarioError(str(error)) from error
    return scenario.with_knobs(**{name: found[name] for name in incentive.derived})
