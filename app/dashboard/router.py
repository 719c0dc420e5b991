"""Registers the pages."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from earnest.dashboard.moved import router as moved
from earnest.dashboard.pages.pool import router as pool
from earnest.dashboard.pages.pools import router as pools
from earnest.dashboard.pages.sweep import router as sweep
from earnest.dashboard.pages.sweeps import router as sweeps


def mount_dashboard(app: FastAPI) -> None:
    """Add the pages and their assets."""
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    for router in (pools, pool, sweeps, sweep, moved):
        app.include_router(router, include_in_schema=False, default_response_class=HTMLResponse)
