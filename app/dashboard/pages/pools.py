"""The list of the pools, which is the first page."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from earnest.dashboard.pages.waiting import not_available
from earnest.dashboard.render import Page, render
from earnest.errors import EarnestError
from earnest.pools.schemas import PoolShown
from earnest.runtime import Runtime
from earnest.web.schemas import decode_position, encode_cursor
from earnest.web.threads import asking

#: Most pools on one page.
MAX_POOLS = 100


@dataclass(frozen=True)
class PoolsPage(Page):
    """The list.

    Attributes:
        pools: the oldest first.
        newer: cursor of the next page; None on the last.
    """

    TEMPLATE: ClassVar[str] = "pools.html"

    pools: list[PoolShown]
    newer: str | None


def add_pools(router: APIRouter, runtime: Runtime) -> None:
    """Add the page to a router."""

    @router.get("/")
    @asking
    def list_pools(cursor: str | None = None) -> HTMLResponse:
        try:
            runtime.readiness.require()
            after = decode_position(cursor, int, str) if cursor is not None else None
            pools, following = runtime.pools.page(after, MAX_POOLS)
        except EarnestError as error:
            return not_available(error, runtime.readiness)
        return render(PoolsPage(pools, newer=encode_cursor(*following) if following else None))
