"""Registers the pages."""

from collections.abc import Callable
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from earnest.dashboard.frame import bare_frame
from earnest.dashboard.moved import router as moved
from earnest.dashboard.pages.account import router as account
from earnest.dashboard.pages.address import router as address
from earnest.dashboard.pages.components import router as components
from earnest.dashboard.pages.contribute import router as contribute
from earnest.dashboard.pages.contribution import router as contribution
from earnest.dashboard.pages.explorer import router as explorer
from earnest.dashboard.pages.knobs import router as knobs
from earnest.dashboard.pages.operator import router as operator
from earnest.dashboard.pages.pool import router as pool
from earnest.dashboard.pages.pools import router as pools
from earnest.dashboard.pages.proof import router as proof
from earnest.dashboard.pages.quality import router as quality
from earnest.dashboard.pages.scans import router as scans
from earnest.dashboard.pages.sweep import router as sweep
from earnest.dashboard.pages.sweeps import router as sweeps
from earnest.dashboard.pages.try_it import router as try_it
from earnest.dashboard.pages.waiting import WaitingPage
from earnest.dashboard.pages.webhooks import router as webhooks
from earnest.dashboard.preferences import router as preferences
from earnest.dashboard.render import render
from earnest.dashboard.static_files import assets
from earnest.web.problems import words_of

ROUTERS = (
    pools, pool, proof, scans, try_it, contribute, contribution, quality, account, address, explorer, sweeps, knobs,
    sweep, operator, webhooks, components, preferences, moved,
)  # fmt: skip


def mount_dashboard(app: FastAPI) -> None:
    """Add the pages and their assets."""
    app.mount("/static", assets(), name="static")
    for router in ROUTERS:
        app.include_router(router, include_in_schema=False, default_response_class=HTMLResponse)
    _show_what_is_missing(app)


def _wants_page(request: Request) -> bool:
    """Whether a browser asks, for no address of the API."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/")


def _show_what_is_missing(app: FastAPI) -> None:
    """Whoever follows a link in a browser to nothing gets a page; programs get a problem document, as before."""
    to_programs: Callable[[Request, Exception], Response] = app.exception_handlers[HTTPException]  # type: ignore[assignment]
    on_payload: Callable[[Request, Exception], Response] = app.exception_handlers[RequestValidationError]  # type: ignore[assignment]

    @app.exception_handler(HTTPException)
    def missing(request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.NOT_FOUND and _wants_page(request):
            page = WaitingPage(
                "This page does not exist", ("There is no page at this address. Check its last part.",), again=False
            )
            return render(page, bare_frame(request), HTTPStatus.NOT_FOUND)
        return to_programs(request, error)

    @app.exception_handler(RequestValidationError)
    def unfit(request: Request, error: RequestValidationError) -> Response:
        if not _wants_page(request):
            return on_payload(request, error)
        reasons = tuple(f"{item['loc'][-1]}: {words_of(item)}." for item in error.errors())
        page = WaitingPage("That cannot be shown", reasons, again=False)
        return render(page, bare_frame(request), HTTPStatus.UNPROCESSABLE_ENTITY)
