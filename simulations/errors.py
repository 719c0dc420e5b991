"""Errors of the simulations.

SimulationError (ValueError)
├── ScenarioError   a scenario is missing, unreadable or has a knob out of range
├── TaskError       the data do not fit the scenario
└── OutputError     the results could not be written
"""


class SimulationError(ValueError):
    """Something that stops a simulation; the message says what and what to do."""


class ScenarioError(SimulationError):
    """A scenario is missing, unreadable or has a knob out of range."""


class TaskError(SimulationError):
    """The data do not fit the scenario."""


class OutputError(SimulationError):
    """The results could not be written; files of an earlier run are as they were."""
