"""The simulations as functions, for scripts and notebooks: what `import earnest` gives under the same names.

Drawing and reporting are imported when they are asked for: together they take longer than a run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earnest.data.recipe import Sources
from earnest.simulations import data as tasks
from earnest.simulations import measures, output, run
from earnest.simulations.derived import as_derived
from earnest.simulations.scenario import Scenario, load, seeds_of
from earnest.simulations.sweep.plan import checked
from earnest.simulations.sweep.sweep import Progress, run_sweep
from earnest.simulations.sweep.workers import workers_of

__all__ = ["Run", "Scenario", "Sweep", "report", "simulate", "sweep"]

#: Where data sets that were prepared are kept in a data folder.
CACHE_FOLDER = Path("cache") / "datasets"


@dataclass(frozen=True)
class Run:
    """One scenario under one seed; a notebook shows its figure.

    Attributes:
        scenario: that was run.
        row: its knobs and measures, by name.
        series: the same over simulated days, a row each.
    """

    scenario: Scenario
    row: dict[str, Any]
    series: list[dict[str, Any]]

    def figure(self) -> bytes:
        """Balances and accuracy over simulated days, as PNG."""
        from earnest.simulations import plot

        return plot.draw(self.scenario, self.row, self.series)

    def _repr_png_(self) -> bytes:
        return self.figure()


@dataclass(frozen=True)
class Sweep:
    """The runs of a sweep that are finished.

    Attributes:
        folder: that holds them.
        failed: runs that came to nothing, each with its label, seed and reason.
    """

    folder: Path
    failed: list[dict[str, Any]]

    @property
    def rows(self) -> Any:
        """A row a run, in the order of the grid: a pandas `DataFrame` of knobs and measures."""
        import pandas as pd

        return pd.read_parquet(self.folder / output.RUNS)


def simulate(
    scenario: Scenario | str,
    seed: int = 1,
    *,
    archive: Path | str | None = None,
    data: Path | str | None = None,
    data_dir: Path | str = "data",
) -> Run:
    """Run a scenario on the contracts' rules: agents contribute, claim, and gain or lose their money.

    Args:
        scenario: one, the name of one that ships, or the path of its TOML file.
        seed: of all random draws.
        archive: the IMDB archive, as a path or an address, for scenarios on `imdb`.
        data: the CSV or Parquet file, or SpamAssassin's folder, for scenarios on those.
        data_dir: folder that keeps prepared data for the next time.

    Raises:
        CoreError: the data are missing or unfit.
        SimulationError: there is no such scenario, or the data do not fit it.
    """
    wanted = _scenario(scenario)
    task = tasks.load_task(wanted, _sources(archive, data), Path(data_dir) / CACHE_FOLDER)
    wanted = as_derived(wanted, task)
    outcome = run.simulate(wanted, task, seed)
    row = measures.row_of(wanted, task, seed, outcome)
    return Run(wanted, row, measures.series_of(wanted, seed, outcome))


def sweep(
    scenario: Scenario | str,
    axes: Mapping[str, Sequence[Any]] | None = None,
    seeds: int | Sequence[int] | None = None,
    *,
    out: Path | str,
    jobs: int = 0,
    cluster: str | None = None,
    resume: bool = False,
    archive: Path | str | None = None,
    data: Path | str | None = None,
    data_dir: Path | str = "data",
    progress: Progress = lambda stage, done, total: None,
) -> Sweep:
    """Run a scenario over every combination of values, under several seeds; each finished run is kept at once.

    Args:
        scenario: one, the name of one that ships, or the path of its TOML file.
        axes: knobs with their values, `GROUP.KNOB` for agents; None for the scenario's own.
        seeds: how many, or which; None for the scenario's own.
        out: the sweep's folder.
        jobs: worker processes; 0 for one a core.
        cluster: address of a Dask scheduler whose workers are used instead.
        resume: whether to go on with the sweep in `out`.
        archive: see `simulate`.
        data: see `simulate`.
        data_dir: see `simulate`.
        progress: called with a stage, what of it is done, and how much it is in all.

    Raises:
        CoreError: the data are missing or unfit.
        SimulationError: a knob or an axis is unfit, the folder holds something else, or the disk is full.
        ExtraMissing: with `cluster`, where the extra of that name is not installed.
    """
    asked = tuple((knob, tuple(values)) for knob, values in (axes or {}).items())
    planned = checked(_scenario(scenario), asked, None if seeds is None else seeds_of(seeds), advice=None)
    cache = Path(data_dir) / CACHE_FOLDER
    outcome = run_sweep(
        planned, _sources(archive, data), cache, Path(out), workers_of(jobs, cluster), progress, resume=resume
    )
    return Sweep(Path(out), outcome.failed)


def report(*folders: Path | str, out: Path | str | None = None, run: int | None = None) -> Path:
    """Report on sweeps: one self-contained page with figures, intervals, tests and words; its PNG and CSV.

    Args:
        folders: of the sweeps, combined.
        out: folder of the report; `report` in the first sweep's by default.
        run: number of the run of the first sweep whose balances are drawn; by default its first.

    Returns:
        the page.

    Raises:
        SimulationError: there is nothing to report on, or the report cannot be written.
    """
    from earnest.simulations.report.report import PAGE, write_report

    places = [Path(folder) for folder in folders]
    place = Path(out) if out is not None else places[0] / "report"
    write_report(places, place, run)
    return place / PAGE


def _scenario(given: Scenario | str) -> Scenario:
    return load(given) if isinstance(given, str) else given


def _sources(archive: Path | str | None, data: Path | str | None) -> Sources:
    return Sources(*(None if given is None else Path(given) for given in (archive, data)))
