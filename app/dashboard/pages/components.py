"""Every component in every state, for whoever changes one; the test suite takes its pictures."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from earnest.dashboard.charts import Chart, Part, accuracy_chart, flow, parts_of, price_chart
from earnest.dashboard.components import STATES, Unit
from earnest.dashboard.frame import Framed
from earnest.dashboard.page_route import PageRoute
from earnest.dashboard.plots import Heat, Plot
from earnest.dashboard.render import Page, render
from earnest.dashboard.results import shown
from earnest.pools.overview import Measured, Money
from earnest.sweeps.results.choice import Asked
from earnest.sweeps.results.loaded import Axis, Measure, Point, Results

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
        token: the unit of a pool whose deposits are paid in a token.
        curves: of a sweep's results.
        survival: of the same.
        heat: of the same.
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
    token: Unit
    curves: Plot | None
    survival: Plot | None
    heat: Heat | None


def sample_page() -> ComponentsPage:
    """The page, of figures that are nobody's."""
    now = 1_795_000_000
    money = Money(90 * _MILLI, 52 * _MILLI, 9 * _MILLI + 1, 0, 7 * _MILLI, 6 * _MILLI, 16 * _MILLI - 1, 0, (6, 16))
    steps = [(quarter / 4, max(2, 15 - quarter // 6) * _MILLI // 10) for quarter in range(97)]
    trend = [
        Measured(now - (40 - place) * _DAY // 2, 100 + place, 3 * place, 1580 + (place * 37) % 23 + place, 2000)
        for place in range(41)
    ]
    swept = shown(_sample_results(), Asked(), [], None)
    if swept is None:
        raise RuntimeError("the sample sweep has nothing to show")
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
        token=Unit("DEV", 6, "of 1,000,000 in 1"),
        curves=swept.main,
        survival=swept.survival,
        heat=swept.heat,
    )


def _sample_results() -> Results:
    """A sweep of figures that are nobody's."""
    points = [(words, price, seed) for words in range(4) for price in range(3) for seed in range(5)]
    accuracy = [0.6 + 0.05 * words + 0.015 * price + 0.004 * (seed - 2) for words, price, seed in points]
    days = [90 - 25 * price + 3 * seed for _, price, seed in points]
    words, price, seeds = (np.array(column, dtype=np.int64) for column in zip(*points, strict=True))
    return Results(
        about="",
        axes=(
            Axis("words", "number of words", "", True, (100, 200, 500, 1000)),
            Axis("price", "price", "coins", True, (5, 10, 25)),
        ),
        measures=(
            Measure("accuracy", "final accuracy", "", "", (0.0, 1.0), event=False, first=True),
            Measure("depletion_day", "day of depletion", "", "", (0.0, np.inf), event=True, first=True),
        ),
        points=(Point("published", "accuracy", 0.77, 6, {"words": 3, "price": 1}),),
        findings=(),
        runs=np.arange(len(points)),
        seeds=seeds,
        days=np.full(len(points), 90.0),
        levels={"words": words, "price": price},
        values={
            "accuracy": np.array(accuracy),
            "depletion_day": np.array([day if day < 90 else np.nan for day in days]),
        },
    )


@router.get("/components")
def show_components(frame: Framed) -> HTMLResponse:
    """The page."""
    return render(sample_page(), frame)
