"""A sweep carried out: the same rows however it is run, nothing lost whatever happens."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from earnest.simulations import output
from earnest.simulations.errors import OutputError, SweepError
from earnest.simulations.sweep import folder as folders
from earnest.simulations.sweep import identity
from earnest.simulations.sweep.job import Failed, Finished, Job, execute
from earnest.simulations.sweep.workers import LocalWorkers
from tests.simulations.sweep.made_up import Sweeper

ROOT = Path(__file__).resolve().parents[3]

# THE FOLDER


def test_folder_with_a_sweep_is_refused_unless_it_is_resumed(sweeper: Sweeper) -> None:
    sweeper(sweeper.plan(seeds="1"))
    before = {path.name: path.read_bytes() for path in sweeper.out.iterdir()}
    with pytest.raises(SweepError, match=r"holds a sweep already: go on with --resume"):
        sweeper(sweeper.plan(seeds="1"))
    assert {path.name: path.read_bytes() for path in sweeper.out.iterdir()} == before


def test_folder_that_cannot_be_used_is_refused_before_the_data_are_prepared(sweeper: Sweeper) -> None:
    sweeper()
    other = sweeper.plan("num_words=40,80")
    for resume, sentence in ((False, "holds a sweep already"), (True, "axes differ")):
        sweeper.stages.clear()
        with pytest.raises(SweepError, match=sentence):
            sweeper(other, resume=resume)
        assert sweeper.stages == []
    sweeper.out = sweeper.out / "manifest.json"
    with pytest.raises(OutputError):
        sweeper(other)
    assert sweeper.stages == []


@pytest.mark.parametrize(
    ("sets", "seeds", "sentence"),
    [
        (["num_words=40,50", "cost=2,5"], "3", "another sweep; its axes differ"),
        (["num_words=40,60", "cost=2,5"], "4", "another sweep; its seeds differ"),
    ],
)
def test_folder_of_another_sweep_is_refused(sweeper: Sweeper, sets: list[str], seeds: str, sentence: str) -> None:
    sweeper()
    with pytest.raises(SweepError, match=sentence):
        sweeper(sweeper.plan(*sets, seeds=seeds), resume=True)


def test_folder_of_another_scenario_is_refused_by_the_knob_that_differs(sweeper: Sweeper) -> None:
    sweeper()
    sweeper.scenario = sweeper.scenario.with_knobs(refund_wait=3600)
    with pytest.raises(SweepError, match="its refund_wait is 7200, not 3600"):
        sweeper(resume=True)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": 0}, "another version of earnest"),
        ({"sources": "0"}, "another version of earnest"),
        ({"versions": {"numpy": "1.0"}}, r"another version of numpy \(1\.0, here "),
        ({"data": ["0"]}, "its data differs"),
    ],
)
def test_folder_of_another_version_is_refused(sweeper: Sweeper, change: dict[str, Any], sentence: str) -> None:
    sweeper()
    manifest = sweeper.out / folders.MANIFEST
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | change))
    with pytest.raises(SweepError, match=sentence):
        sweeper(resume=True)


def test_folder_with_something_else_in_place_of_the_manifest_is_refused(sweeper: Sweeper) -> None:
    sweeper.out.mkdir()
    (sweeper.out / folders.MANIFEST).write_text("mine")
    with pytest.raises(SweepError, match="is no manifest of a sweep"):
        sweeper(resume=True)
    (sweeper.out / folders.MANIFEST).unlink()
    (sweeper.out / folders.JOURNAL).write_text("mine\n")
    with pytest.raises(SweepError, match="journal without a manifest"):
        sweeper(resume=True)


def test_folder_that_another_sweep_writes_to_is_refused(sweeper: Sweeper) -> None:
    def another(job: Job) -> Finished | Failed:
        return execute(job)

    class Meanwhile(LocalWorkers):
        def run(self, jobs: Any, execute: Any) -> Any:
            with pytest.raises(SweepError, match="Another sweep is writing to"):
                Sweeper.__call__(sweeper, resume=True)
            yield from super().run(jobs, execute)

    assert sweeper(workers=Meanwhile(1), execute=another).kept == 12


def test_fingerprint_tells_versions_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(identity.fingerprint()) == 64
    whole = identity.fingerprint.__wrapped__()
    monkeypatch.setattr(identity, "_DECIDING", {"earnest.core": ()})
    assert identity.fingerprint.__wrapped__() != whole == identity.fingerprint()


# ROWS


def test_rows_are_the_same_for_any_number_of_workers(sweeper: Sweeper) -> None:
    tables = []
    for count in (1, 2, 3):
        sweeper.out = sweeper.out.with_name(f"out-{count}")
        assert sweeper(workers=LocalWorkers(count)) == (12, 0, [])
        tables.append([(sweeper.out / name).read_bytes() for name in (output.RUNS, output.SERIES)])
    assert tables[0] == tables[1] == tables[2]
    rows = sweeper.rows()
    assert [row["run"] for row in rows] == list(range(12))
    assert [(row["num_words"], row["cost"], row["seed"]) for row in rows] == [
        (words, cost, seed) for words in (40, 60) for cost in (2, 5) for seed in (1, 2, 3)
    ]


def test_manifest_says_what_the_rows_come_from(sweeper: Sweeper) -> None:
    sweeper()
    manifest = json.loads((sweeper.out / folders.MANIFEST).read_text())
    assert manifest["axes"] == [["num_words", [40, 60]], ["cost", [2, 5]]]
    assert manifest["seeds"] == [1, 2, 3]
    assert manifest["complete"] is True
    assert set(manifest["versions"]) == {"numpy", "numba", "scipy", "scikit-learn", "python"}
    assert {row["dataset_sha256"] for row in sweeper.rows()} == set(manifest["data"])


def test_progress_goes_through_data_and_runs(sweeper: Sweeper) -> None:
    sweeper()
    assert [stage for stage in sweeper.stages if stage[0] == "Data"] == [("Data", done, 2) for done in range(3)]
    assert [stage for stage in sweeper.stages if stage[0] == "Runs"] == [("Runs", done, 12) for done in range(13)]


# WHAT CAN GO WRONG


@pytest.mark.parametrize("count", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_run_whose_worker_dies_each_time_is_tried_twice_then_reported_and_the_others_go_on(
    sweeper: Sweeper, tmp_path: Path, count: int
) -> None:
    tries = str(tmp_path / "tries")

    def deadly(job: Job) -> Finished | Failed:
        if job.number == 5:
            with open(tries, "a") as file:  # noqa: PTH123
                file.write("x")
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(job)

    outcome = sweeper(workers=LocalWorkers(count), execute=deadly)
    assert outcome.kept == 11
    ((failed),) = outcome.failed
    assert (failed["run"], failed["label"], failed["seed"]) == (5, "num_words=40, cost=5", 3)
    assert "worker died twice" in failed["reason"]
    assert Path(tries).read_text() == "xx"
    assert [row["run"] for row in sweeper.rows()] == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]
    assert json.loads((sweeper.out / folders.MANIFEST).read_text())["failed"] == outcome.failed
    # once what killed it is gone, only that run is done again
    assert sweeper(resume=True) == (12, 11, [])
    assert len(sweeper.rows()) == 12


@pytest.mark.parametrize("count", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_run_whose_worker_dies_once_is_there_in_the_end(sweeper: Sweeper, tmp_path: Path, count: int) -> None:
    mark = str(tmp_path / "died")

    def once(job: Job) -> Finished | Failed:
        if job.number == 2 and not os.path.exists(mark):  # noqa: PTH110
            open(mark, "w").close()  # noqa: PTH123
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(job)

    assert sweeper(workers=LocalWorkers(count), execute=once) == (12, 0, [])


def test_run_that_raises_is_reported_in_one_line_and_the_others_go_on(sweeper: Sweeper) -> None:
    sweeper(sweeper.plan("num_words=40", seeds="1"))
    for file in sweeper.cache.iterdir():
        file.write_bytes(b"damaged")
    job = Job(3, sweeper.scenario, 1, _files(sweeper), False, "")
    failed = execute(job)
    assert isinstance(failed, Failed)
    assert failed.number == 3
    assert failed.reason.startswith("DatasetError: The prepared data")


def _files(sweeper: Sweeper) -> Any:
    from earnest.simulations.data import TaskFiles

    return TaskFiles(sweeper.cache / "none", sweeper.cache / "none", 1, 2, None, "", "sparse-perceptron")


@pytest.mark.parametrize(
    ("sets", "sentence"),
    [
        (["dataset=file", "shuffle_seed=1"], "At dataset=file, shuffle_seed=1: The data set file needs a CSV"),
        (["initial_share=0.0626,0.003125"], "At initial_share=0.003125: The first 1 samples are all of one class"),
    ],
)
def test_data_that_are_unfit_are_told_with_the_point_before_any_run(
    sweeper: Sweeper, sets: list[str], sentence: str
) -> None:
    with pytest.raises(SweepError, match=sentence):
        sweeper(sweeper.plan(*sets))
    assert not sweeper.out.exists()


@pytest.mark.slow
def test_full_disk_loses_no_finished_run_and_resume_goes_on(sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = os.fsync, []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        # the manifest's, and four rows'
        if len(calls) > 5:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        # the data need room too; they are there
        sweeper_cache_ready(sweeper, patch, real, calls)
        with pytest.raises(OutputError, match=r"takes no more \(No space left on device\): 4 finished runs are kept"):
            sweeper()
    assert len((sweeper.out / folders.JOURNAL).read_text().splitlines()) == 4
    assert sweeper(resume=True) == (12, 4, [])
    assert [row["run"] for row in sweeper.rows()] == list(range(12))


def sweeper_cache_ready(sweeper: Sweeper, patch: pytest.MonkeyPatch, real: Any, calls: list[int]) -> None:
    out, sweeper.out = sweeper.out, sweeper.out.with_name("first")
    with patch.context() as inner:
        inner.setattr(os, "fsync", real)
        sweeper()
    sweeper.out = out
    calls.clear()


def test_line_that_a_kill_cut_off_is_no_run(sweeper: Sweeper) -> None:
    sweeper()
    journal = sweeper.out / folders.JOURNAL
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:7]) + lines[7][:50])
    assert sweeper(resume=True) == (12, 7, [])
    assert journal.read_bytes().count(b"\n") == 12
    assert [row["run"] for row in sweeper.rows()] == list(range(12))


def test_interrupted_sweep_leaves_the_tables_of_what_is_finished(sweeper: Sweeper) -> None:
    class Interrupted(LocalWorkers):
        def run(self, jobs: Any, execute: Any) -> Any:
            for count, result in enumerate(super().run(jobs, execute)):
                if count == 3:
                    raise KeyboardInterrupt
                yield result

    with pytest.raises(KeyboardInterrupt):
        sweeper(workers=Interrupted(1))
    assert len(sweeper.rows()) == 3
    assert json.loads((sweeper.out / folders.MANIFEST).read_text())["complete"] is False
    assert sweeper(resume=True) == (12, 3, [])


# THE COMMAND

TOML = """
dataset = "synthetic"
num_words = 60
train_size = 4000
initial_share = 0.05
test_size = 500
refund_wait = 7200
collect_wait = 36000
[[agents]]
name = "good"
behaviour = "honest"
count = 1
start_balance = 500
deposit_mean = 50
deposit_deviation = 10
wait_mean = 600
wait_deviation = 1
"""


def command(folder: Path, *arguments: str) -> list[str]:
    (folder / "small.toml").write_text(TOML)
    given = ["sweep", str(folder / "small.toml"), "--out", str(folder / "out"), "--data-dir", str(folder / "data")]
    return [sys.executable, "-m", "earnest.simulations", *given, *arguments]


def children(pid: int) -> list[int]:
    """Processes whose parent this one is."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == pid:
            found.append(int(stat.parent.name))
    assert found
    return found


