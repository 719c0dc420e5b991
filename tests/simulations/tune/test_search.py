"""A search repeats, keeps what it tried, and chooses by bars and by the first objective, on data of its own."""

import csv
import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from earnest.data.recipe import Sources
from earnest.simulations.__main__ import app
from earnest.simulations.tune.search import Tried, chosen, searched
from earnest.simulations.tune.study import Study, Wish, of_study_table
from earnest.simulations.tune.worlds import Worlds, told, values_of
from tests.simulations.tune.small import table


@pytest.fixture(scope="module")
def study() -> Study:
    return of_study_table("small", table())


@pytest.fixture(scope="module")
def worlds(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Worlds:
    return Worlds(study, Sources(None, None), tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def tried(study: Study, worlds: Worlds) -> list[Tried]:
    return searched(study, worlds, lambda done: None)


def test_search_repeats_to_the_last_digit(study: Study, worlds: Worlds, tried: list[Tried]) -> None:
    assert searched(study, worlds, lambda done: None) == tried
    assert searched(replace(study, sampler_seed=2), worlds, lambda done: None) != tried


def test_search_starts_from_the_worlds_own_knobs(study: Study, tried: list[Tried]) -> None:
    assert tried[0].knobs == study.start() == {"rate": 2, "most_standing": 16}
    assert len(tried) == study.trials


def test_knobs_that_do_not_go_together_are_no_result(tried: list[Tried]) -> None:
    for one in tried:
        assert bool(one.objectives) == (one.knobs["rate"] <= one.knobs["most_standing"])
        assert one.objectives or not (one.met or one.on_front)
    assert any(not one.objectives for one in tried)


def test_nothing_on_the_front_is_beaten_in_both(tried: list[Tried]) -> None:
    front = [one.objectives for one in tried if one.on_front]
    assert front
    for accuracy, loss in front:
        assert not any(one.objectives and one.objectives[0] > accuracy and one.objectives[1] < loss for one in tried)


def test_best_of_those_that_meet_all_bars_is_chosen_and_none_where_none_does(study: Study) -> None:
    ones = [
        Tried(0, {}, (0.7, 0.0), (0.7,), met=True, on_front=False),
        Tried(1, {}, (0.9, 0.0), (0.4,), met=False, on_front=True),
        Tried(2, {}, (0.8, 0.0), (0.8,), met=True, on_front=True),
        Tried(3, {}, (0.8, 0.0), (0.8,), met=True, on_front=True),
    ]
    found = chosen(study, ones)
    assert found is not None
    assert found.number == 2
    lower = replace(study, objectives=(Wish("here", "final_accuracy", "minimize"),))
    assert chosen(lower, ones) == ones[0]
    assert chosen(study, ones[1:2]) is None


def test_choice_is_told_on_data_that_the_search_never_saw(study: Study, worlds: Worlds, tried: list[Tried]) -> None:
    (one,) = told(study, worlds, tried[0].knobs)
    assert one.split == {"shuffle_seed": 2}
    rows = worlds.played({"shuffle_seed": 2, **tried[0].knobs})
    assert one.values == {wish.name: values_of(wish, rows) for wish in (*study.objectives, *study.bars)}
    assert [row["shuffle_seed"] for row in rows["here"]] == [2, 2]


def test_command_writes_trials_choice_and_figure(tmp_path: Path) -> None:
    path, out = tmp_path / "mine.toml", tmp_path / "out"
    path.write_text(as_toml(table()), encoding="utf-8")
    assert tomllib.loads(path.read_text("utf-8"))["trials"] == 8
    command = ["tune", str(path), "--trials", "3", "--out", str(out), "--data-dir", str(tmp_path / "data")]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert "of 3 trials meet all bars" in done.output
    rows = list(csv.DictReader((out / "trials.csv").read_text("utf-8").splitlines()))
    assert [row["trial"] for row in rows] == ["0", "1", "2"]
    assert rows[0]["rate"] == "2"
    found = json.loads((out / "found.json").read_text("utf-8"))
    assert found["chosen"]["met"] is True
    assert set(found["reported"]) == {"as it was", "chosen"}
    assert (out / "front.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize("trials", ["0", "10001"])
def test_command_refuses_numbers_of_trials_that_nobody_wants(trials: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["tune", "sealed", "--trials", trials, "--out", str(tmp_path / "out")])
    assert done.exit_code == 1
    assert not (tmp_path / "out").exists()


def as_toml(study: dict[str, Any]) -> str:
    """A study as a file: JSON's values are TOML's, tables on one line apart."""

    def inline(value: object) -> str:
        if isinstance(value, dict):
            return "{ " + ", ".join(f"{json.dumps(key)} = {inline(one)}" for key, one in value.items()) + " }"
        if isinstance(value, list):
            return "[" + ", ".join(inline(one) for one in value) + "]"
        return json.dumps(value)

    return "\n".join(f"{key} = {inline(value)}" for key, value in study.items())
