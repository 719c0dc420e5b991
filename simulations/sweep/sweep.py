"""A sweep from its plan to its tables."""

from collections.abc import Callable, Hashable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from earnest.data.recipe import Sources
from earnest.simulations.data import TaskFiles, data_knobs, prepare_task
from earnest.simulations.errors import OutputError, SweepError
from earnest.simulations.guests import guests_of_all
from earnest.simulations.sweep.alike import as_row_of, what_plays
from earnest.simulations.sweep.folder import SweepFolder, opened, require_usable
from earnest.simulations.sweep.identity import FORMAT, fingerprint, versions
from earnest.simulations.sweep.job import Failed, Finished, Job, execute
from earnest.simulations.sweep.plan import Plan
from earnest.simulations.sweep.retrying import Execute
from earnest.simulations.sweep.workers import Workers

#: Called with a stage, what of it is done, and how much it is in all.
Progress = Callable[[str, int, int], None]

PREPARING, RUNNING = "Data", "Runs"


class Outcome(NamedTuple):
    """What a sweep came to.

    Attributes:
        kept: finished runs in the folder.
        before: those of them that were there already.
        failed: runs that came to nothing, each with its label and reason.
    """

    kept: int
    before: int
    failed: list[dict[str, Any]]


def run_sweep(
    plan: Plan,
    sources: Sources,
    cache_folder: Path,
    out: Path,
    workers: Workers,
    progress: Progress,
    *,
    resume: bool = False,
    execute: Execute = execute,
) -> Outcome:
    """Carry out all runs of a plan that its folder does not hold yet.

    Args:
        plan: see `plan.plan`.
        sources: where the data are.
        cache_folder: where prepared data are kept.
        out: the sweep's folder.
        workers: who carries out the runs.
        progress: told what is done.
        resume: whether to go on with the sweep in `out`.
        execute: carries out one run.

    Raises:
        CoreError: the data are missing or unfit.
        SimulationError: a knob is out of range, the folder holds something else, or the disk is full. Finished runs
            are kept whatever happens.
    """
    # before the data, which may take minutes
    require_usable(out, _asked(plan), resume=resume)
    prepared = _prepare(plan, sources, cache_folder, progress)
    with opened(out, manifest_of(plan, prepared), resume=resume) as folder:
        before = len(folder.done)
        progress(RUNNING, before, plan.size)
        failed: list[dict[str, Any]] = []
        try:
            alike = _alike([job for job in _jobs(plan, prepared) if job.number not in folder.done])
            for result in workers.run([jobs[0] for jobs in alike.values()], execute):
                for job in alike[result.number]:
                    if isinstance(result, Failed):
                        failed.append(_told_of(job, result))
                    else:
                        folder.keep(_as_result_of(result, alike[result.number][0], job))
                progress(RUNNING, len(folder.done) + len(failed), plan.size)
        except BaseException:
            # whatever stopped it is told; a second failure on the way out would hide it
            _write_what_there_is(folder, failed)
            raise
        folder.write(failed, complete=len(folder.done) == plan.size)
        return Outcome(len(folder.done), before, failed)


def manifest_of(plan: Plan, prepared: dict[tuple[Any, ...], TaskFiles]) -> dict[str, Any]:
    """What identifies a sweep: all that its rows depend on."""
    return _asked(plan) | {"data": sorted({files.dataset_sha256 for files in prepared.values()})}


def _asked(plan: Plan) -> dict[str, Any]:
    """The part of a manifest that is known before the data are."""
    return {
        "format": FORMAT,
        "sources": fingerprint(),
        "versions": versions(),
        "scenario": plan.scenario.flat() | {"description": plan.scenario.description},
        "agents": [group.name for group in plan.scenario.agents],
        "axes": [[knob, list(values)] for knob, values in plan.axes],
        "seeds": list(plan.seeds),
    } | _guests(plan)


def _guests(plan: Plan) -> dict[str, Any]:
    """What other packages bring to it; nothing where they bring nothing."""
    guests = guests_of_all(point.scenario for point in plan.points())
    return {"guests": [guest._asdict() for guest in guests]} if guests else {}


def _prepare(plan: Plan, sources: Sources, cache_folder: Path, progress: Progress) -> dict[tuple[Any, ...], TaskFiles]:
    """The task files of every point, each made once."""
    wanted = {data_knobs(point.scenario): point for point in plan.points()}
    prepared = {}
    for number, (key, point) in enumerate(wanted.items()):
        progress(PREPARING, number, len(wanted))
        try:
            prepared[key] = prepare_task(point.scenario, sources, cache_folder)
        except ValueError as error:
            raise SweepError(f"At {point}: {error}" if point.values else str(error)) from error
    progress(PREPARING, len(wanted), len(wanted))
    return prepared


def _jobs(plan: Plan, prepared: dict[tuple[Any, ...], TaskFiles]) -> list[Job]:
    jobs = []
    for place, point in enumerate(plan.points()):
        files = prepared[data_knobs(point.scenario)]
        for turn, seed in enumerate(plan.seeds):
            number = place * len(plan.seeds) + turn
            jobs.append(Job(number, point.scenario, seed, files, turn == 0, str(point)))
    return jobs


def _alike(jobs: list[Job]) -> dict[int, list[Job]]:
    """Jobs that come to the same, by the number of the first of them, which is carried out for all."""
    found: dict[Hashable, list[Job]] = {}
    playing: dict[int, Hashable] = {}
    for job in jobs:
        # a point's runs share its scenario, which takes longer to look through than to compare
        if id(job.scenario) not in playing:
            playing[id(job.scenario)] = what_plays(job.scenario)
        found.setdefault((playing[id(job.scenario)], job.files, job.seed), []).append(job)
    return {same[0].number: same for same in found.values()}


def _as_result_of(result: Finished, played: Job, other: Job) -> Finished:
    if other is played:
        return result
    row = as_row_of(result.row, played.scenario, other.scenario)
    return Finished(other.number, row, result.series if other.series else None)


def _told_of(job: Job, failed: Failed) -> dict[str, Any]:
    return {"run": job.number, "label": job.label, "seed": job.seed, "reason": failed.reason}


def _write_what_there_is(folder: SweepFolder, failed: list[dict[str, Any]]) -> None:
    with suppress(OutputError):
        folder.write(failed, complete=False)
