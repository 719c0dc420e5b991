"""A study that only reports: which bars its worlds reach, on which splits, with what parameters."""

import csv
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from earnest.data.recipe import Sources
from earnest.simulations.__main__ import app
from earnest.simulations.errors import SweepError
from earnest.simulations.tune import bars
from earnest.simulations.tune.study import Study, of_study_table
from earnest.simulations.tune.worlds import Told, Worlds, told
from tests.simulations.tune.small import table
from tests.simulations.tune.test_search import as_toml

ACCURACY = {"world": "here", "measure": "final_accuracy", "goal": "maximize"}
LOSS = {"world": "few", "measure": "honest_loss_share", "goal": "minimize"}


def reporting() -> dict[str, Any]:
    """The small study without a search: two worlds on two splits, of which one bar is out of reach."""
    full = table()
    here = full["worlds"]["here"] | {"parameters": "derived"}
    return {
        "description": "What it comes to.",
        "seeds": [1, 2],
        "reported_on": [{"name": "plain"}, {"name": "noisy", "noise": 0.1}],
        "worlds": {"here": here, "few": here | {"parameters": "given", "values": {"bad.behaviour": "whale"}}},
        "bars": [
            ACCURACY | {"bar": 0.5, "on": ["plain"]},
            ACCURACY | {"bar": 1.5, "on": ["noisy"]},
            LOSS | {"bar": 0.0},
            LOSS | {"measure": "days"},
        ],
    }


@pytest.fixture(scope="module")
def study() -> Study:
    return of_study_table("small", reporting())


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def found(study: Study, cache: Path) -> list[Told]:
    return told(study, Worlds(study, Sources(None, None), cache), {})


def test_bars_are_held_on_their_splits_and_means_have_intervals(study: Study, found: list[Told]) -> None:
    rows = bars.rows_of(study, found)
    assert [(row.split, row.world, row.measure, row.verdict) for row in rows] == [
        ("plain", "here", "final_accuracy", bars.REACHED),
        ("plain", "few", "honest_loss_share", bars.REACHED),
        ("plain", "few", "days", ""),
        ("noisy", "here", "final_accuracy", bars.MISSED),
        ("noisy", "few", "honest_loss_share", bars.REACHED),
        ("noisy", "few", "days", ""),
    ]
    for row in rows:
        assert row.low <= row.mean <= row.high
    assert rows[0].wanted == "at least 0.5"
    assert (rows[1].wanted, rows[1].shown) == ("at most 0", "0.0000")
    values = found[0].values["here: final_accuracy"]
    assert rows[0].mean == pytest.approx(sum(values) / 2)


def test_worlds_have_values_and_parameters_of_their_own(study: Study, found: list[Told]) -> None:
    assert [group.behaviour for group in study.worlds["few"].agents] == ["honest", "whale"]
    derived, given = (found[0].parameters[world] for world in ("here", "few"))
    assert given["gate"] == 700 != derived["gate"]
    assert bars.parameters_of(found[0])[1].startswith("few: epoch_length 86400, risk_seals 2, rate 2, ")


def test_batch_model_is_better_where_labels_are_less_noisy(study: Study, cache: Path, found: list[Told]) -> None:
    plain, noisy = (bars.batch_accuracy(study, split, Sources(None, None), cache) for split in study.splits)
    assert 0.5 < noisy < plain <= 1


def test_command_tells_what_is_missed_and_ends_with_1(tmp_path: Path, cache: Path) -> None:
    path, out = tmp_path / "mine.toml", tmp_path / "out"
    path.write_text(as_toml(reporting()), encoding="utf-8")
    command = ["tune", str(path), "--report", "--out", str(out), "--data-dir", str(tmp_path / "data")]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 1, done.output
    assert "3 bars are reached and 1 missed" in done.output
    rows = list(csv.DictReader((out / "report.csv").read_text("utf-8").splitlines()))
    assert [row["verdict"] for row in rows] == ["reached", "reached", "", "MISSED", "reached", ""]


def test_study_that_searches_nothing_is_not_searched(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(as_toml(reporting()), encoding="utf-8")
    done = CliRunner().invoke(app, ["tune", str(path), "--out", str(tmp_path / "out")])
    assert done.exit_code == 1
    assert "searches nothing: pass --report" in " ".join(done.output.split())
    assert not (tmp_path / "out").exists()


def test_study_that_searches_says_all_of_it() -> None:
    with pytest.raises(SweepError, match="see sampler_seed"):
        of_study_table("small", reporting() | {"trials": 3})
