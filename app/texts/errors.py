"""What deleting a text is refused with."""

from earnest.errors import EarnestError


class NotTheContributor(EarnestError):
    """Only the contributor may do this."""

    status = 403
    type = "not-contributor"
    title = "Not the contributor"
