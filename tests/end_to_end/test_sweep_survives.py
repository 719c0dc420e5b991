"""A sweep of the service outlives it: kills and a full disk cost no finished run, and the rows are the command's."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from earnest.sweeps.process import BackgroundProcess
from tests.fixtures.service import ADMIN, PATIENCE, Service

pytestmark = [pytest.mark.loopback, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = {
    "base": "paper", "dataset": "synthetic", "train_size": 6000, "test_size": 500, "initial_share": 0.1,
}  # fmt: skip
SWEEP = {"name": "small", "scenario": SCENARIO, "axes": {"num_words": [60, 100, 140], "cost": [2, 5]}, "seeds": 15}
RUNS = 90


class Started:
    """A sweep of a service."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.id: str = service.call("POST", "/sweeps", SWEEP, ADMIN)["id"]
        self.folder = service.folder / "sweeps" / self.id
        self.process = BackgroundProcess(self.folder)

    def journal(self) -> list[int]:
        """Runs that are kept, in the order in which they were finished."""
        try:
            lines = (self.folder / "journal.jsonl").read_bytes().splitlines(keepends=True)
        except FileNotFoundError:
            return []
        return [json.loads(line)["number"] for line in lines if line.endswith(b"\n")]

    def until(self, true: Callable[[], Any]) -> None:
        end = time.monotonic() + 5 * PATIENCE
        while not true():
            assert time.monotonic() < end, self.journal()
            time.sleep(0.02)

    def ended(self) -> dict[str, Any]:
        """The sweep once it has ended."""
        self.until(lambda: self.service.call("GET", f"/sweeps/{self.id}")["finished_at"])
        shown: dict[str, Any] = self.service.call("GET", f"/sweeps/{self.id}")
        return shown


def rows(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(folder / "runs.parquet").to_pylist()
    return found


def rows_of_the_command(folder: Path) -> list[dict[str, Any]]:
    """What the command makes of the same scenario and seeds, with another number of workers."""
    knobs = "".join(f"{knob} = {json.dumps(value)}\n" for knob, value in SCENARIO.items())
    (folder / "small.toml").write_text(knobs)
    command = [
        sys.executable,
        "-m",
        "earnest.simulations",
        "sweep",
        str(folder / "small.toml"),
        "--jobs",
        "2",
        "--seeds",
        "15",
    ]
    command += ["--set", "num_words=60,100,140", "--set", "cost=2,5", "--out", str(folder / "out")]
    done = subprocess.run([*command, "--data-dir", str(folder)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return rows(folder / "out")


@pytest.mark.parametrize("killed", ["service", "service and sweep"])
def test_service_killed_mid_sweep_has_its_rows_after_the_next_start(
    service: Service, killed: str, tmp_path: Path
) -> None:
    service.start()
    sweep = Started(service)
    sweep.until(lambda: len(sweep.journal()) >= 5)
    pid = sweep.process.pid()
    assert pid is not None
    service.kill()
    if killed == "service":
        # it goes on while nobody looks after it
        there = len(sweep.journal())
        sweep.until(lambda: len(sweep.journal()) > there)
        # it is held up for as long as a start takes, or it could be over by then
        os.killpg(pid, signal.SIGSTOP)
    else:
        os.killpg(pid, signal.SIGKILL)
        sweep.until(lambda: not sweep.process.alive())
    kept = sweep.journal()
    assert len(kept) < RUNS, "it was over before it could be interrupted"
    service.start()
    if killed == "service":
        sweep.until(lambda: service.call("GET", f"/sweeps/{sweep.id}")["done"])
        assert sweep.process.pid() == pid
        os.killpg(pid, signal.SIGCONT)
    shown = sweep.ended()
    assert (shown["status"], shown["done"], shown["error"], shown["report"]) == ("finished", RUNS, None, True)
    assert sweep.journal()[: len(kept)] == kept
    assert sorted(sweep.journal()) == list(range(RUNS))
    assert rows(sweep.folder) == rows_of_the_command(tmp_path)


def test_service_that_is_stopped_in_order_leaves_the_sweep_running(service: Service) -> None:
    service.start()
    sweep = Started(service)
    sweep.until(lambda: len(sweep.journal()) >= 2)
    with service.http.stream("GET", f"/v1/sweeps/{sweep.id}/events") as stream:
        # somebody who watches does not keep the service from stopping
        next(stream.iter_lines())
        assert service.process is not None
        service.process.terminate()
        assert service.process.wait(30) in (0, -signal.SIGTERM)
    there = len(sweep.journal())
    sweep.until(lambda: len(sweep.journal()) > there)
    assert sweep.process.alive()


def test_full_disk_fails_the_sweep_with_a_sentence_and_resuming_it_repeats_nothing(service: Service) -> None:
    service.start()
    sweep = Started(service)
    sweep.until(lambda: len(sweep.journal()) >= 3)
    pid = sweep.process.pid()
    assert pid is not None
    size = (sweep.folder / "journal.jsonl").stat().st_size
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size + 5000, resource.RLIM_INFINITY))
    shown = sweep.ended()
    assert shown["status"] == "failed"
    kept = sweep.journal()
    assert shown["error"].endswith(f"{len(kept)} finished runs are kept there; make room, and resume the sweep.")
    assert shown["error"].startswith("The disk of the sweep's folder takes no more (File too large)")
    assert 3 <= shown["done"] == len(kept) < RUNS
    assert service.ask("POST", f"/sweeps/{sweep.id}/resume", None, ADMIN).status_code == 202
    shown = sweep.ended()
    assert (shown["status"], shown["done"], shown["error"]) == ("finished", RUNS, None)
    assert sweep.journal()[: len(kept)] == kept
    assert len(sweep.journal()) == RUNS
