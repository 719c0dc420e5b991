"""Scenarios: their knobs, each declared once, how they are read, and what is refused."""

from earnest.simulations.scenario.groups import MAX_AGENTS, AgentGroup
from earnest.simulations.scenario.read import load, of_table, on_other_data, seeds_of, shipped_names
from earnest.simulations.scenario.scenario import DERIVED, NOTHING, OFF, SECONDS_PER_DAY, STOPS, Axes, Scenario

__all__ = [
    "DERIVED",
    "MAX_AGENTS",
    "NOTHING",
    "OFF",
    "SECONDS_PER_DAY",
    "STOPS",
    "AgentGroup",
    "Axes",
    "Scenario",
    "load",
    "of_table",
    "on_other_data",
    "seeds_of",
    "shipped_names",
]
