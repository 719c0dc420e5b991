"""The report of real sweeps on made-up data: what is refused, and what the files hold."""

import csv
import io
import json
import re
from pathlib import Path

import matplotlib.image
import pandas as pd
import pytest
from typer.testing import CliRunner

from earnest.simulations.__main__ import app
from earnest.simulations.errors import ReportError
from earnest.simulations.report import drawn, figures, names, published, words
from earnest.simulations.report.report import write_report
from earnest.simulations.report.statistics import Contrast, effects
from earnest.simulations.report.sweeps import Axis, Sweeps, load
from earnest.simulations.scenario import Scenario
from earnest.simulations.scenario import load as load_scenario
from earnest.simulations.sweep import folder as folders
from tests.simulations.sweep.made_up import Sweeper


def test_folder_without_a_sweep_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="holds no sweep: name the --out"):
        write_report([tmp_path], tmp_path / "report")


def test_folder_without_a_finished_run_or_of_another_version_is_refused(sweeper: Sweeper) -> None:
    sweeper()
    (sweeper.out / "runs.parquet").unlink()
    with pytest.raises(ReportError, match="no finished run yet"):
        load([sweeper.out])
    (sweeper.out / "runs.parquet").write_bytes(b"damaged")
    with pytest.raises(ReportError, match="is damaged"):
        load([sweeper.out])
    manifest = sweeper.out / folders.MANIFEST
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format": 0}))
    with pytest.raises(ReportError, match="another version of earnest"):
        load([sweeper.out])


def test_run_without_a_series_is_refused_with_those_that_have_one(sweeper: Sweeper) -> None:
    sweeper()
    with pytest.raises(ReportError, match=r"Run 1 has no series.*0, 3, 6, 9"):
        write_report([sweeper.out], sweeper.out / "report", run=1)


def test_command_refuses_in_one_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["report", str(tmp_path)])
    assert result.exit_code == 1
    assert len(result.stderr.strip().splitlines()) == 1


def test_report_of_two_axes_is_one_page_with_its_figures_and_tables(sweeper: Sweeper) -> None:
    sweeper()
    out = sweeper.out / "report"
    written = write_report([sweeper.out], out, run=3)
    assert sorted(written) == sorted(path.name for path in out.iterdir())
    figures = [name for name in written if name.endswith(".png")]
    expected = {"by-num-words", "by-cost", "heat-final-accuracy", "effects", "run", "runs"}
    assert {f"{name}.png" for name in expected} <= set(figures)
    for name in figures:
        assert min(matplotlib.image.imread(out / name).shape[:2]) > 100
    page = (out / "report.html").read_text("utf-8")
    assert page.count("data:image/png;base64,") == len(figures)
    # nothing is fetched from anywhere
    assert not re.search(r"""(?:src|href)=["'](?!data:)""", page)
    assert "12 runs, 3 seeds; swept: number of words and submission cost" in page
    means = list(csv.DictReader(io.StringIO((out / "means.csv").read_text("utf-8"))))
    (one,) = [row for row in means if (row["num_words"], row["cost"], row["measure"]) == ("40", "2", "final_accuracy")]
    mean = sum(row["final_accuracy"] for row in sweeper.rows()[:3]) / 3
    assert float(one["mean"]) == pytest.approx(mean)
    assert float(one["low"]) <= mean <= float(one["high"])
    assert len(list(csv.DictReader(io.StringIO((out / "runs.csv").read_text("utf-8"))))) == 12


def test_report_of_one_seed_gives_no_interval(sweeper: Sweeper) -> None:
    sweeper(sweeper.plan(seeds="1"))
    write_report([sweeper.out], sweeper.out / "report")
    page = (sweeper.out / "report" / "report.html").read_text("utf-8")
    assert "nothing here is more than an example" in page
    assert "higher at" not in page
    assert "lower at" not in page


@pytest.mark.slow
def test_sweeps_are_combined_and_a_common_run_counts_once(sweeper: Sweeper) -> None:
    first = sweeper.out
    sweeper()
    sweeper.out = first.with_name("second")
    sweeper(sweeper.plan("num_words=60,50", "cost=2,5"))
    sweeps = load([first, sweeper.out])
    assert [(axis.knob, axis.levels) for axis in sweeps.axes] == [("num_words", (40, 50, 60)), ("cost", (2, 5))]
    assert len(sweeps.rows) == 18
    assert "report.html" in write_report([first, sweeper.out], first.parent / "both")


def test_what_tells_sweeps_apart_becomes_an_axis(sweeper: Sweeper) -> None:
    first = sweeper.out
    sweeper(sweeper.plan("num_words=40,60"))
    sweeper.out, sweeper.scenario = first.with_name("second"), sweeper.scenario.with_knobs(leftover="anyone")
    sweeper(sweeper.plan("num_words=40,60"))
    assert [axis.knob for axis in load([first, sweeper.out]).axes] == ["num_words", "leftover"]


