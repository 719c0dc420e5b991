"""The tables of a sweep over kinds and shares of harmful agents."""

import csv
import io

import pytest

from earnest.simulations.report import report
from earnest.simulations.report.attacks import TOLD, attacks
from earnest.simulations.report.sweeps import load
from earnest.simulations.report.table import Table
from earnest.simulations.scenario import load as load_scenario
from earnest.simulations.scenario import shipped_names
from tests.simulations.sweep.made_up import Sweeper

AXES = ("incentive=all", "bad.behaviour=flipper,echo,flash", "harmful_share=0.0,0.25,0.5")


def test_sweep_of_something_else_has_no_such_table(sweeper: Sweeper) -> None:
    sweeper()
    assert attacks(load([sweeper.out])) == []


@pytest.fixture
def swept(sweeper: Sweeper) -> Sweeper:
    sweeper.scenario = sweeper.scenario.with_values({"good.count": 7, "agents.wait_mean": 4000.0})
    sweeper(sweeper.plan(*AXES, seeds="3"))
    return sweeper


def test_tables_tell_the_means_of_the_rows_and_where_they_are_worst(swept: Sweeper) -> None:
    worst, shares = attacks(load([swept.out]))
    rows = swept.rows()
    incentives = {row["incentive"] for row in rows}
    assert {"self-assessment", "points"} <= incentives
    assert len(worst.rows) == 3 * len(incentives)
    assert shares.head[-3:] == ["0% harmful", "25% harmful", "50% harmful"]

    def told(incentive: str, kind: str, measure: str) -> dict[float, float]:
        return {
            share: mean
            for name, behaviour, of, share, mean, *_ in shares.raw
            if (name, behaviour, of) == (incentive, kind, measure)
        }

    for share, mean in told("self-assessment", "flipper", "final_accuracy").items():
        found = [
            row["final_accuracy"]
            for row in rows
            if (row["incentive"], row["bad_behaviour"], row["harmful_share"]) == ("self-assessment", "flipper", share)
        ]
        assert len(found) == 3
        assert mean == pytest.approx(sum(found) / 3)
    lowest = {(row[0], row[1]): row[4] for row in worst.raw if row[2] == "final_accuracy"}
    for (incentive, kind), mean in lowest.items():
        assert mean == min(told(incentive, kind, "final_accuracy").values())
    # nobody pays under points, and nobody is harmful at a share of nothing
    assert not told("points", "flipper", "profit_of_harmful")
    assert set(told("self-assessment", "flipper", "profit_of_harmful")) == {0.25, 0.5}
    assert {row[2] for row in shares.raw} <= set(TOLD)


def test_page_shows_them_instead_of_all_means(swept: Sweeper, monkeypatch: pytest.MonkeyPatch) -> None:
    # figures and regressions are other tests' business, and take long
    monkeypatch.setattr(report, "drawn_of", lambda *given: [])
    monkeypatch.setattr(report, "effects", lambda sweeps: [])
    written = report.write_report([swept.out], swept.out / "report")
    assert {"attacks.csv", "attacks-by-share.csv", "means.csv"} <= set(written)
    page = (swept.out / "report" / "report.html").read_text("utf-8")
    assert "<h2>Every attack at its worst</h2>" in page
    assert "<h2>Means</h2>" not in page
    assert list(csv.reader(io.StringIO((swept.out / "report" / "means.csv").read_text("utf-8"))))[1:]


def test_those_that_ship_hold_every_harmful_kind_at_every_share() -> None:
    from earnest.simulations.agents.registry import BEHAVIOURS

    harmful = {name for name, one in BEHAVIOURS.items() if one.harms and name not in BEHAVIOURS.guests()}
    # a backdoor takes no money and costs no accuracy: these measures do not show it, and it has a sweep of its own
    harmful -= {group.behaviour for group in load_scenario("backdoor").agents}
    for name in ("attacks", "attacks-clothing", "attacks-table"):
        assert name in shipped_names()
        axes = dict(load_scenario(name).axes)
        assert set(axes["bad.behaviour"]) == harmful
        assert axes["incentive"] == ("all",)
        assert axes["harmful_share"] == (0.0, 0.05, 0.1, 0.2, 0.3, 0.4)


def test_columns_of_words_begin_on_the_left_and_those_of_numbers_do_not() -> None:
    rows = [["points", "-", "0.5", "1.5"], ["1", "echo", "-", "0.2 (0.1 to 0.3)"]]
    assert Table("t", "T", "", ["a", "b", "c", "d"], rows, [], []).in_words == {0, 1}
    assert Table("t", "T", "", ["a", "b"], [["1", "2"]], [], []).in_words == {0}
