"""One sweep: how far it is, its report, and a form to cancel or resume it."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from earnest.dashboard.operator import Token, refusal
from earnest.dashboard.pages.waiting import not_available
from earnest.dashboard.render import Page, render
from earnest.errors import EarnestError
from earnest.runtime import Runtime
from earnest.sweeps.schemas import SweepDetail


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


def add_sweep(router: APIRouter, runtime: Runtime) -> None:
    """Add the page to a router."""

    def rendered(which: str, status: int = 200, message: str | None = None) -> HTMLResponse:
        sweep = runtime.sweeps.show(which)
        return render(SweepPage(sweep, action_on(sweep), message), status)

    @router.get("/sweeps/{sweep}")
    def show_sweep(sweep: str) -> HTMLResponse:
        try:
            runtime.readiness.require()
            return rendered(sweep)
        except EarnestError as error:
            return not_available(error, runtime.readiness)

    @router.post("/sweeps/{sweep}")
    def change_sweep(sweep: str, action: Annotated[str, Form(max_length=20)], token: Token = "") -> Response:
        """Cancel or resume a sweep, for who knows the operator's token."""
        try:
            runtime.readiness.require()
            runtime.accounts.require_admin(token)
            (runtime.sweeps.cancel if action == "cancel" else runtime.sweeps.resume)(sweep)
            return RedirectResponse(f"/sweeps/{sweep}", status_code=303)
        except EarnestError as error:
            if runtime.readiness.reasons() or error.status == 404:
                return not_available(error, runtime.readiness)
            return rendered(sweep, error.status, refusal(error))
