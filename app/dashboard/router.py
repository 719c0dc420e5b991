"""Registers the pages."""

from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from earnest.dashboard.moved import add_moved
from earnest.dashboard.pages.pool import add_pool
from earnest.dashboard.pages.pools import add_pools
from earnest.dashboard.pages.sweep import add_sweep
from earnest.dashboard.pages.sweeps import add_sweeps
from earnest.runtime import Runtime


def mount_dashboard(app: FastAPI, runtime: Runtime) -> None:
    """Add the pages and their assets."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    for add in (add_pools, add_pool, add_sweeps, add_sweep):
        add(router, runtime)
    add_moved(router)
    app.include_router(router)
