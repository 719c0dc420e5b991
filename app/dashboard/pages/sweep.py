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
from earnest.sweeps.results.choice import Asked, chosen
from earnest.sweeps.schemas import SweepDetail
from earnest.web.threads import Threads, writing

router = APIRouter(route_class=PageRoute)

#: Working a view out of ten thousand runs takes up to a second, and a picture takes seconds: on nobody else's threads.
viewing = Threads(2)
#: One draws; the other one hands out what is kept, and refuses what would have to wait.
drawing = Threads(2)


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
@viewing
def show_sweep(sweep: str, sweeps: Sweeps, frame: Framed, view: View) -> HTMLResponse:
    """The page as it is found; its address says what of the results is shown."""
    return _page(sweeps, sweep, frame, view)


@router.get("/sweeps/{sweep}/view.{kind}")
async def get_view(sweep: str, kind: str, sweeps: Sweeps, view: View) -> Response:
    """What a view shows, as a file: figures as CSV or a table for LaTeX, the picture as PNG, SVG or PDF."""
    return await (drawing if kind in PICTURES else viewing).run(_file, sweeps, sweep, kind, view)


def _file(sweeps: Sweeps, which: str, kind: str, asked: Asked) -> Response:
    results = sweeps.results(which)
    media = {**PICTURES, **TEXTS}.get(kind)
    if media is None:
        raise SweepFileUnknown("There is no such view of this sweep: it is had as png, svg, pdf, csv or tex.")
    choice = None if results is None else chosen(results, asked)
    if results is None or choice is None:
        raise SweepFileUnknown(
            "There is no view of this sweep: it varies nothing, nothing that it measured differs, or it has no report "
            "yet. Its rows are had from the API."
        )
    content: bytes | str | None
    if kind in PICTURES:
        content = sweeps.picture(which, results, choice, kind, lambda: as_view(results, choice))
    else:
        content = (as_csv if kind == "csv" else as_latex)(results, choice)
    if content is None:
        raise SweepFileUnknown("No run of this view has a value of this measure: choose another one, or other values.")
    headers = {"Content-Disposition": f'attachment; filename="view.{kind}"', "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=media, headers=headers)


@router.post("/sweeps/{sweep}")
async def change_sweep(
    sweep: str,
    sweeps: Sweeps,
    accounts: Accounts,
    frame: Framed,
    action: Annotated[str, Form(max_length=20)],
    token: Token = "",
) -> Response:
    """Cancel or resume a sweep, for who knows the operator's token."""
    try:
        await writing.run(_changed, sweeps, accounts, sweep, action, token)
    except EarnestError as error:
        if error.status in (404, 503):
            raise
        return await viewing.run(_page, sweeps, sweep, frame, status=error.status, message=refusal(error))
    return RedirectResponse(f"/sweeps/{sweep}", status_code=303)


def _changed(sweeps: Sweeps, accounts: Accounts, which: str, action: str, token: str) -> None:
    with accounts.acting(token, f"POST /sweeps/{which} {'cancel' if action == 'cancel' else 'resume'}"):
        (sweeps.cancel if action == "cancel" else sweeps.resume)(which)
