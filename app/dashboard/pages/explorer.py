"""What happened on the chain: events of all pools, by pool, account and kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, ClassVar, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from earnest.dashboard.frame import Framed
from earnest.dashboard.page_route import PageRoute
from earnest.dashboard.render import Page, render
from earnest.errors import EarnestError
from earnest.events.dependencies import Events
from earnest.events.schemas import EventShown, Kind
from earnest.pools.dependencies import Overviews
from earnest.web.schemas import decode_cursor, encode_cursor
from earnest.web.threads import asking

router = APIRouter(route_class=PageRoute)

#: Events on one page.
PAGE_SIZE = 25

#: What kinds of events are called, with how they are shown.
KINDS: dict[str, tuple[str, str]] = {
    "contributed": ("Contributed", "open"),
    "refunded": ("Refunded", "refunded"),
    "reported": ("Reported", "taken"),
    "collected": ("Collected", "collected"),
    "credit": ("Credit changed", "claimable"),
    "withdrawn": ("Withdrawn", "confirmed"),
    "paused": ("Paused", "paused"),
    "unpaused": ("Unpaused", "ready"),
    "owner": ("New owner", "ready"),
    "evaluated": ("Accuracy measured", "ok"),
    "reorganised": ("Chain reorganised", "disagrees"),
}


@dataclass(frozen=True)
class ExplorerPage(Page):
    """Events.

    Attributes:
        events: newest first.
        names: of the pools, by id.
        kinds: what kinds are called, and shown as.
        pool: that is looked at; empty for all.
        account: that is looked at; empty for any.
        kind: that is looked at; empty for any.
        older: address of the next page; None on the last.
        message: why nothing can be looked for; None where it can.
    """

    TEMPLATE: ClassVar[str] = "explorer.html"

    events: Sequence[EventShown]
    names: Mapping[str, str]
    kinds: Mapping[str, tuple[str, str]]
    pool: str
    account: str
    kind: str
    older: str | None
    message: str | None = None


def kinds_known() -> dict[str, tuple[str, str]]:
    """Every kind of event, those that have no words here by their own name."""
    return {kind: KINDS.get(kind, (kind.capitalize(), "open")) for kind in get_args(Kind)}


@router.get("/explorer")
@asking
def explore(
    events: Events,
    overviews: Overviews,
    frame: Framed,
    pool: Annotated[str, Query(max_length=60)] = "",
    account: Annotated[str, Query(max_length=60)] = "",
    kind: Annotated[str, Query(max_length=20)] = "",
    cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> HTMLResponse:
    """A page of events."""
    pool, account = pool.strip(), account.strip()
    before = decode_cursor(cursor, int) if cursor is not None else None
    try:
        found, following = events.history(
            before, PAGE_SIZE, which=pool or None, account=account or None, kind=kind or None
        )
    except EarnestError as error:
        if error.status not in (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY):
            raise
        # what was typed stays, to be mended
        page = ExplorerPage((), {}, kinds_known(), pool, account, kind, None, error.detail)
        return render(page, frame, error.status)
    given = {"pool": pool, "account": account, "kind": kind}
    older = None
    if following is not None:
        kept = {name: value for name, value in given.items() if value}
        older = f"/explorer?{urlencode(kept | {'cursor': encode_cursor(following)})}"
    names = overviews.names({event.pool for event in found})
    return render(ExplorerPage(found, names, kinds_known(), pool, account, kind, older), frame)
