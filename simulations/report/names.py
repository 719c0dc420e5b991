"""What knobs and measures are called on a page, and what they are counted in: as they are declared."""

import math

from earnest.core.parameters import Parameter
from earnest.simulations.measures import measure_of
from earnest.simulations.scenario import AgentGroup, Scenario


def name_of(measure: str) -> str:
    """A column of measures in words."""
    found = measure_of(measure)
    return measure.replace("_", " ") if found is None else found.measure.told(found.group)


def knob_in_words(knob: str) -> str:
    """A knob in words; `GROUP.KNOB` is one of agents."""
    group, dot, own = knob.rpartition(".")
    declared = _declared(knob)
    name = own.replace("_", " ") if declared is None else declared.title
    return f"{name} of {'all agents' if group == 'agents' else group}" if dot else name


def unit_of(measure: str) -> str:
    """What a column of measures is counted in; nothing for a number or a share."""
    found = measure_of(measure)
    return "" if found is None else found.measure.unit


def unit_of_knob(knob: str) -> str:
    """What a knob is counted in; nothing for a number or a share."""
    declared = _declared(knob)
    return "" if declared is None else declared.unit


def bounds_of(measure: str) -> tuple[float, float]:
    """The least and the largest value that a column of measures can have."""
    found = measure_of(measure)
    return (-math.inf, math.inf) if found is None else found.measure.bounds


def with_unit(name: str, unit: str) -> str:
    """A name with its unit behind it."""
    return f"{name}, {unit}" if unit else name


def _declared(knob: str) -> Parameter | None:
    _, dot, own = knob.rpartition(".")
    return (AgentGroup if dot else Scenario).all_knobs().get(own)
