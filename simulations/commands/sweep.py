"""`earnest sweep`: many runs, each kept as soon as it is finished; or what they would be.

What takes long to import is imported inside: a check says in JSON that a library is missing, too.
"""

import json
import warnings
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from earnest.core.errors import CoreError
from earnest.core.renamed import OldName
from earnest.data.recipe import Sources
from earnest.extras import needed
from earnest.simulations.commands.console import Rate, bars, plainly
from earnest.simulations.errors import SimulationError, SweepError

if TYPE_CHECKING:
    from earnest.simulations.sweep.plan import Plan
    from earnest.simulations.sweep.progress import ProgressFile
    from earnest.simulations.sweep.sweep import Outcome


def _plan(scenario: str, sets: list[str], seeds: str | None, *, yes: bool) -> "Plan":
    """The sweep of a scenario, or the one that a JSON file asks for."""
    from earnest.simulations.scenario import load
    from earnest.simulations.sweep import request
    from earnest.simulations.sweep.plan import plan

    if not scenario.endswith(".json"):
        return plan(load(scenario), sets, seeds, yes=yes)
    if sets or seeds is not None:
        raise SweepError(f"{scenario} has axes and seeds of its own: leave --set and --seeds out.")
    return request.read(Path(scenario))


def check(
    scenario: str, sets: list[str], seeds: str | None, sources: Sources, cache: Path, *, yes: bool, time: bool = False
) -> None:
    """Print a sweep, or why there can be none, as JSON; with `time` also the seconds it takes in one process."""
    try:
        with needed("simulations", "A sweep"):
            from earnest.simulations.sweep.request import described

            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", OldName)
                planned = _plan(scenario, sets, seeds, yes=yes)
            notes = list(dict.fromkeys(str(one.message) for one in caught if issubclass(one.category, OldName)))
            answer = described(planned, sources, cache)
            if time:
                answer["seconds"] = _seconds(planned, sources, cache)
            typer.echo(json.dumps(answer | {"notes": notes}))
    except (CoreError, SimulationError) as error:
        typer.echo(json.dumps({"kind": type(error).__name__, "error": str(error)}))
        raise


def _seconds(planned: "Plan", sources: Sources, cache: Path) -> float:
    """Seconds of all runs in one process, by the first and the last point of each kind: measured, not guessed."""
    from earnest.simulations.advise.speed import kinds_of, timed
    from earnest.simulations.data import prepare_task
    from earnest.simulations.sweep.job import execute

    seconds = 0.0
    for points in kinds_of(planned):
        ends = (points[0],) if len(points) == 1 else (points[0], points[-1])
        took = [timed(point, planned.seeds[0], prepare_task(point.scenario, sources, cache), execute) for point in ends]
        seconds += sum(took) / len(took) * len(points) * len(planned.seeds)
    return seconds


def sweep(
    scenario: str,
    out: Path,
    sets: list[str],
    seeds: str | None,
    jobs: int,
    sources: Sources,
    cache: Path,
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
        outcome = _run(planned, out, jobs, sources, cache, watcher, resume=resume, cluster=cluster)
        if watcher is not None:
            watcher.finish(outcome)
    kept = f"{outcome.kept} of {planned.size} runs are in {out}"
    kept += f", {outcome.before} of them from before" if outcome.before else ""
    plainly().print(kept)
    for run in outcome.failed:
        plainly(stderr=True).print(f"Run {run['run']} ({run['label']}, seed {run['seed']}) failed: {run['reason']}.")
    return bool(outcome.failed)


def _run(
    planned: "Plan",
    out: Path,
    jobs: int,
    sources: Sources,
    cache: Path,
    watcher: "ProgressFile | None",
    *,
    resume: bool,
    cluster: str | None,
) -> "Outcome":
    """Carry a sweep out behind a bar for each stage."""
    from earnest.simulations.sweep.sweep import run_sweep
    from earnest.simulations.sweep.workers import workers_of

    workers = workers_of(jobs, cluster)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeElapsedColumn()
    with bars(*columns, TextColumn("left"), TimeRemainingColumn(), console=Console()) as shown:
        tasks: dict[str, TaskID] = {}

        def progress(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = shown.add_task(stage, total=total, completed=done)
            shown.update(tasks[stage], completed=done)
            if watcher is not None:
                watcher(stage, done, total)

        return run_sweep(planned, sources, cache, out, workers, progress, resume=resume)