@pytest.mark.slow
def test_sweeps_over_different_knobs_are_told_each_along_its_own_axis(sweeper: Sweeper) -> None:
    first = sweeper.out
    sweeper(sweeper.plan("num_words=40,50,60"))
    sweeper.out, sweeper.scenario = first.with_name("second"), sweeper.scenario.with_knobs(name="dear")
    sweeper(sweeper.plan("cost=2,5"))
    sweeps = load([first, sweeper.out])
    words, cost, *_ = sweeps.axes
    assert (len(sweeps.along(words)), len(sweeps.along(cost))) == (9, 6)
    write_report([first, sweeper.out], first.parent / "both")
    page = (first.parent / "both" / "report.html").read_text("utf-8")
    assert "swept: number of words and submission cost." in page


@pytest.mark.slow
def test_settings_that_change_only_together_are_reported_and_credited_with_nothing(sweeper: Sweeper) -> None:
    first = sweeper.out
    sweeper(sweeper.plan("eta0=1", "tau=0"))
    sweeper.out = first.with_name("second")
    sweeper(sweeper.plan("eta0=2", "tau=5"))
    sweeps = load([first, sweeper.out])
    assert [axis.knob for axis in sweeps.axes] == ["eta0", "tau"]
    assert [sweeps.slices(axis) for axis in sweeps.axes] == [[], []]
    write_report([first, sweeper.out], first.parent / "both")
    page = (first.parent / "both" / "report.html").read_text("utf-8")
    assert "changed only together with other settings, so nothing is said here of what each of them does alone" in page
    assert "too few seeds to compare" not in page


@pytest.mark.slow
def test_sweep_without_a_cost_and_a_grid_with_costs_are_reported_together(sweeper: Sweeper) -> None:
    first = sweeper.out
    sweeper(sweeper.plan("num_words=40,50,60"))
    sweeper.out = first.with_name("second")
    sweeper(sweeper.plan("num_words=40,60", "cost=2,5"))
    sweeps = load([first, sweeper.out])
    cost = next(axis for axis in sweeps.axes if axis.knob == "cost")
    assert sweeps.rows["cost"].isna().any()
    told = [effect for effect in effects(sweeps) if effect.knob == cost.knob]
    assert told
    assert {effect.count for effect in told} <= {len(sweeps.rows["cost"].dropna())}
    write_report([first, sweeper.out], first.parent / "both")
    assert "swept: number of words and submission cost." in (first.parent / "both" / "report.html").read_text("utf-8")


def test_unfinished_sweep_says_what_is_missing(sweeper: Sweeper) -> None:
    sweeper()
    manifest = sweeper.out / folders.MANIFEST
    changed = json.loads(manifest.read_text())
    changed["seeds"].append(4)
    changed["failed"] = [{"run": 12, "label": "", "seed": 4, "reason": "died"}]
    manifest.write_text(json.dumps(changed))
    write_report([sweeper.out], sweeper.out / "report")
    page = (sweeper.out / "report" / "report.html").read_text("utf-8")
    assert "1 of the runs failed" in page
    assert "3 of the planned runs are not finished" in page


def test_scenario_comes_back_from_its_row(scenario: Scenario) -> None:
    again = Scenario.from_flat(scenario.flat(), [group.name for group in scenario.agents])
    assert again == scenario


def test_published_points_belong_to_paper_and_to_nothing_else(sweeper: Sweeper) -> None:
    sweeper()
    assert published.compare(load([sweeper.out])) == []


@pytest.mark.slow
def test_paper_lies_where_the_published_figures_do(imdb_archive: Path, tmp_path: Path) -> None:
    from earnest.simulations.data import Sources
    from earnest.simulations.sweep.plan import plan
    from earnest.simulations.sweep.sweep import run_sweep
    from earnest.simulations.sweep.workers import LocalWorkers

    planned = plan(load_scenario("paper"), [], None, yes=False)
    run_sweep(
        planned, Sources(archive=imdb_archive), tmp_path / "cache", tmp_path / "out", LocalWorkers(2), lambda *_: None
    )
    points = published.compare(load([tmp_path / "out"]))
    assert {(point.knobs["num_words"], point.source) for point in points} == {
        (words, source) for words in (200, 500, 1000) for source in ("published", "reproduced")
    }
    for point in points:
        tolerance = 0.08 * point.mean if point.measure == "depletion_day" else 0.01
        assert abs(point.ours.mean - point.mean) <= tolerance


def point(**knobs: object) -> published.Published:
    nobody = published.mean_of(pd.Series([0.5]))
    return published.Published("published", "final_accuracy", 0.8, float("nan"), 1, knobs, knobs, nobody, 0.0, 1.0)


