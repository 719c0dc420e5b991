"""What a sweep's page shows of its rows: what the reader chose, or what is chosen for who chose nothing."""

import json
import time
from pathlib import Path

import numpy as np
import pytest

from earnest.sweeps.results import loaded
from earnest.sweeps.results.choice import Asked, chosen
from earnest.sweeps.results.loaded import Results, labels_of, load, so_far
from earnest.sweeps.results.worked import cells, compared, curves, points, spread, survivals
from tests.fixtures.threads import at_once
from tests.sweeps.results import PRICES, WORDS, view, write_view


@pytest.fixture
def results(tmp_path: Path) -> Results:
    found = load(write_view(tmp_path / "view.json"))
    assert found is not None
    return found


def test_view_that_asks_for_nothing_goes_along_the_longest_axis_with_a_line_for_each_level_of_the_next(
    results: Results,
) -> None:
    choice = chosen(results, Asked())
    assert choice is not None
    assert (choice.measure.column, choice.along.column, choice.by and choice.by.column) == (
        "final_accuracy", "num_words", "price"
    )  # fmt: skip
    found = curves(results, choice)
    assert [curve.label for curve in found] == ["5", "10", "25"]
    values = results.values["final_accuracy"][(results.levels["num_words"] == 0) & (results.levels["price"] == 2)]
    assert found[2].means[0].mean == pytest.approx(values.mean())
    assert found[2].means[0].count == 5
    assert len(found[0].runs[1]) == 5 * len(WORDS)


@pytest.mark.parametrize(
    "asked",
    [
        Asked(
            measure="nothing", along="nothing", by="nothing", only=("x", "price:7", ":"), draw=("rubbish",), log=("z",)
        ),
        Asked(along="price", by="price"),
        Asked(only=("price:all",), by="none"),
    ],
)
def test_nonsense_in_an_address_is_as_if_it_were_not_there(results: Results, asked: Asked) -> None:
    choice = chosen(results, asked)
    assert choice is not None
    assert choice.by is not choice.along
    assert curves(results, choice)
    assert not choice.log_x


def test_other_axes_are_held_at_a_level_or_taken_together(results: Results) -> None:
    last, first, every = (chosen(results, Asked(by="none", only=only)) for only in ((), ("price:5",), ("price:all",)))
    assert last is not None
    assert first is not None
    assert every is not None
    assert (last.only, first.only, every.only) == ({"price": 2}, {"price": 0}, {"price": None})
    assert [int(choice.rows(results).sum()) for choice in (last, first, every)] == [20, 20, 60]


def test_axes_are_logarithmic_only_where_all_is_positive(results: Results) -> None:
    both = chosen(results, Asked(log=("x", "y")))
    assert both is not None
    assert both.log_x
    assert both.log_y
    results.values["final_accuracy"][0] = 0.0
    none = chosen(results, Asked(log=("y",)))
    assert none is not None
    assert not none.log_y


def test_address_of_a_view_leads_back_to_it() -> None:
    asked = Asked("final_accuracy", "price", "none", ("num_words:1,000",), ("means", "band"), ("x",), "other")
    assert asked.query() == (
        "measure=final_accuracy&along=price&by=none&only=num_words%3A1%2C000&draw=means&draw=band&log=x&compare=other"
    )
    assert Asked().query() == ""


def test_survival_counts_runs_that_ended_without(results: Results) -> None:
    choice = chosen(results, Asked())
    assert choice is not None
    found = survivals(results, choice)
    assert found is not None
    measure, axis, lines = found
    assert (measure.column, axis.column) == ("depletion_day", "price")
    # at a price of 5 they last longer than the 100 days that are simulated
    assert [(line.label, line.ended, line.runs) for line in lines] == [("5", 0, 5), ("10", 5, 5), ("25", 5, 5)]
    assert lines[0].last == 100
    assert lines[1].estimate.alive[-1] == 0


def test_map_has_a_cell_for_each_pair_and_points_of_others_lie_on_their_line(results: Results) -> None:
    choice = chosen(results, Asked())
    assert choice is not None
    found = cells(results, choice)
    assert found is not None
    assert [len(row) for row in found] == [len(WORDS)] * len(PRICES)
    assert [(at, by) for _, at, by in points(results, choice)] == [(len(WORDS) - 1, 1)]
    without = chosen(results, Asked(draw=("means",)))
    assert without is not None
    assert points(results, without) == []


