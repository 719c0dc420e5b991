"""The list of the sweeps, with a form to start one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError
from starlette.responses import Response

from earnest.accounts.dependencies import Accounts
from earnest.dashboard.frame import Frame, Framed
from earnest.dashboard.operator import Token, refusal
from earnest.dashboard.page_route import PageRoute
from earnest.dashboard.plots import upper
from earnest.dashboard.render import Page, render
from earnest.errors import EarnestError
from earnest.sweeps.dependencies import Sweeps
from earnest.sweeps.schemas import Expected, SweepRequest, SweepShown
from earnest.web.problems import plain_message
from earnest.web.schemas import decode_cursor, encode_cursor
from earnest.web.threads import Threads

router = APIRouter(route_class=PageRoute)

#: Sweeps on one page.
PAGE_SIZE = 25

#: Measuring takes minutes, and is on nobody else's threads.
measuring = Threads(4)

Line = Annotated[str, Form(max_length=200)]


@dataclass(frozen=True)
class SweepForm:
    """What the form holds; of a first visit what needs no data of the operator's, and takes about a minute."""

    name: str = ""
    scenario: str = "paper"
    axes: str = "dataset=movie-reviews\nshuffle_seed=1\ntest_size=2000\ntrain_size=6000\nnum_words=100,200,400"
    seeds: str = "3"

    def request(self) -> SweepRequest:
        """What it asks for; an empty field is left to the scenario.

        Raises:
            ValidationError: a field is unfit.
        """
        seeds: Any = self.seeds.strip() or None
        if seeds is not None and "," in seeds:
            seeds = [part.strip() for part in seeds.split(",") if part.strip()]
        return SweepRequest.model_validate(
            {
                "name": self.name.strip() or None,
                "scenario": self.scenario.strip(),
                "axes": [line.strip() for line in self.axes.splitlines() if line.strip()] or None,
                "seeds": seeds,
            }
        )


@dataclass(frozen=True)
class SweepsPage(Page):
    """The list.

    Attributes:
        sweeps: the newest first.
        older: cursor of the next page; None on the last.
        given: what the form holds.
        message: why what is given was refused.
        expected: what that would take here; None before that was asked.
        words: what varied, in words, by the ids of the sweeps that were reported on.
    """

    TEMPLATE: ClassVar[str] = "sweeps.html"

    sweeps: list[SweepShown]
    older: str | None
    given: SweepForm = SweepForm()
    message: str | None = None
    expected: Expected | None = None
    words: Mapping[str, str] = field(default_factory=dict)


def _page(sweeps: Sweeps, frame: Frame, status: int = 200, cursor: str | None = None, **form: Any) -> HTMLResponse:
    before = decode_cursor(cursor, int) if cursor is not None else None
    found, following = sweeps.page(before, PAGE_SIZE)
    older = encode_cursor(following) if following is not None else None
    words = {which: upper(", ".join(labels)) for which, labels in sweeps.labels(found).items()}
    return render(SweepsPage(found, older, words=words, **form), frame, status)


@router.get("/sweeps")
def list_sweeps(sweeps: Sweeps, frame: Framed, cursor: str | None = None) -> HTMLResponse:
    """A page of the list."""
    return _page(sweeps, frame, cursor=cursor)


@router.post("/sweeps")
@measuring
def start_sweep(
    sweeps: Sweeps,
    accounts: Accounts,
    frame: Framed,
    token: Token = "",
    name: Line = "",
    scenario: Line = "",
    axes: Annotated[str, Form(max_length=20_000)] = "",
    seeds: Line = "",
    action: Annotated[str, Form(max_length=20)] = "start",
) -> Response:
    """Start a sweep, or say what it would take, for who knows the operator's token; it is kept nowhere."""
    given = SweepForm(name, scenario, axes, seeds)
    try:
        if action == "measure":
            accounts.require_admin(token)
            return _page(sweeps, frame, given=given, expected=sweeps.expected(given.request()))
        with accounts.acting(token, "POST /sweeps"):
            sweep = sweeps.create(given.request(), None)
    except ValidationError as error:
        first = error.errors()[0]
        message = f"{first['loc'][0] if first['loc'] else 'request'}: {plain_message(first['msg'])}"
        return _page(sweeps, frame, 422, given=given, message=message)
    except EarnestError as error:
        if error.status == 503:
            raise
        return _page(sweeps, frame, error.status, given=given, message=refusal(error))
    return RedirectResponse(f"/sweeps/{sweep.id}", status_code=303)
