"""An address: what it has, in which pools it takes part, and what it did there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from earnest.accounts.dependencies import Accounts
from earnest.accounts.schemas import AccountShown
from earnest.dashboard.frame import Framed
from earnest.dashboard.page_route import PageRoute
from earnest.dashboard.pages.explorer import PAGE_SIZE, kinds_known
from earnest.dashboard.render import Page, render
from earnest.events.dependencies import Events
from earnest.events.schemas import EventShown
from earnest.pools.dependencies import Overviews
from earnest.web.addresses import parse_address
from earnest.web.schemas import decode_cursor, encode_cursor
from earnest.web.threads import asking

router = APIRouter(route_class=PageRoute)


@dataclass(frozen=True)
class AddressPage(Page):
    """An address.

    Attributes:
        account: what it has.
        events: what it did, and what befell its contributions, newest first.
        names: of the pools, by id.
        kinds: what kinds of events are called, and shown as.
        older: address of the next page; None on the last.
    """

    TEMPLATE: ClassVar[str] = "address.html"

    account: AccountShown
    events: Sequence[EventShown]
    names: Mapping[str, str]
    kinds: Mapping[str, tuple[str, str]]
    older: str | None


@router.get("/accounts/{address}")
@asking
def show_address(
    address: str,
    accounts: Accounts,
    events: Events,
    overviews: Overviews,
    frame: Framed,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> HTMLResponse:
    """The page of any address; all of it is public on the chain."""
    whole = parse_address(address)
    before = decode_cursor(cursor, int) if cursor is not None else None
    found, following = events.history(before, PAGE_SIZE, account=whole, kind=None)
    older = f"/accounts/{whole}?cursor={encode_cursor(following)}" if following is not None else None
    names = overviews.names({event.pool for event in found})
    return render(AddressPage(accounts.show(whole), found, names, kinds_known(), older), frame)
