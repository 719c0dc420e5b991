"""Errors of the simulations.

SimulationError (ValueError)
├── ScenarioError   a scenario is missing, unreadable or has a knob out of range
├── TaskError       the data do not fit the scenario
├── EngineError     an engine is missing, or two of them disagree
├── SweepError      a sweep's axes, folder or workers are unfit
├── AdviceError     a question cannot be answered
├── ReportError     there is nothing to report on
└── OutputError     the results could not be written
"""


class SimulationError(ValueError):
    """Something that stops a simulation; the message says what and what to do."""


class ScenarioError(SimulationError):
    """A scenario is missing, unreadable or has a knob out of range."""


class TaskError(SimulationError):
    """The data do not fit the scenario."""


class SweepError(SimulationError):
    """A sweep's axes, folder or workers are unfit."""


class AdviceError(SimulationError):
    """What advice is wanted on cannot be simulated, or not in the time that it may take."""


class ReportError(SimulationError):
    """There is nothing to report on, or it does not fit together."""


class OutputError(SimulationError):
    """The results could not be written; files of an earlier run are as they were."""


class EngineError(SimulationError):
    """An engine is not installed, or the bytecode and its twin disagree."""
