"""Each measure is declared once: rows, names and bounds agree with the declarations."""

import math

import pytest

from earnest.simulations import run
from earnest.simulations.measures import MEASURES, measure_of, row_of
from earnest.simulations.measures.row import Row
from earnest.simulations.scenario import Scenario
from earnest.simulations.task import Task

GROUPS = ("good", "bad")


@pytest.fixture
def row(scenario: Scenario, task: Task) -> Row:
    return row_of(scenario, task, 1, run.simulate(scenario, task, 1))


def test_row_holds_every_measure_within_its_bounds_and_no_other_number(scenario: Scenario, row: Row) -> None:
    columns = [column for measure in MEASURES for column in measure.columns(GROUPS)]
    assert len(set(columns)) == len(columns)
    others = {*scenario.flat(), "seed", "dataset_sha256"}
    assert [name for name in row if name not in others and not name.endswith("_version")] == [
        *(measure.column() for measure in MEASURES if not measure.group),
        *(measure.column(group) for group in GROUPS for measure in MEASURES if measure.group),
    ]
    for measure in MEASURES:
        for column in measure.columns(GROUPS):
            value = row[column]
            assert value is None or isinstance(value, str) or measure.low <= value <= measure.high


@pytest.mark.parametrize(
    ("column", "name", "group"),
    [
        ("final_accuracy", "final_accuracy", ""),
        ("accepted", "accepted", ""),
        ("good_accepted", "accepted", "good"),
        ("very_good_profit_after_gas", "profit_after_gas", "very_good"),
        ("good_balance_units", "balance_units", "good"),
        ("depletion_day", "depletion_day", ""),
    ],
)
def test_column_is_known_as_the_measure_of_a_group_or_of_the_run(column: str, name: str, group: str) -> None:
    found = measure_of(column)
    assert found is not None
    assert (found.measure.name, found.group, found.measure.column(found.group)) == (name, group, column)


@pytest.mark.parametrize("column", ["num_words", "good_count", "profit", "_balance", "python_version"])
def test_column_that_is_no_measure_is_known_as_none(column: str) -> None:
    assert measure_of(column) is None


def test_measures_of_money_say_so_wherever_they_are_counted_in_it() -> None:
    for measure in MEASURES:
        assert measure.money or measure.unit not in ("coins", "units")
        assert measure.meaning.endswith((".", ")"))
        assert ("{}" in measure.words) == measure.group
        assert measure.low < measure.high
        # a share of nothing below 0, a gain or loss on both sides
        assert measure.low in (0.0, -1.0, -math.inf)


def test_table_writes_a_missing_day_in_a_word() -> None:
    day = measure_of("depletion_day")
    assert day is not None
    assert (day.measure.shown(None), day.measure.shown(12.3456)) == ("never", "12.35")
