"""What questions about transactions are refused with."""

from earnest.errors import EarnestError


class TransactionUnknown(EarnestError):
    """No such transaction was mined."""

    status = 404
    type = "transaction-unknown"
    title = "Transaction unknown"
