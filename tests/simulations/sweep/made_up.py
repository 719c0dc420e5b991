"""A small sweep on made-up data: a run takes milliseconds. Its fixtures stand in the folder above."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from earnest.simulations.data import Sources
from earnest.simulations.scenario import Scenario
from earnest.simulations.sweep.job import Job
from earnest.simulations.sweep.plan import Plan, plan
from earnest.simulations.sweep.retrying import Execute, Result
from earnest.simulations.sweep.sweep import Outcome, run_sweep
from earnest.simulations.sweep.workers import Workers

KNOBS = {
    "dataset": "synthetic", "num_words": 60, "train_size": 320, "initial_share": 0.0625, "test_size": 100,
    "sample_words": 20,
}  # fmt: skip


class Here:
    """Carries out runs in this process: for tests of what is made of the rows, since processes take long to start."""

    def run(self, jobs: Sequence[Job], execute: Execute) -> Iterator[Result]:
        """See `Workers`."""
        return map(execute, jobs)


class Sweeper:
    """Runs sweeps of the made-up scenario into one folder."""

    def __init__(self, scenario: Scenario, folder: Path, workers: Workers) -> None:
        self.scenario, self.out, self.cache, self.workers = scenario, folder / "out", folder / "cache", workers
        self.stages: list[tuple[str, int, int]] = []

    def plan(self, *sets: str, seeds: str = "3", yes: bool = False) -> Plan:
        return plan(self.scenario, sets or ("num_words=40,60", "cost=2,5"), seeds, yes=yes)

    def __call__(self, planned: Plan | None = None, workers: Workers | None = None, **options: Any) -> Outcome:
        return run_sweep(
            planned or self.plan(),
            Sources(),
            self.cache,
            self.out,
            workers or self.workers,
            lambda *stage: self.stages.append(stage),
            **options,
        )

    def rows(self) -> list[dict[str, Any]]:
        return pq.read_table(self.out / "runs.parquet").to_pylist()
