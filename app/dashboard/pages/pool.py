"""One pool: what it holds, what it costs, how well it does, where the money went, who took part, what one risks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from earnest.contributions.dependencies import Contributions
from earnest.contributions.schemas import Action, ContributionShown
from earnest.core.incentives.base import Words
from earnest.dashboard.charts import Chart, Part, accuracy_chart, flow, parts_of, price_chart
from earnest.dashboard.components import paid_in, unit_of
from earnest.dashboard.format import class_names
from earnest.dashboard.frame import Framed
from earnest.dashboard.page_route import PageRoute
from earnest.dashboard.render import Page, render
from earnest.pools.dependencies import Overviews, Pools
from earnest.pools.overview import Contributor, Cost, Money
from earnest.pools.schemas import PoolShown
from earnest.web.threads import asking

router = APIRouter(route_class=PageRoute)

#: Open contributions and contributors that are shown at first, and more.
OPEN, MORE_OPEN, ACCOUNTS, MORE_ACCOUNTS = 10, 50, 6, 50


@dataclass(frozen=True)
class Row:
    """An open contribution, and the windows of its deposit: in chain time, or, where they count seals, in words."""

    shown: ContributionShown
    first: int
    last: int
    agrees: bool
    seals: str | None = None


@dataclass(frozen=True)
class PoolPage(Page):
    """A pool.

    Attributes:
        pool: its state.
        money: where its deposits went; None where none are paid.
        parts: the same, part by part.
        flow: the same, drawn.
        classes: what the classes are called.
        words: what its incentive says of itself; None before the pool is deployed.
        leftover: what becomes of a contribution that nobody claims in time.
        price: over the coming day; None where there is none.
        accuracy: so far; None before it was measured twice.
        rows: open contributions, those first whose windows end first.
        contributors: the accounts with the most contributions.
        contributor_count: how many there are.
        costs: what calls cost in gas.
        last: seconds of the newest contribution.
        now: the chain's time; None while it is silent.
        reach: seconds to both sides of now that the time lines show.
        more: whether more rows are shown.
    """

    TEMPLATE: ClassVar[str] = "pool.html"

    pool: PoolShown
    money: Money | None
    parts: Sequence[Part]
    flow: Markup
    classes: Sequence[str]
    words: Words | None
    leftover: str | None
    price: Chart | None
    accuracy: Chart | None
    rows: Sequence[Row]
    contributors: Sequence[Contributor]
    contributor_count: int
    costs: Sequence[Cost]
    last: int | None
    now: int | None
    reach: int
    more: bool


def seals_words(action: Action, epoch: int) -> str:
    """When something can be done that waits for seals, in a pool with so many."""
    until = "" if action.until_epoch is None else f", until seal {action.until_epoch:,}"
    if action.open:
        return f"now{until}"
    if action.from_epoch is not None and epoch < action.from_epoch:
        return f"from seal {action.from_epoch:,}{until} (now {epoch:,})"
    return f"not now{until} (now {epoch:,})"


def open_rows(shown: Sequence[ContributionShown], epoch: int = 0) -> list[Row]:
    """Open contributions with their windows, as the rules give them."""
    rows = []
    for one in shown:
        settle = next((action for action in one.actions if action.from_epoch is not None), None)
        if settle is not None:
            rows.append(Row(one, 0, 0, one.predicted_now == one.label, seals_words(settle, epoch)))
            continue
        refund = next((action for action in one.actions if action.verb == "refund"), None)
        if refund is not None and refund.since is not None and refund.until is not None:
            rows.append(Row(one, refund.since, refund.until, one.predicted_now == one.label))
    return rows


def empty_page(pool: PoolShown) -> PoolPage:
    """Of a pool that is not deployed, or never will be."""
    return PoolPage(
        pool=pool, money=None, parts=(), flow=Markup(""),
        classes=class_names(pool), words=None, leftover=None, price=None, accuracy=None, rows=(), contributors=(),
        contributor_count=0, costs=(), last=None, now=None, reach=1, more=False,
    )  # fmt: skip


@router.get("/pools/{pool}")
@asking
def show_pool(
    pool: str,
    pools: Pools,
    overviews: Overviews,
    contributions: Contributions,
    frame: Framed,
    show: Annotated[Literal["more", ""], Query()] = "",
) -> HTMLResponse:
    """The page as it is found."""
    shown = pools.show(pool)
    if shown.status != "ready":
        return render(empty_page(shown), frame)
    more, terms = show == "more", pools.terms(pool)
    moves, waits = terms.moves_money, terms.by_slot()
    prices = pools.coming_prices(pool) if moves else []
    money = overviews.money(pool) if moves else None
    accounts, count = overviews.contributors(pool, MORE_ACCOUNTS if more else ACCOUNTS)
    with paid_in(unit_of(shown.token)):
        drawn_flow = flow(money, sealed=terms.incentive.is_sealed) if money else Markup("")
        drawn_price = price_chart(prices) if prices else None
    page = PoolPage(
        pool=shown,
        money=money,
        parts=parts_of(money, sealed=terms.incentive.is_sealed) if money else (),
        flow=drawn_flow,
        classes=class_names(shown),
        words=terms.incentive.words,
        leftover=terms.incentive.words.leftover(terms),
        price=drawn_price,
        accuracy=accuracy_chart(overviews.trend(pool)),
        rows=open_rows(
            contributions.ending_first(pool, MORE_OPEN if more else OPEN), shown.sealed.epoch if shown.sealed else 0
        ),
        contributors=accounts,
        contributor_count=count,
        costs=overviews.costs(pool),
        last=overviews.last(pool),
        now=overviews.now(),
        reach=max(1, waits.get("collect_wait", 86_400)),
        more=more,
    )
    return render(page, frame)
