"""A sweep's results on its page and as files: the picture's figures are those of the table, and of the files."""

import csv
import io
import re
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from earnest.dashboard.plots import number
from earnest.dashboard.results import Shown, as_csv, as_latex, as_view, shown
from earnest.dashboard.scales import linear, logarithmic, with_room
from earnest.sweeps.results.choice import Asked, Choice, chosen
from earnest.sweeps.results.loaded import Results, load
from tests.sweeps.results import PRICES, WORDS, write_view


@pytest.fixture
def results(tmp_path: Path) -> Results:
    found = load(write_view(tmp_path / "view.json"))
    assert found is not None
    return found


def page(results: Results, **asked: Any) -> Shown:
    found = shown(results, Asked(**asked), [], None)
    assert found is not None
    return found


def view(results: Results, **asked: Any) -> Choice:
    found = chosen(results, Asked(**asked))
    assert found is not None
    return found


def test_table_behind_a_chart_is_what_the_csv_holds(results: Results) -> None:
    main = page(results).main
    assert main is not None
    rows = list(csv.DictReader(io.StringIO(as_csv(results, view(results)) or "")))
    assert len(rows) == len(WORDS) * len(PRICES)
    first = next(row for row in rows if (row["num_words"], row["price"]) == ("100", "5"))
    assert main.chart.rows[0][1].startswith(f"{float(first['mean_final_accuracy']):.4f}".removeprefix("0"))
    assert (first["with_value"], first["runs"]) == ("5", "5")


def test_latex_table_has_a_column_a_line_and_escapes_what_latex_reads(results: Results) -> None:
    told = as_latex(results, view(results)) or ""
    assert told.count("\\\\") == len(WORDS) + 2
    assert "\\toprule" in told
    axis = results.axes[1]
    object.__setattr__(axis, "label", "price_50% {\\}")
    assert "price\\_50\\% \\{\\textbackslash{}\\}" in (as_latex(results, view(results)) or "")


def test_lines_differ_by_dash_and_shape_and_levels_in_order_by_a_ramp(results: Results) -> None:
    main = page(results).main
    assert main is not None
    assert [(key.name, key.tone, key.turn) for key in main.keys] == [
        ("5", "s-o1", 0), ("10", "s-o3", 1), ("25", "s-o5", 2)
    ]  # fmt: skip
    assert main.chart.svg.count("<polyline") == 3
    assert main.chart.svg.count('class="sb') == 3
    bare = page(results, draw=("means",)).main
    assert bare is not None
    assert 'class="sb' not in bare.chart.svg
    assert 'class="sd' not in bare.chart.svg


def test_single_runs_of_a_line_are_one_path_with_a_dot_each(results: Results) -> None:
    main = page(results, by="none", only=("price:5",)).main
    assert main is not None
    (dots,) = re.findall(r'class="sd [^"]*" d="([^"]*)"', main.chart.svg)
    assert dots.count("h0") == 5 * len(WORDS)


def test_map_has_room_for_so_many_values_and_the_page_says_so_where_it_has_none(tmp_path: Path) -> None:
    full, over = (
        load(write_view(tmp_path / f"{count}.json", words=tuple(range(1, count + 1)), seeds=1)) for count in (40, 41)
    )
    assert full is not None
    assert over is not None
    assert page(full).heat is not None
    assert page(full).no_heat == ""
    assert page(over).heat is None
    assert "has room for 40 by 40 values: these have 41 by 3." in page(over).no_heat
    # along the other axis as well, and with one line nobody looks for a map
    assert page(over, along="price", by="num_words").heat is None
    assert page(over, by="none").no_heat == ""
    assert page(over).main is not None


def test_level_that_a_spreadsheet_takes_for_a_formula_is_text_in_the_csv(results: Results) -> None:
    object.__setattr__(results.axes[0], "levels", ("=1+1", "-x", "plain", "@y"))
    object.__setattr__(results.axes[0], "numeric", False)
    object.__setattr__(results.axes[1], "levels", (-5, 10, 25))
    rows = list(csv.DictReader(io.StringIO(as_csv(results, view(results, along="num_words", by="price")) or "")))
    assert {row["num_words"] for row in rows} == {"'=1+1", "'-x", "plain", "'@y"}
    assert {row["price"] for row in rows} == {"-5", "10", "25"}


