"""One sweep: how far it is, what came out of it as the reader wants to see it, and a form to cancel or resume it."""

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
from earnest.dashboard.results import PICTURES, TEXTS, Shown, View, as_csv, as_latex, as_view, shown
from earnest.errors import EarnestError
from earnest.sweeps.dependencies import Sweeps
from earnest.sweeps.errors import SweepFileUnknown
from earnest.sweeps.results.choice import Asked
from earnest.sweeps.schemas import SweepDetail
from earnest.web.threads import asking

router = APIRouter(route_class=PageRoute)


@dataclass(frozen=True)
class SweepPage(Page):
    """A sweep.

    Attributes:
        sweep: what was asked for, and how far it is.
        action: what the operator can do with it; None for nothing.
        results: what came out of it; None where nothing can be shown yet.
        message: why what was asked for was refused.
    """

    TEMPLATE: ClassVar[str] = "sweep.html"

    sweep: SweepDetail
    action: Literal["cancel", "resume"] | None
    results: Shown | None = None
    message: str | None = None


#: Of an address that says nothing of what is shown.
_ANY = Asked()


def action_on(sweep: SweepDetail) -> Literal["cancel", "resume"] | None:
    """What the operator can do with a sweep: end it, or have done what it lacks."""
    if sweep.finished_at is None:
        return None if sweep.status == "cancelled" else "cancel"
    return "resume" if sweep.status != "finished" or sweep.failed_runs or sweep.error else None


def _page(
    sweeps: Sweeps, which: str, frame: Frame, asked: Asked = _ANY, status: int = 200, message: str | None = None
) -> HTMLResponse:
    sweep = sweeps.show(which)
    results = sweeps.results(sweep.id)
    found = None
    if results is not None:
        others = sweeps.comparable(sweep.id)
        picked = next((one for one in others if one.id == asked.compare), None)
        theirs = None if picked is None else sweeps.results(picked.id)
        found = shown(results, asked, others, None if picked is None or theirs is None else (picked, theirs))
    return render(SweepPage(sweep, action_on(sweep), found, message), frame, status)


@router.get("/sweeps/{sweep}")
def show_sweep(sweep: str, sweeps: Sweeps, frame: Framed, view: View) -> HTMLResponse:
    """The page as it is found; its address says what of the results is shown."""
    return _page(sweeps, sweep, frame, view)


@router.get("/sweeps/{sweep}/view.{kind}")
@asking
def get_view(sweep: str, kind: str, sweeps: Sweeps, view: View) -> Response:
    """What a view shows, as a file: figures as CSV or a table for LaTeX, the picture as PNG, SVG or PDF."""
    results = sweeps.results(sweep)
    media = {**PICTURES, **TEXTS}.get(kind)
    drawn = None if results is None or media is None else as_view(results, view)
    if results is None or media is None or drawn is None:
        raise SweepFileUnknown("There is no such view of this sweep: it is had as png, svg, pdf, csv or tex.")
    if kind in PICTURES:
        content = sweeps.picture(drawn, kind)
    else:
        content = (as_csv(results, view) if kind == "csv" else as_latex(results, view)).encode()
    headers = {"Content-Disposition": f'attachment; filename="view.{kind}"', "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=media, headers=headers)


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
        return _page(sweeps, sweep, frame, status=error.status, message=refusal(error))
    return RedirectResponse(f"/sweeps/{sweep}", status_code=303)
