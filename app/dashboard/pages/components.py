"""Every component in every state, for whoever changes one; the test suite takes its pictures."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from earnest.dashboard.charts import Chart, Part, accuracy_chart, flow, parts_of, price_chart
from earnest.dashboard.components import STATES
from earnest.dashboard.frame import Framed
from earnest.dashboard.page_route import PageRoute
from earnest.dashboard.render import Page, render
from earnest.pools.overview import Measured, Money

router = APIRouter(route_class=PageRoute)

_MILLI = 10**15
_DAY = 86_400
_ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@dataclass(frozen=True)
class ComponentsPage(Page):
    """The parts.

    Attributes:
        states: names of all states that a badge can have.
        example: an address.
        amounts: in wei, from none to much.
        price: a chart of steps.
        accuracy: a chart of a share over time.
        flow: of money.
        parts: of the same money.
        now: a time of the chain.
        day: seconds of one.
        palette: names of colours, by what they are for.
    """

    TEMPLATE: ClassVar[str] = "components.html"

    states: tuple[str, ...]
    example: str
    amounts: tuple[int, ...]
    price: Chart
    accuracy: Chart | None
    flow: Markup
    parts: list[Part]
    now: int
    day: int
    palette: tuple[tuple[str, tuple[str, ...]], ...]


def sample_page() -> ComponentsPage:
    """The page, of figures that are nobody's."""
    now = 1_795_000_000
    money = Money(90 * _MILLI, 52 * _MILLI, 9 * _MILLI + 1, 0, 7 * _MILLI, 6 * _MILLI, 16 * _MILLI - 1, 0, (6, 16))
    steps = [(quarter / 4, max(2, 15 - quarter // 6) * _MILLI // 10) for quarter in range(97)]
    trend = [
        Measured(now - (40 - place) * _DAY // 2, 100 + place, 3 * place, 1580 + (place * 37) % 23 + place, 2000)
        for place in range(41)
    ]
    return ComponentsPage(
        states=tuple(STATES),
        example=_ADDRESS,
        amounts=(3 * _MILLI // 2, 78_428_571_428_571_428, 12, 0),
        price=price_chart(steps),
        accuracy=accuracy_chart(trend),
        flow=flow(money),
        parts=parts_of(money),
        now=now,
        day=_DAY,
        palette=(
            ("Money", ("claimable", "refunded", "shared", "burned", "waiting")),
            ("Classes", ("k1", "k2", "k3", "k4", "k5", "k6")),
        ),
    )


@router.get("/components")
def show_components(frame: Framed) -> HTMLResponse:
    """The page."""
    return render(sample_page(), frame)