@pytest.mark.parametrize(
    ("knobs", "where", "belongs"),
    [
        ({"num_words": 1000, "cost": 10}, {"cost": float("nan")}, False),
        ({"num_words": 1000}, {"cost": float("nan")}, True),
        ({"num_words": 1000}, {"cost": 10}, False),
        ({"num_words": 1000, "cost": 10}, {"cost": 10}, True),
        ({"num_words": 1000, "cost": 10}, {"cost": 25}, False),
    ],
)
def test_figure_of_others_is_drawn_on_the_line_that_it_was_measured_under(
    knobs: dict[str, object], where: dict[str, object], belongs: bool
) -> None:
    cost = Axis("cost", "cost", (10, 25))
    assert figures._belongs(point(**knobs), [cost], where) == belongs


def test_line_is_called_after_the_knobs_that_play_a_part_in_it() -> None:
    others = [Axis("cost", "cost", (10, 25)), Axis("num_words", "num_words", (100, 200))]
    assert figures._slice_label(others, {"cost": float("nan"), "num_words": 100}) == "number of words 100"
    assert figures._slice_label(others[:1], {"cost": float("nan")}) == "ours"
    assert figures._slice_label(others, {}) == "ours, over all other values"


BOTH = "incentive=points,self-assessment"


def page_of(sweeper: Sweeper) -> str:
    write_report([sweeper.out], sweeper.out / "report")
    return (sweeper.out / "report" / "report.html").read_text("utf-8")


def test_page_of_runs_in_which_nobody_pays_speaks_of_no_money(sweeper: Sweeper) -> None:
    sweeper(sweeper.plan("incentive=points", "num_words=40,60"))
    page = page_of(sweeper)
    assert "In all runs nobody pays" in page
    found = page.partition("What was found")[2].partition("How it was made")[0]
    assert "inal accuracy" in found
    assert not re.search("balance|depleted|profit|price|coins|day of depletion", found)
    assert not list((sweeper.out / "report").glob("survival*"))
    means = pd.read_csv(sweeper.out / "report" / "means.csv")
    assert not means["mean"].isna().any()


def test_incentives_are_compared_in_what_both_have(sweeper: Sweeper) -> None:
    sweeper(sweeper.plan(BOTH, seeds="4"))
    page = page_of(sweeper)
    assert "In 4 of 8 runs nobody pays" in page
    (compared,) = re.findall(r"<li>(Final accuracy[^<]*)</li>", page)
    assert "points" in compared
    assert not re.search(r"<li>(Balance|Depleted)", page)
    means = pd.read_csv(sweeper.out / "report" / "means.csv")
    of_points = set(means[means["incentive"] == "points"]["measure"])
    only_paid = set(means["measure"]) - of_points
    assert {"good_balance", "bad_balance", "honest_loss", "mean_price", "refused_price"} <= only_paid
    assert {"final_accuracy", "wrong_refunded_share", "bad_accepted"} <= of_points
    sweeps = load([sweeper.out])
    assert {effect.measure for effect in effects(sweeps)}.isdisjoint(only_paid)
    assert sweeps.series["good_balance"].notna().any()


@pytest.mark.slow
def test_depletion_is_told_of_the_runs_that_can_be_depleted(sweeper: Sweeper) -> None:
    sweeper(sweeper.plan(BOTH, "bad.start_balance=5,10"))
    page = page_of(sweeper)
    assert re.search(r"Depleted by start balance of bad: \d of 3 at 5, \d of 3 at 10\.", page)
    assert "Depleted by incentive" not in page
    assert sorted(path.name for path in (sweeper.out / "report").glob("survival*")) == [
        f"survival-bad-start-balance.{kind}" for kind in ("pdf", "png", "svg")
    ]


@pytest.mark.slow
def test_run_in_which_nobody_pays_counts_once_and_is_compared_with_every_price(sweeper: Sweeper) -> None:
    sweeper(sweeper.plan(BOTH, "cost=2,5"))
    sweeps = load([sweeper.out])
    incentive, cost = sweeps.axes
    assert len(sweeps.rows) == 3 + 6
    assert [(where, len(rows)) for where, rows in sweeps.slices(incentive)] == [({"cost": 2}, 6), ({"cost": 5}, 6)]
    assert len(sweeps.along(cost)) == 6
    page = page_of(sweeper)
    assert "not finished" not in page
    assert "of 2 combinations" in page
    # a balance has one slice that tells of it
    assert re.search("<li>Balance of good(: | is )", page)


