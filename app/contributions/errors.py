"""What questions about contributions are refused with."""

from earnest.errors import EarnestError


class ContributionUnknown(EarnestError):
    """There is no such contribution."""

    status = 404
    type = "contribution-unknown"
    title = "Contribution unknown"
