"""Sweeps: start, watch, read, stop."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import FileResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from earnest.accounts.dependencies import Admin
from earnest.sweeps.dependencies import Sweeps
from earnest.sweeps.schemas import KnobShown, SweepDetail, SweepRequest, SweepShown
from earnest.web.dependencies import IdempotencyKey, Leaving, OneStream
from earnest.web.routes import StrictRoute
from earnest.web.schemas import Page, decode_cursor, encode_cursor
from earnest.web.threads import writing

router = APIRouter(tags=["sweeps"], route_class=StrictRoute)

Limit = Annotated[int, Query(ge=1, le=100)]
RowLimit = Annotated[int, Query(ge=1, le=1000)]
FileName = Annotated[str, Path(max_length=200)]

#: Seconds between two looks at a sweep that somebody watches.
_EVENT_SECONDS = 0.5

_MEDIA = {
    ".parquet": "application/vnd.apache.parquet", ".csv": "text/csv", ".png": "image/png", ".json": "application/json",
    ".svg": "image/svg+xml", ".pdf": "application/pdf",
}  # fmt: skip
#: The report is made from what somebody asked for: it runs nothing, loads nothing, and has no origin.
REPORT_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@router.post("/sweeps", status_code=202)
@writing
def start_sweep(
    request: SweepRequest, response: Response, sweeps: Sweeps, admin: Admin, idempotency_key: IdempotencyKey = None
) -> SweepShown:
    """Queue a sweep, after a check of every point of it; one runs at a time, at the lowest priority."""
    shown = sweeps.create(request, idempotency_key)
    response.headers["Location"] = f"/v1/sweeps/{shown.id}"
    return shown


@router.get("/sweeps")
def list_sweeps(sweeps: Sweeps, cursor: str | None = None, limit: Limit = 20) -> Page[SweepShown]:
    """All sweeps, newest first."""
    before = decode_cursor(cursor, int) if cursor is not None else None
    items, following = sweeps.page(before, limit)
    return Page(items=items, next=encode_cursor(following) if following is not None else None)


@router.get("/sweeps/knobs")
def list_knobs(sweeps: Sweeps) -> list[KnobShown]:
    """What a scenario sets and a sweep varies, with bounds, units and defaults."""
    return sweeps.knobs()


@router.get("/sweeps/{sweep}")
def show_sweep(sweep: str, sweeps: Sweeps) -> SweepDetail:
    """One sweep, with what was asked for and the files that can be had."""
    return sweeps.show(sweep)


def _watched(sweep: str, sweeps: Sweeps) -> SweepShown:
    """Refuses before the stream begins; afterwards it is too late for a problem document."""
    return sweeps.watch(sweep)


@router.get("/sweeps/{sweep}/events", response_class=EventSourceResponse)
async def watch_sweep(
    sweeps: Sweeps, leaving: Leaving, shown: Annotated[SweepShown, Depends(_watched)], stream: OneStream
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events: `progress` with the sweep whenever it changes, then `end` with it once it has ended."""
    last: SweepShown | None = None
    while not leaving():
        if shown != last:
            yield ServerSentEvent(event="progress", data=shown.model_dump(mode="json"))
            last = shown
        if shown.finished_at is not None:
            yield ServerSentEvent(event="end", data=shown.model_dump(mode="json"))
            return
        await asyncio.sleep(_EVENT_SECONDS)
        shown = await run_in_threadpool(sweeps.watch, shown.id)


@router.get("/sweeps/{sweep}/rows")
def list_rows(sweep: str, sweeps: Sweeps, cursor: str | None = None, limit: RowLimit = 100) -> Page[dict[str, Any]]:
    """Rows of finished runs, in the order in which they were finished; `run` is a row's place in the grid."""
    start = decode_cursor(cursor, int) if cursor is not None else 0
    items, following = sweeps.rows(sweep, start, limit)
    return Page(items=items, next=encode_cursor(following) if following is not None else None)


@router.get("/sweeps/{sweep}/files/{name}", response_class=FileResponse)
def get_file(sweep: str, name: FileName, sweeps: Sweeps) -> FileResponse:
    """A file of a sweep: `runs.parquet`, `series.parquet` and `manifest.json`, and the report's figures and tables."""
    path = sweeps.file(sweep, name)
    return FileResponse(
        path, media_type=_MEDIA[path.suffix], filename=name, headers={"X-Content-Type-Options": "nosniff"}
    )


@router.get("/sweeps/{sweep}/report", response_class=FileResponse)
def get_report(sweep: str, sweeps: Sweeps) -> FileResponse:
    """The report: one self-contained page, there once a sweep is finished, or has ended after it was cancelled."""
    return FileResponse(sweeps.report(sweep), media_type="text/html", headers=REPORT_HEADERS)


@router.post("/sweeps/{sweep}/cancel", status_code=202)
@writing
def cancel_sweep(sweep: str, sweeps: Sweeps, admin: Admin) -> SweepShown:
    """Stop a sweep, or take it out of the queue; finished runs are kept, and reported on."""
    return sweeps.cancel(sweep)


@router.post("/sweeps/{sweep}/resume", status_code=202)
@writing
def resume_sweep(sweep: str, sweeps: Sweeps, admin: Admin) -> SweepShown:
    """Queue a sweep again that was cancelled, failed or lacks runs; finished runs are not repeated."""
    return sweeps.resume(sweep)


@router.delete("/sweeps/{sweep}", status_code=204)
@writing
def delete_sweep(sweep: str, sweeps: Sweeps, admin: Admin) -> None:
    """Forget a sweep that has ended, with its rows, files and report."""
    sweeps.delete(sweep)
