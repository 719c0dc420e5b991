"""What a client raises.

ClientError
├── Unreachable     the service does not answer, or not as the API does, however often it was asked
├── Refused         it refuses: a problem document says why
├── NotDecided      the chain has not decided in the time that was given; nothing is lost
└── Untrustworthy   the service asks for another signature than was meant; nothing was signed
"""

from collections.abc import Mapping
from typing import Any

from earnest.core.errors import CoreError

_PREFIX = "urn:earnest:problem:"


class ClientError(CoreError):
    """Base of what a client raises; the message is a sentence."""


class Unreachable(ClientError):
    """The service does not answer, or not as the API does."""


class Refused(ClientError):
    """The service refuses.

    Attributes:
        status: the HTTP status.
        type: the problem's type, without what all types begin with.
        detail: what happened, and what to do.
        document: the whole problem document.
        retry_after: seconds after which it is worth trying again; None where that would not help.
    """

    def __init__(self, status: int, document: Mapping[str, Any], retry_after: float | None = None) -> None:
        detail = str(document.get("detail") or document.get("title") or f"HTTP status {status}")
        super().__init__(detail)
        self.status = status
        self.type = str(document.get("type", "")).removeprefix(_PREFIX)
        self.detail = detail
        self.document = document
        self.retry_after = retry_after


class NotDecided(ClientError):
    """The chain has not decided yet; ask for the submission again.

    Attributes:
        submission: its id.
    """

    def __init__(self, submission: str, seconds: float) -> None:
        super().__init__(f"The chain has not decided submission {submission} within {seconds:g} s; ask for it again.")
        self.submission = submission


class Untrustworthy(ClientError):
    """What the service prepared is not what was asked for; nothing was signed."""
