"""What statements are refused with."""

from earnest.errors import EarnestError


class StatementUnavailable(EarnestError):
    """Statements do not tell everything that changes a credit in this pool."""

    status = 409
    type = "statement-unavailable"
    title = "Statement unavailable"


class NothingToReconcile(EarnestError):
    """There is no such pool, or none at all."""

    status = 404
    type = "nothing-to-reconcile"
    title = "Nothing to reconcile"
