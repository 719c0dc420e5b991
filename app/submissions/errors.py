"""What submitting refuses."""

from earnest.errors import EarnestError


class SubmissionUnknown(EarnestError):
    """There is no such submission of this account."""

    status = 404
    type = "submission-unknown"
    title = "Submission unknown"


class MaxPriceTooLow(EarnestError):
    """The price is above what the request allows."""

    status = 409
    type = "contract-price-above-maximum"
    title = "Price above maximum"


class QueueFull(EarnestError):
    """Too many submissions of the account wait to be sent."""

    status = 429
    type = "queue-full"
    title = "Queue full"


class SetAside(EarnestError):
    """The service could not settle an item: what became of it on the chain, an operator has to see."""

    status = 500
    type = "set-aside"
    title = "Set aside"