def test_view_without_a_value_is_no_file(results: Results) -> None:
    results.values["final_accuracy"][:] = float("nan")
    choice = view(results, measure="final_accuracy")
    assert (as_csv(results, choice), as_latex(results, choice), as_view(results, choice)) == (None, None, None)


def test_names_of_lines_at_their_ends_do_not_lie_on_each_other(results: Results) -> None:
    main = page(results).main
    assert main is not None
    heights = sorted(float(y) for y in re.findall(r'class="b" x="100%" dx="8" y="([\d.-]+)"', main.chart.svg))
    assert all(after - before >= 14.9 for before, after in pairwise(heights))


def test_hostile_names_are_shown_as_text(results: Results) -> None:
    object.__setattr__(results.axes[0], "label", "<script>alert(1)</script>")
    main = page(results).main
    assert main is not None
    assert "<script" not in main.chart.svg


def test_view_of_one_seed_has_no_interval_and_says_so(tmp_path: Path) -> None:
    found = load(write_view(tmp_path / "one.json", seeds=1))
    assert found is not None
    main = page(found).main
    assert main is not None
    assert " to " not in main.chart.rows[0][1]
    assert "Mean of 1 run at" in main.chart.unit
    other = SimpleNamespace(id="x", name="Other")
    sides = shown(found, Asked(), [], (other, found))  # type: ignore[arg-type]
    assert sides is not None
    assert {side.interval for side in sides.sides} == {"one seed: none"}


def test_sweeps_that_share_nothing_are_not_compared(results: Results, tmp_path: Path) -> None:
    other = load(write_view(tmp_path / "other.json", words=(1, 2)))
    assert other is not None
    found = shown(results, Asked(compare="x"), [], (SimpleNamespace(id="x", name="Other"), other))  # type: ignore[arg-type]
    assert found is not None
    assert found.sides == ()
    assert "no seed in common" in found.cannot_compare


def test_picture_is_asked_for_with_the_figures_of_the_page(results: Results) -> None:
    found = as_view(results, view(results, log=("x",)))
    assert found is not None
    assert found["log_x"]
    assert [line["label"] for line in found["lines"]] == ["5", "10", "25"]
    assert len(found["points"]) == 1
    assert [x for x, *_ in found["lines"][0]["means"]] == [float(words) for words in WORDS]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.8087, ".8087"),
        (-0.0222, "\N{MINUS SIGN}.0222"),
        (25.53, "25.53"),
        (20318.4, "20,318"),
        (0.0, ".0000"),
        (float("nan"), "\N{EN DASH}"),
    ],
)
def test_numbers_are_written_as_in_the_rest_of_the_pages(value: float, words: str) -> None:
    assert number(value) == words


@pytest.mark.parametrize(
    ("low", "high"), [(0.55, 0.84), (0, 160), (-3, 5), (0.7, 0.7), (19000, 21000), (0.001, 0.0042)]
)
def test_marks_of_a_scale_hold_both_ends_and_have_one_number_of_digits(low: float, high: float) -> None:
    scale = linear(low, high)
    assert scale.at(low) >= -1e-9
    assert scale.at(high) <= 1 + 1e-9
    digits = {len(words.partition(".")[2]) for _, words in scale.marks}
    assert len(digits) == 1
    assert len({words for _, words in scale.marks}) == len(scale.marks)


@pytest.mark.parametrize(("low", "high"), [(0.5, 0.9), (1, 1000), (3, 3), (0.02, 70000)])
def test_logarithmic_scale_holds_both_ends(low: float, high: float) -> None:
    scale = logarithmic(low, high)
    assert -1e-9 <= scale.at(low) <= scale.at(high) <= 1 + 1e-9
    assert len(scale.marks) >= 2


def test_marks_that_would_run_into_each_other_give_way_to_the_last() -> None:
    kept = with_room([(0.0, "100"), (0.01, "200"), (0.5, "400"), (0.98, "900"), (1.0, "1,000")])
    assert [words for _, words in kept] == ["200", "400", "1,000"]
