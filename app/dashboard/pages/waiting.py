"""The page in place of one that is not there, or not yet."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import HTMLResponse

from earnest.dashboard.render import Page, render
from earnest.errors import EarnestError
from earnest.readiness import NotReady, Readiness


@dataclass(frozen=True)
class WaitingPage(Page):
    """Why something is not available.

    Attributes:
        reasons: a sentence each.
    """

    TEMPLATE: ClassVar[str] = "waiting.html"

    reasons: tuple[str, ...]


def not_available(error: EarnestError, readiness: Readiness) -> HTMLResponse:
    """The page for an error that leaves nothing to show."""
    reasons = tuple(readiness.reasons().values()) if isinstance(error, NotReady) else ()
    return render(WaitingPage(reasons or (error.detail,)), error.status)
