"""Errors of the rules and models.

CoreError (ValueError)
├── RuleViolation    a parameter of an incentive or a model is out of range
├── SampleInvalid    a sample is not in the model's format
├── WeightsOutOfRange
├── EncoderInvalid   an encoder file is damaged or of an unknown version
├── JsonInvalid      a JSON text is malformed, ambiguous, too large or too deep
└── DatasetError     a data set is missing, damaged or unfit
"""


class CoreError(ValueError):
    """Something that the rules refuse; the message says what and what to do."""


class RuleViolation(CoreError):
    """A parameter of an incentive or a model is out of range."""


class SampleInvalid(CoreError):
    """A sample is not in the model's format.

    Attributes:
        name: the contract's custom error of the same meaning.
        values: that error's values by name.
    """

    def __init__(self, message: str, name: str, **values: int) -> None:
        super().__init__(message)
        self.name = name
        self.values = values


class WeightsOutOfRange(CoreError):
    """A weight does not fit the contract's storage."""


class EncoderInvalid(CoreError):
    """An encoder file is damaged or of an unknown version."""


class JsonInvalid(CoreError):
    """A JSON text is malformed, ambiguous, too large or nested too deep."""


class DatasetError(CoreError):
    """A data set is missing, damaged or unfit for its purpose."""
