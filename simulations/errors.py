"""Errors of the simulations.

SimulationError (ValueError)
├── ScenarioInvalid   a scenario is missing, unreadable or has a knob out of range
├── TaskUnfit         the data do not fit the scenario
└── OutputFailed      the results could not be written
"""


class SimulationError(ValueError):
    """Something that stops a simulation; the message says what and what to do."""


class ScenarioInvalid(SimulationError):
    """A scenario is missing, unreadable or has a knob out of range."""


class TaskUnfit(SimulationError):
    """The data do not fit the scenario."""


class OutputFailed(SimulationError):
    """The results could not be written; files of an earlier run are as they were."""
