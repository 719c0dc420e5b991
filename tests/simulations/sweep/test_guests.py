"""A sweep with a behaviour of somebody else's package: told in rows and manifest, and to workers that lack it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pyarrow.parquet as pq
import pytest

from earnest.simulations import guests, output
from earnest.simulations.agents.registry import BEHAVIOURS
from earnest.simulations.errors import SweepError
from earnest.simulations.measures import row_of
from earnest.simulations.run import simulate
from earnest.simulations.scenario import Scenario
from earnest.simulations.sweep import folder as folders
from earnest.simulations.sweep.cluster import ClusterWorkers
from earnest.simulations.sweep.job import Job, execute
from earnest.simulations.task import Task
from tests.simulations.somebodys import SOURCE, install
from tests.simulations.sweep.test_cluster import Cluster
from tests.simulations.sweep.test_sweep import ROOT, command

NAME = "behaviour retired of somebodys-agents 1.5"


def sweep(folder: Path, environment: dict[str, str], *more: str) -> subprocess.CompletedProcess[str]:
    arguments = ("--set", "good.behaviour=honest,retired", "--set", "good.patience=3", "--seeds", "2", "--jobs", "1")
    return subprocess.run(
        command(folder, *arguments, *more), cwd=ROOT, env=environment, capture_output=True, text=True, timeout=500
    )


@pytest.mark.slow
def test_sweep_names_the_guest_where_it_takes_part_and_goes_on_with_no_other(tmp_path: Path) -> None:
    place = tmp_path / "site"
    done = sweep(tmp_path, install(place))
    assert (done.returncode, done.stderr) == (0, "")
    rows = pq.read_table(tmp_path / "out" / output.RUNS).to_pylist()
    assert [row["guests"] for row in rows] == [None, None, NAME, NAME]
    # 3 refunds and what it had handed in until then, of 3,800 samples
    assert all(0 < row["accepted"] < 100 for row in rows[2:])
    (told,) = json.loads((tmp_path / "out" / folders.MANIFEST).read_text())["guests"]
    assert str(guests.Guest(**told)) == NAME

    for version, source, sentence in (
        ("1.5", SOURCE + "\n", f"--out holds a sweep with other sources of the {NAME}"),
        ("1.6", SOURCE, f"--out holds a sweep with the {NAME}, not the {NAME.replace('1.5', '1.6')}"),
    ):
        refused = sweep(tmp_path, install(place, version, source), "--resume")
        assert refused.returncode == 1
        assert sentence in " ".join(refused.stderr.split())


@pytest.fixture
def guest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package is installed for this process."""
    install(tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    BEHAVIOURS.forget_guests()
    yield
    monkeypatch.undo()
    BEHAVIOURS.forget_guests()
    sys.modules.pop("somebodys_agents", None)


def with_guest(scenario: Scenario) -> Scenario:
    return scenario.with_knobs(agents=(scenario.agents[0], replace(scenario.agents[1], behaviour="retired")))


@pytest.mark.usefixtures("guest")
def test_guests_of_scenarios_are_found_once_each(scenario: Scenario) -> None:
    assert guests.guests_of(scenario) == []
    assert [str(one) for one in guests.guests_of_all([scenario, with_guest(scenario), with_guest(scenario)])] == [NAME]
    assert guests.unlike(guests.guests_of(with_guest(scenario))) == []


def test_row_without_a_guest_has_no_column_for_one(scenario: Scenario, task: Task) -> None:
    assert guests.COLUMN not in row_of(scenario, task, 1, simulate(scenario, task, 1))


@pytest.mark.usefixtures("guest")
def test_guest_of_another_version_or_source_is_told_apart(scenario: Scenario) -> None:
    (here,) = guests.guests_of(with_guest(scenario))
    other = here._replace(version="1.4")
    assert guests.unlike([other]) == [f"has the {here} instead of the {other}"]
    assert guests.unlike([here._replace(sources="0")]) == [f"has other sources of the {NAME}"]
    assert guests.unlike([here._replace(name="gone")])[0].startswith("lacks the behaviour gone of somebodys-agents 1.5")


@pytest.mark.loopback
@pytest.mark.usefixtures("guest")
def test_worker_of_a_cluster_that_lacks_the_guest_is_told(scenario: Scenario, tmp_path: Path) -> None:
    (tmp_path / "cluster").mkdir()
    cluster = Cluster(tmp_path / "cluster")
    try:
        workers = ClusterWorkers(cluster.start(workers=1))
        job = Job(0, with_guest(scenario), 1, cast(Any, None), False, "")
        with pytest.raises(SweepError, match=f"The worker tcp://.* lacks the {NAME} .*: install the package"):
            list(workers.run([job], execute))
        workers.close()
    finally:
        cluster.stop()
