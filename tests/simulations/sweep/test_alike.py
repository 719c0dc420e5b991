"""Runs that come to the same are played once, and each has its own row."""

from dataclasses import replace
from itertools import count
from typing import Any

import pyarrow.parquet as pq
import pytest

from earnest.simulations.scenario import Scenario
from earnest.simulations.sweep import sweep as sweeping
from earnest.simulations.sweep.alike import what_plays
from earnest.simulations.sweep.job import Failed, Finished, Job, execute
from tests.simulations.sweep.made_up import Here, Sweeper

#: Of sixteen points seven are like another: a sealed judge has no safeguards, and of nobody the kind is all one.
AXES = (
    "incentive=self-assessment,sealed-assessment", "safeguards=none,guard", "bad.behaviour=flipper,echo",
    "harmful_share=0,0.5",
)  # fmt: skip


@pytest.fixture
def sweeper(sweeper: Sweeper) -> Sweeper:
    """Runs in this process, where they can be counted."""
    sweeper.workers = Here()
    return sweeper


class Counting:
    """Carries runs out, and counts them."""

    def __init__(self) -> None:
        self.played: list[int] = []

    def __call__(self, job: Job) -> Finished | Failed:
        self.played.append(job.number)
        return execute(job)


def test_runs_that_come_to_the_same_are_played_once_and_rows_are_as_if_each_had_been(
    sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    once, each = Counting(), Counting()
    planned = sweeper.plan(*AXES, seeds="2")
    assert sweeper(planned, execute=once) == (32, 0, [])
    rows, series = sweeper.rows(), pq.read_table(sweeper.out / "series.parquet").to_pylist()
    assert sweeper.stages[-1] == ("Runs", 32, 32)

    different = count()
    monkeypatch.setattr(sweeping, "what_plays", lambda scenario: next(different))
    sweeper.out = sweeper.out.with_name("each")
    sweeper(planned, execute=each)
    assert (len(once.played), len(each.played)) == (2 * (3 + 3 + 3), 32)
    assert rows == sweeper.rows()
    assert series == pq.read_table(sweeper.out / "series.parquet").to_pylist()


def test_run_that_fails_is_reported_for_all_that_come_to_the_same(sweeper: Sweeper) -> None:
    def failing(job: Job) -> Finished | Failed:
        return Failed(job.number, "why") if job.number == 0 else execute(job)

    outcome = sweeper(sweeper.plan(*AXES, seeds="1"), execute=failing)
    assert [(failed["run"], failed["reason"]) for failed in outcome.failed] == [(0, "why"), (2, "why")]
    assert outcome.failed[1]["label"].endswith("bad.behaviour=echo, harmful_share=0.0")
    assert outcome.kept == 14
    # gone on with, both are there
    assert sweeper(sweeper.plan(*AXES, seeds="1"), resume=True) == (16, 14, [])
    assert [row["run"] for row in sweeper.rows()] == list(range(16))


@pytest.mark.parametrize(
    ("knobs", "is_the_same"),
    [
        ({"description": "other words", "seeds": (1, 2), "name": "other"}, True),
        # of a data set, a model or an incentive that were not chosen
        ({"signal": 0.1, "rate": 7}, True),
        # under a price that is fixed
        ({"weight": 9}, True),
        ({"cost": 9}, False),
        ({"max_days": 9}, False),
        ({"eta0": 2}, False),
        ({"units_per_coin": 1000}, False),
    ],
)
def test_what_plays_a_part_tells_runs_apart(scenario: Scenario, knobs: dict[str, Any], is_the_same: bool) -> None:
    scenario = scenario.with_knobs(price="fixed")
    assert (what_plays(scenario) == what_plays(scenario.with_knobs(**knobs))) is is_the_same


def test_agents_that_are_none_play_no_part_unless_their_trigger_is_measured(scenario: Scenario) -> None:
    def with_bad(**knobs: Any) -> Scenario:
        good, bad = scenario.agents
        return scenario.with_knobs(agents=(good, replace(bad, **knobs)))

    none = what_plays(with_bad(count=0))
    assert none == what_plays(with_bad(count=0, behaviour="whale", start_balance=7, bought=2))
    assert none != what_plays(with_bad(count=1))
    assert none != what_plays(with_bad(count=0, behaviour="backdoor"))
    # knobs of another kind play no part, those of its own do
    assert what_plays(with_bad(bought=2)) == what_plays(with_bad(bought=3))
    assert what_plays(with_bad(behaviour="whale", bought=2)) != what_plays(with_bad(behaviour="whale", bought=3))


def test_row_of_a_run_that_was_not_played_has_its_own_knobs(sweeper: Sweeper) -> None:
    sweeper(sweeper.plan(*AXES, seeds="1"))
    named = ("run", "incentive", "safeguards", "bad_behaviour", "bad_count")
    assert [tuple(row[name] for name in named) for row in sweeper.rows()[8:12]] == [
        (8, "sealed-assessment", "none", "flipper", 0),
        (9, "sealed-assessment", "none", "flipper", 1),
        (10, "sealed-assessment", "none", "echo", 0),
        (11, "sealed-assessment", "none", "echo", 1),
    ]