def test_sweep_killed_in_the_middle_repeats_nothing_when_it_is_resumed(tmp_path: Path) -> None:
    arguments = "--set", "cost=1,2,3,4", "--seeds", "100", "--jobs", "2"
    journal = tmp_path / "out" / folders.JOURNAL
    process = subprocess.Popen(
        command(tmp_path, *arguments), cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True
    )
    until = time.monotonic() + 120
    while not journal.exists() or journal.read_bytes().count(b"\n") < 20:
        assert process.poll() is None, "it was over before it could be killed"
        assert time.monotonic() < until
        time.sleep(0.01)
    workers = children(process.pid)
    process.kill()
    process.wait(30)
    while any(Path(f"/proc/{worker}").exists() for worker in workers):
        assert time.monotonic() < until, "its workers outlive it"
        time.sleep(0.1)
    kept = [json.loads(line)["number"] for line in journal.read_bytes().splitlines() if line.endswith(b"}")]
    assert 20 <= len(kept) < 400
    done = subprocess.run(command(tmp_path, *arguments, "--resume"), cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    after = [json.loads(line)["number"] for line in journal.read_bytes().splitlines()]
    assert after[: len(kept)] == kept
    assert sorted(after) == list(range(400))
    assert f"400 of 400 runs are in {tmp_path / 'out'}, {len(kept)} of them from before\n" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--set", "words=3"], "unknown knob 'words'"),
        (["--set", "num_words="], "num_words has no values"),
        (["--seeds", "2,2"], "seeds repeats 2"),
        (["--seeds", "1000000"], "pass --yes"),
        (["--set", "cost=1000000000"], "beyond 2^63"),
        (["--set", "dataset=imdb"], "pass --archive"),
    ],
)
def test_command_refuses_in_one_line_on_standard_error(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    env = {name: value for name, value in os.environ.items() if name != "EARNEST_IMDB_ARCHIVE"}
    done = subprocess.run(command(tmp_path, *arguments), cwd=ROOT, capture_output=True, text=True, env=env)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