def test_lines_are_as_many_as_can_be_told_apart(tmp_path: Path) -> None:
    found = load(write_view(tmp_path / "many.json", prices=tuple(range(1, 12)), words=(1, 2)))
    assert found is not None
    axis = found.axis("price")
    assert axis is not None
    kept = spread(axis)
    assert len(kept) <= 6
    assert {kept[0], kept[-1]} == {0, 10}


def test_sweeps_are_compared_at_what_both_have_in_pairs_of_one_seed(results: Results, tmp_path: Path) -> None:
    other = load(write_view(tmp_path / "other.json", prices=(10, 25, 50), seeds=4, shift=0.02))
    choice = chosen(results, Asked())
    assert other is not None
    assert choice is not None
    (first, *_) = compared(results, choice, other)
    assert first.measure.column == "final_accuracy"
    # seeds 0 to 3, prices 10 and 25: a level of ours is one further left in theirs, where accuracy is .01 lower
    assert first.difference.runs == 4
    assert first.ours - first.theirs == pytest.approx(first.difference.mean)
    assert first.difference.mean == pytest.approx(0.03, abs=0.004)
    assert compared(results, choice, load(write_view(tmp_path / "none.json", words=(7, 8))) or results) == []


def test_file_of_another_layout_or_none_shows_nothing(tmp_path: Path) -> None:
    assert load(tmp_path / "none.json") is None
    (tmp_path / "old.json").write_text(json.dumps(view() | {"format": 99}))
    (tmp_path / "rubbish.json").write_text("[")
    assert load(tmp_path / "old.json") is None
    assert load(tmp_path / "rubbish.json") is None


def test_axes_are_named_without_the_rows_and_as_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_view(tmp_path / "view.json")
    path.write_text(json.dumps(view() | {"about": 'As "axes": [] says.'}, separators=(",", ":")))
    with monkeypatch.context() as patched:
        patched.setattr(loaded, "_loaded", None)
        assert labels_of(path) == ("number of words", "price")
    assert labels_of(tmp_path / "none.json") == ()
    (tmp_path / "rubbish.json").write_text('{"axes": [{"column"')
    assert labels_of(tmp_path / "rubbish.json") == ()


def test_file_that_many_look_at_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, reads = write_view(tmp_path / "view.json"), []
    read = Path.read_bytes

    def slowly(self: Path) -> bytes:
        reads.append(self)
        time.sleep(0.1)
        return read(self)

    monkeypatch.setattr(Path, "read_bytes", slowly)
    found = at_once(lambda _: load(path))
    assert reads == [path]
    assert all(one is found[0] for one in found)
    assert found[0].changed == path.stat().st_mtime_ns


def test_rows_that_came_in_so_far_are_drawn_along_what_is_compared() -> None:
    rows = [
        {"run": run, "seed": 1, "days": 10, "num_words": words, "good_deposit_mean": 20, "final_accuracy": accuracy}
        for run, (words, accuracy) in enumerate(((100, 0.6), (200, 0.7), (100, None)))
    ]
    found = so_far(rows, {"num_words": [200, 100], "agents.deposit_mean": [20, 50]}, "final_accuracy")
    assert found is not None
    assert [axis.column for axis in found.axes] == ["num_words", "good_deposit_mean"]
    choice = chosen(found, Asked())
    assert choice is not None
    means = [mean.mean for curve in curves(found, choice) for mean in curve.means]
    assert means[:2] == [0.6, 0.7]
    assert so_far([], {"num_words": [1, 2]}, "final_accuracy") is None


@pytest.mark.bench
def test_ten_thousand_runs_are_shown_in_less_than_a_second(tmp_path: Path) -> None:
    """Read, worked out and drawn, in processor time: as the page does it the first time that it is looked at."""
    from earnest.dashboard.results import shown

    path = write_view(tmp_path / "big.json", words=tuple(range(100, 1100, 40)), prices=(2, 5, 10, 25), seeds=100)
    begun = time.process_time()
    found = load(path)
    assert found is not None
    assert len(found.runs) == 10_000
    page = shown(found, Asked(), [], None)
    took = time.process_time() - begun
    assert page is not None
    assert page.main is not None
    assert took < 1.0, f"{took:.2f} s"
    assert np.isfinite(found.values["final_accuracy"]).all()
