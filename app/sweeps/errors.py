"""What is refused about sweeps."""

from earnest.errors import EarnestError


class ScenarioInvalid(EarnestError):
    """The scenario has an unknown knob, or one out of range."""

    status = 422
    type = "scenario-invalid"
    title = "Scenario invalid"


class SweepInvalid(EarnestError):
    """Axes or seeds are unfit."""

    status = 422
    type = "sweep-invalid"
    title = "Sweep invalid"


class DataMissing(EarnestError):
    """The service does not have the data of this sweep."""

    status = 422
    type = "data-missing"
    title = "Data missing"


class CheckFailed(EarnestError):
    """The check itself did not work."""

    status = 503
    type = "sweep-check-failed"
    title = "Sweep not checked"


class SimulationsMissing(EarnestError):
    """The service was installed without the simulations."""

    status = 503
    type = "simulations-missing"
    title = "Simulations missing"


class SweepsBusy(EarnestError):
    """Something that takes the machine's time is under way for somebody else."""

    status = 429
    type = "sweeps-busy"
    title = "Sweeps busy"


class SweepUnknown(EarnestError):
    """There is no such sweep."""

    status = 404
    type = "sweep-unknown"
    title = "Sweep unknown"


class SweepFileUnknown(EarnestError):
    """A sweep has no such file, or not yet."""

    status = 404
    type = "sweep-file-unknown"
    title = "Sweep's file unknown"


class SweepTooLarge(SweepInvalid):
    """More runs than the operator allows."""

    type = "sweep-too-large"
    title = "Sweep too large"


class SweepNotOpen(EarnestError):
    """What is asked for does not fit the sweep's status."""

    status = 409
    type = "sweep-status"
    title = "Sweep's status does not allow this"
