"""A sweep on a Dask cluster: a real scheduler and two workers on this machine."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from earnest.simulations import output
from earnest.simulations.errors import SweepError
from earnest.simulations.sweep import identity
from earnest.simulations.sweep.cluster import ClusterWorkers
from earnest.simulations.sweep.job import Failed, Finished, Job, execute
from tests.simulations.sweep.made_up import Sweeper
from tests.simulations.sweep.test_sweep import command

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 60

pytestmark = pytest.mark.loopback


class Cluster:
    """Processes of a cluster, logging into files."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.processes = folder, list[subprocess.Popen[bytes]]()

    def start(self, workers: int) -> str:
        """Its address, once it is up."""
        card = self.folder / "scheduler.json"
        self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(card), "--no-dashboard")
        until = time.monotonic() + PATIENCE
        while True:
            try:
                address: str = json.loads(card.read_text())["address"]
                break
            except (OSError, ValueError):
                assert time.monotonic() < until, (self.folder / "log").read_text()
                time.sleep(0.05)
        for _ in range(workers):
            self._start("worker", address, "--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard")
        return address

    def _start(self, kind: str, *arguments: str) -> None:
        program = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *arguments]
        if kind == "worker":
            program += ["--local-directory", str(self.folder)]
        with (self.folder / "log").open("ab") as log:
            self.processes.append(subprocess.Popen(program, cwd=ROOT, stdout=log, stderr=log, start_new_session=True))

    def stop(self) -> None:
        for process in reversed(self.processes):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    (tmp_path / "cluster").mkdir()
    started = Cluster(tmp_path / "cluster")
    yield started
    started.stop()


def test_rows_of_a_cluster_equal_those_of_this_machine(tmp_path: Path, cluster: Cluster) -> None:
    address = cluster.start(workers=2)
    arguments = ["--set", "cost=2,5", "--seeds", "5"]
    tables = []
    for name, more in (("here", ["--jobs", "2"]), ("there", ["--cluster", address])):
        (tmp_path / name).mkdir()
        done = subprocess.run(
            command(tmp_path / name, *arguments, *more), cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE * 2
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        tables.append([(tmp_path / name / "out" / file).read_bytes() for file in (output.RUNS, output.SERIES)])
    assert tables[0] == tables[1]


@pytest.mark.slow
def test_run_that_kills_every_worker_of_a_cluster_is_reported_and_the_others_go_on(
    sweeper: Sweeper, cluster: Cluster
) -> None:
    def deadly(job: Job) -> Finished | Failed:
        if job.number == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(job)

    workers = ClusterWorkers(cluster.start(workers=1))
    try:
        outcome = sweeper(workers=workers, execute=deadly)
    finally:
        workers.close()
    assert outcome.kept == 11
    assert [failed["run"] for failed in outcome.failed] == [5]


def test_address_without_a_scheduler_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("earnest.simulations.sweep.cluster.PATIENCE", 1)
    with pytest.raises(SweepError, match=r"no Dask scheduler at tcp://127\.0\.0\.1:9"):
        ClusterWorkers("tcp://127.0.0.1:9")
    with pytest.raises(SweepError, match="no Dask scheduler at nonsense://x"):
        ClusterWorkers("nonsense://x")


def test_cluster_without_workers_is_told(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("earnest.simulations.sweep.cluster.PATIENCE", 1)
    with pytest.raises(SweepError, match="has no workers: start some"):
        ClusterWorkers(cluster.start(workers=0))


def test_worker_of_another_version_is_told(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    address = cluster.start(workers=1)
    monkeypatch.setattr(identity, "_DECIDING", {"earnest.core": ()})
    identity.fingerprint.cache_clear()
    try:
        with pytest.raises(SweepError, match="has another version of earnest"):
            ClusterWorkers(address)
    finally:
        identity.fingerprint.cache_clear()
