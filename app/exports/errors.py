"""What exports are refused with."""

from earnest.errors import EarnestError


class ExportUnavailable(EarnestError):
    """This installation lacks what writes such a file."""

    status = 503
    type = "export-unavailable"
    title = "Export unavailable"
