"""Which points of a sweep come to the same, so that a run of them is played once.

A kind of agents of which there are none, or the safeguards of an incentive that has none, change nothing but the row's
own column.
"""

from collections.abc import Hashable
from typing import Any

from earnest.simulations.agents.registry import BEHAVIOURS
from earnest.simulations.guests import guests_of
from earnest.simulations.scenario import AgentGroup, Scenario
from earnest.simulations.scenario.knobs import Knobs


def what_plays(scenario: Scenario) -> Hashable:
    """All of a scenario that a run depends on: two scenarios that agree in it come to the same under the same seed."""
    return (
        _own(scenario),
        tuple(_of_group(group) for group in scenario.agents if group.count or _is_measured(group)),
        tuple(guests_of(scenario)),
    )


def as_row_of(row: dict[str, Any], played: Scenario, other: Scenario) -> dict[str, Any]:
    """The row of a run as that of another scenario's that comes to the same.

    Args:
        row: of the run that was played; parameters that were derived are the same for both.
        played: its scenario.
        other: the other one.
    """
    was = played.flat()
    return row | {knob: value for knob, value in other.flat().items() if was[knob] != value}


def _of_group(group: AgentGroup) -> Hashable:
    return group.name, _own(group)


def _own(of: Knobs) -> Hashable:
    """The knobs that are fields, and those of what was chosen that play a part."""
    values = dict(of.settings)
    playing = {
        one.name
        for chooser in of.CHOOSERS
        for one in chooser.knobs_of(chooser.things[getattr(of, chooser.knob)])
        if one.applies(values)
    }
    fields = tuple(getattr(of, name) for name in type(of).own_knobs())
    return fields, tuple(setting for setting in of.settings if setting[0] in playing)


def _is_measured(group: AgentGroup) -> bool:
    """Whether a run tells of a kind of agents even where there are none: what a trigger does to the test samples."""
    return "trigger" in BEHAVIOURS[group.behaviour].asks
