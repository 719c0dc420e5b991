"""The commands that carry a sweep out, and what they may know of the service."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from earnest.config import Settings
from earnest.sweeps.background import NO_LOCK

#: Libraries that would start a thread for each core.
_ONE_THREAD = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS", "ARROW_NUM_THREADS",
)  # fmt: skip

REQUEST, PROGRESS, REPORT = "request.json", "progress.json", "report"


@dataclass(frozen=True)
class Commands:
    """How a sweep is checked, run and reported on.

    Attributes:
        data_dir: where prepared data are kept for the next time.
        archive: the IMDB archive, if the operator has it.
        data: the data of `file` and `spam-assassin`, if the operator gives some; a scenario names no file.
        jobs: worker processes.
        nice: how far they step back for others, from 0 to 19.
        program: what the commands begin with.
    """

    data_dir: Path
    archive: Path | None = None
    data: Path | None = None
    jobs: int = 1
    nice: int = 19
    program: tuple[str, ...] = (sys.executable, "-m", "earnest.cli")

    @classmethod
    def of(cls, settings: Settings) -> "Commands":
        """What the operator's settings make of them: all cores but one, unless they say otherwise."""
        cores = len(os.sched_getaffinity(0))
        return cls(
            settings.data_dir,
            settings.imdb_archive,
            settings.sweep_data,
            settings.sweep_jobs or max(1, cores - 1),
            settings.sweep_nice,
        )

    def check(self, folder: Path, *, time: bool = False) -> list[str]:
        """Says what the request in a folder would run, or what is wrong with it, as JSON; with `time` also how long."""
        return [*self._sweep(folder), "--check", *(["--time"] if time else [])]

    def sweep(self, folder: Path) -> list[str]:
        """Runs what the request in a folder asks for, and goes on with what is there of it."""
        progress = str(folder / PROGRESS)
        return [*self._sweep(folder), "--jobs", str(self.jobs), "--progress", progress, "--resume"]

    def advise(self, folder: Path, question: Path, data: Path | None) -> list[str]:
        """Answers a question, into a folder; `data` is the file that came with it."""
        progress = str(folder / PROGRESS)
        options = ["--out", str(folder), "--jobs", str(self.jobs), "--progress", progress, "--resume"]
        return [*self._advise(question, data), *options]

    def check_advice(self, question: Path, data: Path | None) -> list[str]:
        """Says how a question would be answered, or what is wrong with it, as JSON."""
        return [*self._advise(question, data), "--check"]

    def report(self, folder: Path) -> list[str]:
        """Reports on the sweep in a folder."""
        return [*self.program, "report", str(folder), "--out", str(folder / REPORT)]

    def knobs(self) -> list[str]:
        """Lists what can be set, as JSON."""
        return [*self.program, "list", "knobs", "--json"]

    def scenarios(self) -> list[str]:
        """Lists the scenarios that ship, as JSON."""
        return [*self.program, "list", "scenarios", "--json"]

    def draw(self, view: Path, out: Path) -> list[str]:
        """Draws a view of a sweep's page into a picture of the kind that its name ends in, at a low priority."""
        python = self.program[0]
        return [
            python, "-m", "earnest.sweeps.background", NO_LOCK, str(self.nice),
            python, "-m", "earnest.simulations.report.drawing", str(view), str(out),
        ]  # fmt: skip

    def environment(self) -> dict[str, str]:
        """The service's without its settings, keys and tokens among them; libraries keep to one thread."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("EARNEST_")}
        return kept | dict.fromkeys(_ONE_THREAD, "1") | {"PYTHONUNBUFFERED": "1"}

    def _sweep(self, folder: Path) -> list[str]:
        command = [*self.program, "sweep", str(folder / REQUEST), "--out", str(folder)]
        return command + self._sources(self.data)

    def _advise(self, question: Path, data: Path | None) -> list[str]:
        return [*self.program, "advise", str(question), *self._sources(self.data if data is None else data)]

    def _sources(self, data: Path | None) -> list[str]:
        command = ["--data-dir", str(self.data_dir.resolve())]
        for option, path in (("--archive", self.archive), ("--data", data)):
            if path is not None:
                command += [option, str(path.resolve())]
        return command
