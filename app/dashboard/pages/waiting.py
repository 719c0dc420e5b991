"""The page in place of one that is not there, or not yet."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi.responses import HTMLResponse

from earnest.dashboard.frame import Frame
from earnest.dashboard.render import Page, render
from earnest.errors import EarnestError
from earnest.readiness import NotReady, Readiness


@dataclass(frozen=True)
class WaitingPage(Page):
    """Why something is not available.

    Attributes:
        title: in a few words.
        reasons: a sentence each.
        again: whether it is worth trying again.
    """

    TEMPLATE: ClassVar[str] = "waiting.html"

    title: str
    reasons: tuple[str, ...]
    again: bool


def not_available(error: EarnestError, readiness: Readiness, frame: Frame) -> HTMLResponse:
    """The page for an error that leaves nothing to show."""
    reasons = tuple(readiness.reasons().values()) if isinstance(error, NotReady) else ()
    later = error.status == 503
    title = "Not available yet" if later else error.title
    page = render(WaitingPage(title, reasons or (error.detail,), again=later), frame, error.status)
    if "retry_after" in error.extra:
        page.headers["Retry-After"] = str(error.extra["retry_after"])
    return page
