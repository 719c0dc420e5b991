"""The list of the pools, which is the first page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from earnest.core.models.formats.sample_format import NUMBERS, TEXT
from earnest.dashboard.charts import sparkline
from earnest.dashboard.frame import Framed
from earnest.dashboard.page_route import PageRoute
from earnest.dashboard.render import Page, render
from earnest.pools.dependencies import Overviews
from earnest.pools.overview import Found
from earnest.web.threads import asking

router = APIRouter(route_class=PageRoute)

#: Pools on one page, and pages that can be turned to.
PAGE_SIZE, MOST_PAGES = 24, 400

Order = Literal["contributions", "newest", "oldest", "name"]
ORDERS: tuple[tuple[Order, str], ...] = (
    ("contributions", "Most contributions"),
    ("newest", "Newest"),
    ("oldest", "Oldest"),
    ("name", "Name"),
)


@dataclass(frozen=True)
class Choice:
    """A filter: the address that sets it, its words, whether it is set."""

    to: str
    words: str
    chosen: bool


@dataclass(frozen=True)
class PoolsPage(Page):
    """The list.

    Attributes:
        found: the pools of this page.
        trends: their accuracy so far, drawn.
        now: the chain's time; None while it is silent.
        words: that were looked for.
        samples: filters by what samples are.
        deposits: filters by whether money moves.
        hidden: the filters that are set, as the search keeps them.
        orders: how pools can be put in order.
        order: how they are.
        before: address of the page before; None on the first.
        after: address of the next page; None on the last.
    """

    TEMPLATE: ClassVar[str] = "pools.html"

    found: Found
    trends: Sequence[Markup]
    now: int | None
    words: str
    samples: Sequence[Choice]
    deposits: Sequence[Choice]
    hidden: Sequence[tuple[str, str]]
    orders: tuple[tuple[Order, str], ...]
    order: Order
    before: str | None
    after: str | None


def page_of(
    found: Found,
    now: int | None = None,
    *,
    words: str = "",
    samples: str = "",
    deposit: str = "",
    order: Order = "contributions",
    page: int = 1,
) -> PoolsPage:
    """The page of what was found, with the addresses of what else there is."""

    def to(**changes: str | int) -> str:
        given = {"q": words, "samples": samples, "deposit": deposit, "sort": order} | changes
        kept = {name: value for name, value in given.items() if value and (name, value) != ("sort", "contributions")}
        return f"/?{urlencode(kept)}" if kept else "/"

    counts = found.counts
    return PoolsPage(
        found=found,
        trends=[sparkline(card.trend) for card in found.cards],
        now=now,
        words=words,
        samples=[
            Choice(to(samples=""), f"All {counts['all']}", samples == ""),
            Choice(to(samples=TEXT), f"Words {counts[TEXT]}", samples == TEXT),
            Choice(to(samples=NUMBERS), f"Rows {counts[NUMBERS]}", samples == NUMBERS),
        ],
        deposits=[
            Choice(to(deposit=""), "Any", deposit == ""),
            Choice(to(deposit="money"), f"Money {counts['money']}", deposit == "money"),
            Choice(to(deposit="free"), f"Free {counts['free']}", deposit == "free"),
        ],
        hidden=[(name, value) for name, value in (("samples", samples), ("deposit", deposit)) if value],
        orders=ORDERS,
        order=order,
        before=to(page=page - 1) if page > 1 else None,
        after=to(page=page + 1) if found.count > page * PAGE_SIZE and page < MOST_PAGES else None,
    )


@router.get("/")
@asking
def list_pools(
    overviews: Overviews,
    frame: Framed,
    q: Annotated[str, Query(max_length=80)] = "",
    samples: Literal["", "text", "numbers"] = "",
    deposit: Literal["", "money", "free"] = "",
    sort: Order = "contributions",
    page: Annotated[int, Query(ge=1, le=MOST_PAGES)] = 1,
) -> HTMLResponse:
    """A page of the list."""
    words, money = q.strip(), {"": None, "money": True, "free": False}[deposit]
    found = overviews.search(words, samples or None, money, sort, (page - 1) * PAGE_SIZE, PAGE_SIZE)
    shown = page_of(found, overviews.now(), words=words, samples=samples, deposit=deposit, order=sort, page=page)
    return render(shown, frame)
