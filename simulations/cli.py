"""The commands `earnest simulate`, `sweep` and `report`; the top-level command finds them by their entry points.

Whatever takes long to import is imported inside, so that the other commands start without it.
"""

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from earnest.extras import needed

if TYPE_CHECKING:
    from earnest.simulations.engine.loop import Runner
    from earnest.simulations.measures import Row
    from earnest.simulations.scenario import Scenario
    from earnest.simulations.sweep.plan import Plan
    from earnest.simulations.sweep.progress import ProgressFile
    from earnest.simulations.sweep.sweep import Outcome
    from earnest.simulations.task import Task as SimulationTask


class EngineName(StrEnum):
    """What runs the agents."""

    FAST = "fast"
    EVM = "evm"


class ListName(StrEnum):
    """What can be listed; `listing.LISTS` holds as many."""

    KNOBS = "knobs"
    MEASURES = "measures"
    DATASETS = "datasets"
    MODELS = "models"
    INCENTIVES = "incentives"
    BEHAVIOURS = "behaviours"
    SCENARIOS = "scenarios"


CACHE_FOLDER = Path("cache") / "datasets"

Archive = Annotated[
    Path | None,
    typer.Option(
        envvar="EARNEST_IMDB_ARCHIVE",
        help="The official IMDB archive, or Keras' imdb.npz: a path, or an address, with #sha256=HEX to check it.",
    ),
]
Data = Annotated[
    Path | None,
    typer.Option(help="Another data set: a CSV or Parquet file, or SpamAssassin's folder.", show_default=False),
]
DataDir = Annotated[
    Path, typer.Option(envvar="EARNEST_DATA_DIR", help="Folder that keeps prepared data for the next time.")
]


class Sources(NamedTuple):
    """Where data sets are found, as they were given."""

    archive: Path | None
    data: Path | None


@contextmanager
def _told(what: str) -> Iterator[None]:
    """An error as one sentence, a stop from the keyboard as what is kept, an old name as a note.

    Args:
        what: is done here, as the beginning of a sentence.
    """
    from earnest.core.errors import CoreError
    from earnest.simulations.errors import SimulationError

    complaints = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    try:
        with needed("simulations", what), _noting(complaints):
            yield
    except (CoreError, SimulationError) as error:
        complaints.print(str(error))
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        complaints.print("Stopped; finished runs of a sweep are kept: go on with --resume.")
        raise typer.Exit(130) from None


@contextmanager
def _noting(complaints: Console) -> Iterator[None]:
    """Old names as notes, each once: every point of a sweep says so again."""
    from earnest.core.renamed import OldName

    with warnings.catch_warnings():
        warnings.simplefilter("always", OldName)
        shown, notes = warnings.showwarning, set[str]()

        def show(message: Warning | str, category: type[Warning], *where: Any, **further: Any) -> None:
            if not issubclass(category, OldName):
                shown(message, category, *where, **further)
            elif str(message) not in notes:
                notes.add(str(message))
                complaints.print(f"Note: {message}")

        warnings.showwarning = show
        yield


@contextmanager
def _bars(*columns: ProgressColumn, console: Console) -> Iterator[Progress]:
    """Bars that an error takes off the screen, so that it stands alone."""
    with Progress(*columns, console=console) as bars:
        try:
            yield bars
        except Exception:
            bars.live.transient = True
            raise


def simulate(
    out: Annotated[Path, typer.Option(help="Folder for runs.parquet, series.parquet and run.png.", show_default=False)],
    scenario: Annotated[str, typer.Option(help="A scenario's name, or the path of its TOML file.")] = "paper",
    num_words: Annotated[
        int | None, typer.Option(help="Words of the encoder; by default the scenario's.", show_default=False)
    ] = None,
    engine: Annotated[
        EngineName, typer.Option(help="fast: compiled rules; evm: the contracts' bytecode on pyrevm, slower.")
    ] = EngineName.FAST,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all random draws.")] = 1,
    archive: Archive = None,
    data: Data = None,
    data_dir: DataDir = Path("data"),
) -> None:
    """Simulate a scenario on the contracts' rules: agents contribute, claim, and gain or lose their money."""
    with _told("A simulation"):
        _simulate(out, scenario, num_words, engine, seed, Sources(archive, data), data_dir)


