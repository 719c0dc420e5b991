"""What another program asks for, and how it is told of the progress."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from earnest.core.errors import DatasetError
from earnest.simulations.data import Sources
from earnest.simulations.errors import OutputError, ScenarioError, SimulationError, SweepError
from earnest.simulations.sweep import request
from earnest.simulations.sweep.plan import Plan
from earnest.simulations.sweep.progress import SIZE, ProgressFile
from earnest.simulations.sweep.sweep import Outcome
from tests.simulations.sweep.test_sweep import ROOT

OWN = {
    "base": "paper", "dataset": "synthetic", "train_size": 400, "test_size": 100, "initial_share": 0.2, "num_words": 60,
}  # fmt: skip


def read(folder: Path, **asked: Any) -> Plan:
    (folder / "request.json").write_text(json.dumps(asked))
    return request.read(folder / "request.json")


# REFUSALS


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"scenario": "paper", "out": "x"}', '{"axes": {}}'])
def test_file_that_is_no_request_is_refused_by_name(tmp_path: Path, content: str) -> None:
    (tmp_path / "request.json").write_text(content)
    with pytest.raises(SweepError, match=r"request\.json is no (readable )?request"):
        request.read(tmp_path / "request.json")


@pytest.mark.parametrize(
    ("asked", "error", "sentence"),
    [
        ({"scenario": "small.toml"}, ScenarioError, "There is no scenario 'small.toml'"),
        ({"scenario": "../paper"}, ScenarioError, "There is no scenario"),
        ({"scenario": ["paper"]}, ScenarioError, "There is no scenario"),
        ({"scenario": OWN | {"base": "small.toml"}}, ScenarioError, "base of scenario"),
        ({"scenario": OWN, "axes": 3}, SweepError, "axes must be a table of lists"),
        ({"scenario": OWN, "axes": {"cost": 3}}, SweepError, "axes must be a table of lists"),
        ({"scenario": OWN, "axes": {"cost": [1, 1]}}, SweepError, "cost has the value 1 twice"),
        ({"scenario": OWN, "axes": {"cost": [{}]}}, ScenarioError, "cost is {}"),
        ({"scenario": OWN | {"incentive": "points"}, "axes": ["cost=1,2"]}, SweepError, "cost plays no part"),
        ({"scenario": OWN, "seeds": "3"}, ScenarioError, "seeds is '3'"),
        ({"scenario": OWN, "seeds": 10**6}, SweepError, "runs: give fewer values or seeds"),
    ],
)
def test_request_that_cannot_be_run_is_refused_with_the_reason(
    tmp_path: Path, asked: dict[str, Any], error: type[SimulationError], sentence: str
) -> None:
    (tmp_path / "small.toml").write_text("")
    with pytest.raises(error, match=sentence):
        read(tmp_path, **asked)


def test_missing_data_are_told_without_reading_any(tmp_path: Path) -> None:
    planned = read(tmp_path, scenario=OWN | {"dataset": "imdb"})
    with pytest.raises(DatasetError, match="No IMDB archive is given"):
        request.described(planned, Sources(), tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


# WHAT IS MADE OF IT


def test_axes_and_seeds_are_the_same_in_both_ways_of_writing_them(tmp_path: Path) -> None:
    lines = read(tmp_path, scenario=OWN, axes=["num_words=60,80", "good.deposit_mean=20"], seeds=2)
    table = read(tmp_path, scenario=OWN, axes={"num_words": [60, 80], "good.deposit_mean": [20]}, seeds=[1, 2])
    assert lines == table
    assert lines.axes == (("num_words", (60, 80)), ("good.deposit_mean", (20.0,)))


def test_scenario_that_ships_brings_its_own_axes_and_seeds(tmp_path: Path) -> None:
    planned = read(tmp_path, scenario="num-words", name="unused")
    assert planned.scenario.name == "num-words"
    assert planned.size == 100
    shown = request.described(read(tmp_path, scenario=OWN, name="Mine", seeds=3), Sources(), tmp_path)
    assert shown["scenario"] == "Mine"
    assert shown["axes"] == [["num_words", [200, 500, 1000]]]
    assert (shown["seeds"], shown["runs"]) == ([1, 2, 3], 9)


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    given = [str(folder / "request.json"), "--out", str(folder / "out"), "--data-dir", str(folder / "data")]
    command = [sys.executable, "-m", "earnest.simulations", "sweep", *given, *arguments]
    env = {name: value for name, value in os.environ.items() if not name.startswith("EARNEST_")}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=env)


def test_command_checks_a_request_and_answers_in_json(tmp_path: Path) -> None:
    read(tmp_path, scenario=OWN, axes={"cost": [1, 2]}, seeds=2)
    done = command(tmp_path, "--check")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["runs"] == 4
    (tmp_path / "request.json").write_text(json.dumps({"scenario": OWN | {"cost": 0}}))
    done = command(tmp_path, "--check")
    assert done.returncode == 1
    assert json.loads(done.stdout) == {"kind": "ScenarioError", "error": done.stderr.strip()}
    assert not (tmp_path / "out").exists()
    assert command(tmp_path, "--check", "--seeds", "3").stderr.startswith(f"{tmp_path / 'request.json'} has axes and")


def test_command_tells_its_progress_and_its_end_in_a_file(tmp_path: Path) -> None:
    read(tmp_path, scenario=OWN, axes={"cost": [1, 2]}, seeds=2)
    progress = tmp_path / "progress.json"
    done = command(tmp_path, "--progress", str(progress))
    assert done.returncode == 0, done.stderr
    told = json.loads(progress.read_text())
    assert told == {
        "stage": "Runs", "done": 4, "total": 4, "ended": True, "error": None, "failed": 0, "reason": None,
    }  # fmt: skip
    done = command(tmp_path, "--progress", str(progress))
    assert done.returncode == 1
    assert "holds a sweep already" in json.loads(progress.read_text())["error"]


# THE FILE


def told(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    assert len(content) == SIZE
    found: dict[str, Any] = json.loads(content)
    return found


def test_progress_file_that_cannot_be_written_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="Progress cannot be written"):
        ProgressFile(tmp_path / "nowhere" / "file")


def test_progress_file_has_the_error_that_stopped_the_sweep_however_long(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with pytest.raises(OutputError), ProgressFile(path) as file:  # noqa: PT012
        file("Runs", 3, 9)
        raise OutputError("\N{PILE OF POO}" * 5000)
    found = told(path)
    assert (found["done"], found["ended"]) == (3, True)
    assert found["error"].startswith("\N{PILE OF POO}")


def test_progress_file_of_a_stopped_sweep_has_no_end(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with pytest.raises(KeyboardInterrupt), ProgressFile(path) as file:  # noqa: PT012
        file("Runs", 3, 9)
        raise KeyboardInterrupt
    assert "ended" not in told(path)


def test_progress_file_says_what_a_sweep_came_to_on_a_disk_that_takes_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    real = os.pwrite

    def full(descriptor: int, content: bytes, offset: int) -> int:
        # what is there can be written over
        assert offset + len(content) <= path.stat().st_size
        return real(descriptor, content, offset)

    with ProgressFile(path) as file:
        monkeypatch.setattr(os, "pwrite", full)
        file("Data", 0, 1)
        file.finish(Outcome(3, 0, [{"run": 1, "label": "", "seed": 1, "reason": "KeyError: 'x'"}]))
    assert (told(path)["failed"], told(path)["reason"]) == (1, "KeyError: 'x'")


def test_progress_is_not_written_more_often_than_anyone_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writes = []
    with ProgressFile(tmp_path / "file") as file:
        monkeypatch.setattr(os, "pwrite", lambda *given: writes.append(given) or SIZE)
        for done in range(1001):
            file("Runs", done, 1000)
    assert 2 <= len(writes) < 500
