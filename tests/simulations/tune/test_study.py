"""Studies: those that ship can be read, and what is wrong with one is said."""

from typing import Any

import pytest

from earnest.simulations.errors import ScenarioError, SimulationError, SweepError
from earnest.simulations.tune.study import load_study, of_study_table, shipped_studies
from tests.simulations.tune.small import table


@pytest.mark.parametrize("name", shipped_studies())
def test_study_that_ships_is_one(name: str) -> None:
    study = load_study(name)
    assert all(one.low <= study.start()[one.knob] <= one.high for one in study.search)
    assert not study.trials or study.chosen_on not in study.reported_on


@pytest.mark.parametrize(
    ("changed", "error", "sentence"),
    [
        ({"trials": 0}, SweepError, "it must be from 1 to 10,000"),
        ({"worlds": {}}, SweepError, "needs worlds"),
        ({"other": 1}, SweepError, "and nothing else; see other"),
        ({"search": {"rate": {"low": 3, "high": 1}}}, SweepError, "whole numbers in order"),
        ({"search": {"rate": {"low": 0, "high": 1, "log": True}}}, SweepError, "no order of magnitude"),
        ({"search": {"pace": {"low": 0, "high": 1}}}, ScenarioError, "has no knob 'pace'"),
        ({"search": {"rate": 3}}, SweepError, "give low and high"),
        ({"search": {"cost": {"low": 1, "high": 2}}}, ScenarioError, "where cost plays no part"),
        ({"trials": None}, SweepError, "trials is None"),
        (
            {"bars": [{"world": "here", "measure": "days", "goal": "minimize", "on": ["there"]}]},
            SweepError,
            "no split 'there'",
        ),
        ({"worlds": {"here": {"values": 3}}}, SweepError, "with values as another table"),
        ({"reported_on": []}, SweepError, "a split to report on"),
        ({"chosen_on": {"num_words": 1}}, ScenarioError, "num_words"),
        (
            {"objectives": [{"world": "here", "measure": "final_accuracy", "goal": "up"}]},
            SweepError,
            "with the goal maximize or minimize",
        ),
        (
            {"objectives": [{"world": "there", "measure": "final_accuracy", "goal": "maximize"}]},
            SweepError,
            "has no world 'there'; it has here",
        ),
        (
            {"objectives": [{"world": "here", "measure": "luck", "goal": "maximize"}]},
            SweepError,
            "World here has no measure 'luck'",
        ),
    ],
)
def test_what_is_wrong_with_a_study_is_said(
    changed: dict[str, Any], error: type[SimulationError], sentence: str
) -> None:
    with pytest.raises(error) as raised:
        of_study_table("small", table() | changed)
    assert sentence in str(raised.value)


def test_study_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(SweepError, match="name one of sealed, sealed-bars, or the path"):
        load_study("nowhere")
