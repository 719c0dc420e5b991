"""Charts: round ticks, figures that are in the table behind, parts that add up, words for who cannot see them."""

import re
from itertools import pairwise

import pytest

from earnest.dashboard.charts import Chart, accuracy_chart, flow, interval, parts_of, price_chart, sparkline, ticks
from earnest.dashboard.components import ETHER, Unit, paid_in
from earnest.pools.overview import Measured, Money


@pytest.mark.parametrize(("low", "high"), [(0, 0.0015), (0.76, 0.84), (0, 1), (3, 3), (0, 0), (0.1234, 0.1235)])
def test_ticks_are_round_even_and_hold_what_is_drawn(low: float, high: float) -> None:
    found = ticks(low, high)
    assert 2 <= len(found) <= 8
    assert found[0] <= low + 1e-12
    assert found[-1] >= high - 1e-12
    steps = {round(after - before, 12) for before, after in pairwise(found)}
    assert len(steps) == 1


def test_price_of_a_day_has_its_figures_behind() -> None:
    chart = price_chart([(quarter / 4, (97 - quarter) * 10**13) for quarter in range(97)])
    assert chart.rows[0] == ("+0 h", "0.00097", "970,000,000,000,000")
    assert chart.rows[-1][0] == "+24 h"
    assert "0.00097 ETH now" in chart.svg
    assert "fixed" in price_chart([(0, 5), (24, 5)]).caption


def axis_of(chart: Chart) -> list[str]:
    """What is written beside a chart, from the lowest to the highest."""
    return re.findall(r'text-anchor="end">([^<]*)</text>', chart.svg.split('class="ax"')[0])


@pytest.mark.parametrize(
    ("unit", "price", "axis"),
    [
        (ETHER, 10**15, ["0", "0.0005", "0.0010"]),
        (Unit("DEV", 6, "of 1,000,000 in 1"), 2_500_000, ["0", "1", "2", "3"]),
        (Unit("GUI", 0, "of 1 in 1"), 1_500, ["0", "500", "1,000", "1,500"]),
    ],
)
def test_prices_are_drawn_in_their_own_unit_with_one_number_of_digits(unit: Unit, price: int, axis: list[str]) -> None:
    with paid_in(unit):
        assert axis_of(price_chart([(0, price), (24, price)])) == axis


def test_accuracies_beside_a_chart_differ_from_each_other() -> None:
    for shares in ((50, 60, 55, 56), (860, 855, 867), (9_000, 9_001)):
        total = 10 ** len(str(shares[0]))
        chart = accuracy_chart([Measured(90 * n, n, n, share, total) for n, share in enumerate(shares)])
        assert chart is not None
        assert len(set(axis_of(chart))) == len(axis_of(chart)) >= 3


def test_last_time_below_a_chart_is_at_its_end() -> None:
    # a minute on: two words, of which the second is true from the middle on
    chart = accuracy_chart([Measured(60 + 30 * n, n, n, 50, 100) for n in range(3)])
    assert chart is not None
    # with the second that scripts show as the clock on the reader's wall
    word = r'x="([0-9.]+)%" y="218" text-anchor="([a-z]+)"><tspan data-at="([0-9]+)">([0-9:]+)<'
    assert re.findall(word, chart.svg) == [("0.00", "start", "60", "00:01"), ("100.00", "end", "120", "00:02")]


def measured(*shares: int) -> list[Measured]:
    return [Measured(1000 * place, place, 2 * place, correct, 100) for place, correct in enumerate(shares)]


def test_accuracy_tells_what_moved_it_and_needs_two_measurements() -> None:
    assert accuracy_chart(measured(50)) is None
    chart = accuracy_chart(measured(50, 60, 55, 56))
    assert chart is not None
    assert "Moved it up most" in chart.caption
    assert "+.1000" in chart.caption
    assert "\N{MINUS SIGN}.0500" in chart.caption
    assert len(chart.rows) == 4
    assert chart.svg.count("mark-harmful") == 1
    assert sparkline(measured(50)) == ""


def test_interval_holds_the_share_and_stays_within_0_and_1() -> None:
    for correct in (0, 1, 50, 100):
        low, high = interval(correct, 100)
        assert -1e-9 <= low <= correct / 100 + 1e-9
        assert correct / 100 - 1e-9 <= high <= 1 + 1e-9
    assert interval(0, 0) == (0.0, 1.0)


def test_parts_of_the_money_add_up_to_what_was_paid_in() -> None:
    money = Money(100, 40, 20, 5, 10, 15, 10, 3, (2, 1))
    parts = parts_of(money)
    assert sum(part.amount for part in parts) == money.deposits
    assert sum(part.part for part in parts) == pytest.approx(1)
    # each has a ribbon, and none is thinner than can be seen
    assert flow(money).count("ribbon") == 6
    heights = [float(height) for height in re.findall(r'x="286" y="[\d.]+" width="14" height="([\d.]+)"', flow(money))]
    assert min(heights) >= 2
    assert flow(Money(0, 0, 0, 0, 0, 0, 0, 0, (0, 0))) == ""
