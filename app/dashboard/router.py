"""Registers the pages."""

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from earnest.dashboard.moved import router as moved
from earnest.dashboard.pages.pool import router as pool
from earnest.dashboard.pages.pools import router as pools
from earnest.dashboard.pages.sweep import router as sweep
from earnest.dashboard.pages.sweeps import router as sweeps
from earnest.dashboard.pages.waiting import WaitingPage
from earnest.dashboard.render import render


def mount_dashboard(app: FastAPI) -> None:
    """Add the pages and their assets."""
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    for router in (pools, pool, sweeps, sweep, moved):
        app.include_router(router, include_in_schema=False, default_response_class=HTMLResponse)
    _show_what_is_missing(app)


def _show_what_is_missing(app: FastAPI) -> None:
    """Whoever follows a link in a browser to nothing gets a page; programs get a problem document, as before."""
    to_programs: Callable[[Request, Exception], Response] = app.exception_handlers[HTTPException]  # type: ignore[assignment]

    @app.exception_handler(HTTPException)
    def missing(request: Request, error: HTTPException) -> Response:
        accepts, path = request.headers.get("accept", ""), request.url.path
        if error.status_code == HTTPStatus.NOT_FOUND and "text/html" in accepts and not path.startswith("/v1/"):
            return render(WaitingPage(("There is no page at this address.",)), HTTPStatus.NOT_FOUND)
        return to_programs(request, error)
