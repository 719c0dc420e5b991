"""Knobs that play no part, and why: of what was not chosen, of money where nobody pays, of words on a table."""

from typing import NamedTuple

from earnest.core.incentives.registry import INCENTIVES
from earnest.core.scans.registry import SCANS
from earnest.data.recipe import TEXT
from earnest.data.registry import DATASETS
from earnest.simulations.scenario.groups import AgentGroup
from earnest.simulations.scenario.knobs import Knobs
from earnest.simulations.scenario.scenario import DERIVED, GIVEN, Scenario


class Idle(NamedTuple):
    """Why a knob plays no part.

    Attributes:
        knob: whose value is the reason.
        value: that it has.
        instead: values of it under which the knob plays a part.
        note: said after the value.
    """

    knob: str
    value: str
    instead: tuple[str, ...]
    note: str = ""


def why_idle(scenario: Scenario, name: str) -> Idle | None:
    """Why a knob plays no part in a scenario; None where it does.

    Args:
        scenario: whose.
        name: of the knob; `GROUP.KNOB` of one group of agents, `agents.KNOB` of all: idle where it is for each of them.
    """
    group, dot, own = name.rpartition(".")
    kind = AgentGroup if dot else Scenario
    if own not in (known := kind.all_knobs()):
        return None
    if known[own].money and not INCENTIVES[scenario.incentive].moves_money:
        return Idle("incentive", scenario.incentive, paying(), ", where nobody pays")
    if own == "num_words" and not dot and DATASETS[scenario.dataset].gives != TEXT:
        return Idle("dataset", scenario.dataset, of_words(), ", which is of numbers")
    if own == "scan_rate" and not dot and not (scenario.scan in SCANS and SCANS[scenario.scan].takes_rate):
        return Idle("scan", scenario.scan, tuple(name for name, scan in SCANS.items() if scan.takes_rate))
    if not dot:
        incentive = INCENTIVES[scenario.incentive]
        if scenario.parameters == DERIVED and own in incentive.derived:
            return Idle("parameters", DERIVED, (GIVEN,))
        return _not_chosen(scenario, own)
    members = [member for member in scenario.agents if group in ("agents", member.name)]
    reasons = [_not_chosen(member, own) for member in members]
    first = reasons[0] if reasons and all(reasons) else None
    return None if first is None else first._replace(knob=f"{group}.{first.knob}")


def paying() -> tuple[str, ...]:
    """The incentives under which money moves."""
    return tuple(name for name, incentive in INCENTIVES.items() if incentive.moves_money)


def of_words() -> tuple[str, ...]:
    """The data sets of words."""
    return tuple(name for name, dataset in DATASETS.items() if dataset.gives == TEXT)


def _not_chosen(of: Knobs, name: str) -> Idle | None:
    if of.has_part(name):
        return None
    chooser = type(of).owned()[name]
    chosen = getattr(of, chooser.knob)
    owners = chooser.owners(name)
    only_with = of.declaration(name).only_with
    if chosen in owners and only_with is not None:
        return Idle(only_with[0], str(getattr(of, only_with[0])), (only_with[1],))
    return Idle(chooser.knob, chosen, tuple(owners))
