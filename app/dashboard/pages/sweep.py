"""One sweep: how far it is, its report, and a form to cancel or resume it."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from earnest.accounts.dependencies import Accounts
from earnest.dashboard.frame import Frame, Framed
from earnest.dashboard.operator import Token, refusal
from earnest.dashboard.page_route import PageRoute
from earnest.dashboard.render import Page, render
from earnest.errors import EarnestError
from earnest.sweeps.dependencies import Sweeps
from earnest.sweeps.schemas import SweepDetail

router = APIRouter(route_class=PageRoute)


@dataclass(frozen=True)
class SweepPage(Page):
    """A sweep.

    Attributes:
        sweep: what was asked for, and how far it is.
        action: what the operator can do with it; None for nothing.
        message: why that was refused.
    """

    TEMPLATE: ClassVar[str] = "sweep.html"

    sweep: SweepDetail
    action: Literal["cancel", "resume"] | None
    message: str | None = None


def action_on(sweep: SweepDetail) -> Literal["cancel", "resume"] | None:
    """What the operator can do with a sweep: end it, or have done what it lacks."""
    if sweep.finished_at is None:
        return None if sweep.status == "cancelled" else "cancel"
    return "resume" if sweep.status != "finished" or sweep.failed_runs or sweep.error else None


def _page(sweep: SweepDetail, frame: Frame, status: int = 200, message: str | None = None) -> HTMLResponse:
    return render(SweepPage(sweep, action_on(sweep), message), frame, status)


@router.get("/sweeps/{sweep}")
def show_sweep(sweep: str, sweeps: Sweeps, frame: Framed) -> HTMLResponse:
    """The page as it is found."""
    return _page(sweeps.show(sweep), frame)


@router.post("/sweeps/{sweep}")
def change_sweep(
    sweep: str,
    sweeps: Sweeps,
    accounts: Accounts,
    frame: Framed,
    action: Annotated[str, Form(max_length=20)],
    token: Token = "",
) -> Response:
    """Cancel or resume a sweep, for who knows the operator's token."""
    try:
        with accounts.acting(token, f"POST /sweeps/{sweep} {'cancel' if action == 'cancel' else 'resume'}"):
            (sweeps.cancel if action == "cancel" else sweeps.resume)(sweep)
    except EarnestError as error:
        if error.status in (404, 503):
            raise
        return _page(sweeps.show(sweep), frame, error.status, refusal(error))
    return RedirectResponse(f"/sweeps/{sweep}", status_code=303)
