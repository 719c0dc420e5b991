"""What is refused of transactions that accounts sign themselves."""

from earnest.errors import EarnestError


class VerbUnknown(EarnestError):
    """The pool's incentive has no such verb."""

    status = 422
    type = "verb-unknown"
    title = "Verb unknown"


class AccountMissing(EarnestError):
    """Nobody says for which account a transaction is to be prepared."""

    status = 422
    type = "account-missing"
    title = "Account missing"


class TransactionForeign(EarnestError):
    """A signed transaction is for another chain, another contract, or calls what is no verb of the pool's."""

    status = 422
    type = "transaction-foreign"
    title = "Transaction foreign"


class TransactionUnfit(EarnestError):
    """A signed transaction can never take effect as it is, or not with what the account has."""

    status = 422
    type = "transaction-unfit"
    title = "Transaction unfit"


class TransactionNotFound(EarnestError):
    """The node has no transaction of this hash, or not yet."""

    status = 404
    type = "transaction-not-found"
    title = "Transaction not found"


class SubmissionNotFound(EarnestError):
    """No submission was made of this transaction."""

    status = 404
    type = "submission-not-found"
    title = "Submission not found"


class RelayUnfit(EarnestError):
    """A call to relay can never take effect as it is, or is none that the service pays for."""

    status = 422
    type = "relay-unfit"
    title = "Relay unfit"


class RelayOutOfTurn(EarnestError):
    """A call to relay has another place in its account's order than the next one."""

    status = 409
    type = "relay-out-of-turn"
    title = "Relay out of turn"
