"""The list of the pools, which is the first page."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from earnest.dashboard.page_route import PageRoute
from earnest.dashboard.render import Page, render
from earnest.pools.dependencies import Pools
from earnest.pools.schemas import PoolShown
from earnest.web.schemas import decode_position, encode_cursor
from earnest.web.threads import asking

router = APIRouter(route_class=PageRoute)

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


@router.get("/")
@asking
def list_pools(pools: Pools, cursor: str | None = None) -> HTMLResponse:
    """A page of the list."""
    after = decode_position(cursor, int, str) if cursor is not None else None
    found, following = pools.page(after, MAX_POOLS)
    return render(PoolsPage(found, newer=encode_cursor(*following) if following else None))
