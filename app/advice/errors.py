"""What is refused about advice."""

from earnest.errors import EarnestError


class AdviceInvalid(EarnestError):
    """The question cannot be simulated: something is out of bounds, or the data are unfit."""

    status = 422
    type = "advice-invalid"
    title = "Question invalid"


class AdviceUnknown(EarnestError):
    """There is no such advice, or it is somebody else's."""

    status = 404
    type = "advice-unknown"
    title = "Advice unknown"


class AdviceBusy(EarnestError):
    """Advice is being worked out already; one question is at a time."""

    status = 409
    type = "advice-busy"
    title = "Advice is being worked out"


class AdviceEnded(EarnestError):
    """It has ended; there is nothing to cancel."""

    status = 409
    type = "advice-ended"
    title = "Advice has ended"