def sweep(
    scenario: Annotated[
        str,
        typer.Argument(
            help="A scenario's name, the path of its TOML file, or a JSON file with scenario, axes and seeds."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder of the sweep; report reads it.", show_default=False)],
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="KNOB=VALUE,VALUE,...: one axis; by default the scenario's.", show_default=False),
    ] = None,
    seeds: Annotated[
        str | None, typer.Option(help="How many, or a list with commas; by default the scenario's.", show_default=False)
    ] = None,
    jobs: Annotated[int, typer.Option(min=0, help="Worker processes; 0 for one a core.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the sweep in --out.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Run a grid of very many runs.")] = False,
    cluster: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler, such as tcp://HOST:8786.", show_default=False)
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Run nothing; print as JSON what would be run.")] = False,
    progress: Annotated[
        Path | None, typer.Option(help="File to keep up to date, for other programs.", show_default=False)
    ] = None,
    archive: Archive = None,
    data: Data = None,
    data_dir: DataDir = Path("data"),
) -> None:
    """Run a scenario over every combination of values, under several seeds; each finished run is kept at once."""
    sources = Sources(archive, data)
    with _told("A sweep"):
        if check:
            _check(scenario, set_ or [], seeds, sources, data_dir, yes=yes)
            return
        failed = _sweep(
            scenario, out, set_ or [], seeds, jobs, sources, data_dir, progress,
            resume=resume, yes=yes, cluster=cluster,
        )  # fmt: skip
    if failed:
        raise typer.Exit(1)


def _simulate(
    out: Path,
    scenario_name: str,
    num_words: int | None,
    engine: EngineName,
    seed: int,
    sources: Sources,
    data_dir: Path,
) -> None:
    from earnest.data import recipe
    from earnest.simulations import measures, output, plot, run
    from earnest.simulations.data import load_task
    from earnest.simulations.scenario import load

    scenario = load(scenario_name)
    if num_words is not None:
        scenario = scenario.with_knobs(num_words=num_words)
    output.prepare_folder(out)

    console = Console()
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with _bars(*columns, console=console) as progress:
        loading = progress.add_task("Reviews", total=1)
        task = load_task(scenario, recipe.Sources(*sources), data_dir / CACHE_FOLDER)
        progress.update(loading, completed=1)
        running = progress.add_task("Contributions", total=len(task.stream.labels))
        outcome = run.simulate(
            scenario,
            task,
            seed,
            lambda accepted: progress.update(running, completed=accepted),
            runner=_evm_engine(scenario, task, seed) if engine is EngineName.EVM else None,
        )
        progress.update(running, completed=outcome.observations[-1].accepted)

    row, series = measures.row_of(scenario, task, seed, outcome), measures.series_of(scenario, seed, outcome)
    output.write(
        out,
        {
            output.RUNS: output.parquet([row]),
            output.SERIES: output.parquet(series),
            output.FIGURE: plot.draw(scenario, row, series),
        },
    )
    console.print(_table(row, [group.name for group in scenario.agents]))
    console.print(
        f"Written to {out}: {output.RUNS}, {output.SERIES}, {output.FIGURE}",
        soft_wrap=True,
        highlight=False,
        markup=False,
    )


def _evm_engine(scenario: "Scenario", task: "SimulationTask", seed: int) -> "Runner":
    """Apart, because it needs pyrevm, which running does not install."""
    from earnest.simulations.engine.evm import EvmEngine

    return EvmEngine(scenario, task, seed)


def report(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Folders of sweeps, combined.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder of the report; by default `report` in the first.", show_default=False)
    ] = None,
    run: Annotated[
        int | None, typer.Option(help="Run of the first sweep whose balances are drawn.", show_default=False)
    ] = None,
) -> None:
    """Report on sweeps: one self-contained page with figures, intervals, tests and words; its PNG and CSV."""
    with _told("A report"):
        from earnest.simulations.report.report import write_report

        place = out or folders[0] / "report"
        written = write_report(folders, place, run)
        Console().print(f"Written to {place}: {', '.join(written)}", soft_wrap=True, highlight=False, markup=False)


def list_(
    what: Annotated[ListName, typer.Argument(help="What to list.", show_default=False)],
    json_: Annotated[bool, typer.Option("--json", help="One JSON array, for other programs.")] = False,
) -> None:
    """List what there is to set and to choose from: knobs, measures, data sets, and so on, guests' included."""
    with _told("A list"):
        from earnest.simulations.listing import LISTS, REGISTRIES

        rows = LISTS[what.value]()
        refused = REGISTRIES[what.value].refused() if what.value in REGISTRIES else {}
        if json_:
            typer.echo(json.dumps(rows))
        else:
            # a schema is for programs
            columns = [name for name, value in rows[0].items() if not isinstance(value, dict)]
            table = Table(*columns, box=SIMPLE, pad_edge=False)
            for row in rows:
                table.add_row(*("" if row[name] is None else str(row[name]) for name in columns))
            Console(highlight=False).print(table, markup=False)
        for sentence in refused.values():
            Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(sentence)


