"""Errors of reviews."""

from earnest.errors import EarnestError


class ReviewUnknown(EarnestError):
    """The pool has no such contribution."""

    status = 404
    type = "review-unknown"
    title = "Review unknown"