def test_sweep_in_which_nobody_pays_is_compared_with_one_over_prices(sweeper: Sweeper) -> None:
    first = sweeper.out
    sweeper(sweeper.plan("cost=2,5"))
    sweeper.out = first.with_name("second")
    sweeper(sweeper.plan("incentive=points"))
    sweeps = load([first, sweeper.out])
    incentive = next(axis for axis in sweeps.axes if axis.knob == "incentive")
    assert [(where["cost"], len(rows)) for where, rows in sweeps.slices(incentive)] == [(2, 6), (5, 6)]
    assert any("incentive points to self-assessment" in sentence for sentence in words.findings(sweeps))


@pytest.mark.slow
def test_run_in_which_nobody_pays_is_drawn_without_balances(sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch) -> None:
    # first the one that left its start balance out, which made the others' real
    sweeper(sweeper.plan(BOTH, "bad.start_balance=5,10", seeds="1"))
    balances = []
    monkeypatch.setattr(drawn.plot, "_draw_balances", lambda *given: balances.append(given) or [])
    for run in (0, 2):
        write_report([sweeper.out], sweeper.out / "report", run=run)
    ((_, scenario, *_),) = balances
    assert scenario.terms.moves_money


def test_measure_that_repeats_another_is_not_told_twice(sweeper: Sweeper) -> None:
    sweeper()
    measures = load([sweeper.out]).measures
    assert "good_balance" in measures
    assert not {"good_profit", "good_profit_after_gas"} & set(measures)


def test_names_say_what_is_measured_and_in_what() -> None:
    assert names.name_of("good_profit_after_gas") == "profit of good after gas"
    assert names.name_of("burned_share") == "burned share"
    assert names.knob_in_words("agents.wait_mean") == "mean wait of all agents"
    assert (names.unit_of("bad_balance"), names.unit_of_knob("good.wait_mean"), names.unit_of_knob("num_words")) == (
        "coins", "s", "",
    )  # fmt: skip


def test_page_says_whether_the_ranges_of_weights_played_a_part(sweeper: Sweeper) -> None:
    sweeper()
    sweeps = load([sweeper.out])
    assert words.saturation(sweeps) == ["No weight met the end of its range in the contract."]
    sweeps.rows.loc[0, ["saturated", "learned"]] = [50, 100]
    assert words.saturation(sweeps)[0].startswith(f"In 1 of {len(sweeps.rows)} runs weights met the end")
    assert "50 times at most, 0.5000 for each" in words.saturation(sweeps)[0]


def test_steps_that_follow_on_each_other_are_told_as_one_stretch() -> None:
    found = [Contrast(before, after, 1.0, 0.5, 1.5, 3, False) for before, after in ((1, 2), (2, 5), (10, 20))]
    assert words._joined(found) == [(1, 5), (10, 20)]


@pytest.mark.slow
def test_survival_and_main_measures_come_before_the_secondary_ones(sweeper: Sweeper) -> None:
    sweeper(sweeper.plan("num_words=40,60", "bad.start_balance=5,10"))
    names_in_order = [name for name in write_report([sweeper.out], sweeper.out / "report") if name.endswith(".png")]
    places = {name.removesuffix(".png"): place for place, name in enumerate(names_in_order)}
    survival = [place for name, place in places.items() if name.startswith("survival")]
    secondary = [place for name, place in places.items() if name.endswith("-others")]
    assert survival
    assert secondary
    assert max(survival) < places["by-num-words"] < places["heat-final-accuracy"] < min(secondary)
    assert load([sweeper.out]).measures[:4] == ("final_accuracy", "depletion_day", "good_balance", "bad_balance")


@pytest.mark.slow
def test_intervals_in_the_table_of_means_stay_within_bounds(sweeper: Sweeper) -> None:
    sweeper()
    write_report([sweeper.out], sweeper.out / "report")
    means = pd.read_csv(sweeper.out / "report" / "means.csv")
    assert (means["low"].dropna() < 0).sum() == (
        means[means["measure"].str.contains("profit|gap")]["low"].dropna() < 0
    ).sum()
    assert "An interval ends at 0" in (sweeper.out / "report" / "report.html").read_text("utf-8")


def test_caption_explains_a_count_only_where_the_figure_has_one() -> None:
    axis = Axis("x", "x", (1, 2))
    table = pd.DataFrame(
        {"x": [1, 1, 1, 2, 2, 2], "seed": [1, 2, 3] * 2, "y": range(6), "depletion_day": [1.0, None, 2, 3, 4, 5]}
    )
    sweeps = Sweeps(table, pd.DataFrame(), (axis,), ("y", "depletion_day"), (), (), ())
    assert "2/3 at a day of depletion: only 2 of 3 runs" in drawn._how_to_read(sweeps, axis, ["y", "depletion_day"])
    assert "/" not in drawn._how_to_read(sweeps, axis, ["y"])
    sweeps.rows["depletion_day"] = 1.0
    assert "/" not in drawn._how_to_read(sweeps, axis, ["y", "depletion_day"])