class _Rate(ProgressColumn):
    """Runs a second."""

    def render(self, task: Task) -> Text:
        """The rate since the start, runs that were there already left out."""
        return Text(f"{task.speed:.1f}/s" if task.speed else "")


def _plan(scenario: str, sets: list[str], seeds: str | None, *, yes: bool) -> "Plan":
    """The sweep of a scenario, or the one that a JSON file asks for."""
    from earnest.simulations.errors import SweepError
    from earnest.simulations.scenario import load
    from earnest.simulations.sweep import request
    from earnest.simulations.sweep.plan import plan

    if not scenario.endswith(".json"):
        return plan(load(scenario), sets, seeds, yes=yes)
    if sets or seeds is not None:
        raise SweepError(f"{scenario} has axes and seeds of its own: leave --set and --seeds out.")
    return request.read(Path(scenario))


def _check(scenario: str, sets: list[str], seeds: str | None, sources: Sources, data_dir: Path, *, yes: bool) -> None:
    """Print a sweep, or why there can be none, as JSON."""
    from earnest.core.errors import CoreError
    from earnest.core.renamed import OldName
    from earnest.data import recipe
    from earnest.simulations.errors import SimulationError

    try:
        with needed("simulations", "A sweep"):
            from earnest.simulations.sweep.request import described

            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", OldName)
                planned = _plan(scenario, sets, seeds, yes=yes)
            notes = list(dict.fromkeys(str(one.message) for one in caught if issubclass(one.category, OldName)))
            answer = described(planned, recipe.Sources(*sources), data_dir / CACHE_FOLDER)
            typer.echo(json.dumps(answer | {"notes": notes}))
    except (CoreError, SimulationError) as error:
        typer.echo(json.dumps({"kind": type(error).__name__, "error": str(error)}))
        raise


def _sweep(
    scenario: str,
    out: Path,
    sets: list[str],
    seeds: str | None,
    jobs: int,
    sources: Sources,
    data_dir: Path,
    progress_file: Path | None,
    *,
    resume: bool,
    yes: bool,
    cluster: str | None,
) -> bool:
    """Run a sweep and tell what came of it; whether runs failed."""
    from earnest.simulations.sweep.progress import ProgressFile

    with ProgressFile(progress_file) if progress_file else nullcontext() as watcher:
        planned = _plan(scenario, sets, seeds, yes=yes)
        outcome = _run(planned, out, jobs, sources, data_dir, watcher, resume=resume, cluster=cluster)
        if watcher is not None:
            watcher.finish(outcome)
    kept = f"{outcome.kept} of {planned.size} runs are in {out}"
    kept += f", {outcome.before} of them from before" if outcome.before else ""
    Console(soft_wrap=True, highlight=False, markup=False).print(kept)
    for run in outcome.failed:
        Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(
            f"Run {run['run']} ({run['label']}, seed {run['seed']}) failed: {run['reason']}."
        )
    return bool(outcome.failed)


def _run(
    planned: "Plan",
    out: Path,
    jobs: int,
    sources: Sources,
    data_dir: Path,
    watcher: "ProgressFile | None",
    *,
    resume: bool,
    cluster: str | None,
) -> "Outcome":
    """Carry a sweep out behind a bar for each stage."""
    from earnest.data import recipe
    from earnest.simulations.sweep.sweep import run_sweep
    from earnest.simulations.sweep.workers import workers_of

    workers = workers_of(jobs, cluster)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeElapsedColumn()
    with _bars(*columns, TextColumn("left"), TimeRemainingColumn(), console=Console()) as bars:
        tasks: dict[str, TaskID] = {}

        def progress(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total, completed=done)
            bars.update(tasks[stage], completed=done)
            if watcher is not None:
                watcher(stage, done, total)

        return run_sweep(
            planned, recipe.Sources(*sources), data_dir / CACHE_FOLDER, out, workers, progress, resume=resume
        )


def _table(row: "Row", names: list[str]) -> Table:
    """The measures of one run, as they stand in its row; those of money only where somebody pays."""
    from earnest.core.incentives.registry import INCENTIVES
    from earnest.simulations.measures import MEASURES

    moves_money = INCENTIVES[row["incentive"]].moves_money
    incentive = "" if moves_money else f", incentive {row['incentive']}"
    title = f"{row['scenario']}{incentive}, {row['num_words']} words"
    table = Table(title=f"{title}, seed {row['seed']}", title_justify="left")
    table.add_column("measure")
    table.add_column("value", justify="right")
    for measure in MEASURES:
        if measure.form and (moves_money or not measure.money):
            for column in measure.columns(names):
                table.add_row(column, measure.shown(row[column]))
    return table
