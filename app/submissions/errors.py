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


class RiskNotAccepted(EarnestError):
    """A sample's deposit may be lost, and the request does not accept that."""

    status = 409
    type = "risk-not-accepted"
    title = "Risk not accepted"


class VerbOfOtherPools(EarnestError):
    """Pools under this incentive have no such verb."""

    status = 409
    type = "verb-of-other-pools"
    title = "Verb of other pools"


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


class NothingThere(EarnestError):
    """The chain has no pool now where the transaction goes, as after a reorganisation that undid its creation."""

    status = 409
    type = "nothing-there"
    title = "Nothing there"


class Replaced(EarnestError):
    """Another transaction of the account was mined with the same nonce."""

    status = 409
    type = "transaction-replaced"
    title = "Transaction replaced"


class TokensMissing(EarnestError):
    """An account has too few of the tokens that a pool's deposits are paid in."""

    status = 409
    type = "tokens-missing"
    title = "Tokens missing"


class TookEffect(EarnestError):
    """A call took effect by another's transaction, which does more."""

    status = 409
    type = "took-effect-elsewhere"
    title = "Took effect elsewhere"
