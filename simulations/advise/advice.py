"""Advice from its question to its answer."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earnest.core.incentives.known import Known
from earnest.core.prospect import MOST_RUNS
from earnest.data.cache import ArrayCache
from earnest.data.recipe import Sources
from earnest.simulations.advise.candidates import Candidate, LeftOut, candidates_of
from earnest.simulations.advise.choice import Judged, best_of, judged
from earnest.simulations.advise.figures import by_place, figures_of
from earnest.simulations.advise.question import Question
from earnest.simulations.advise.samples import Sizes, models_of, sizes_of
from earnest.simulations.advise.speed import seconds_of
from earnest.simulations.advise.world import AdvicePlan, base_of, plan_of, populations
from earnest.simulations.data import TaskFiles, data_knobs, open_task, prepare_task
from earnest.simulations.derived import known_of
from earnest.simulations.errors import AdviceError, ScenarioError
from earnest.simulations.measures import Row
from earnest.simulations.scenario import Scenario
from earnest.simulations.sweep.folder import SweepFolder
from earnest.simulations.sweep.job import execute
from earnest.simulations.sweep.retrying import Execute
from earnest.simulations.sweep.sweep import PREPARING, RUNNING, Outcome, Progress, run_sweep
from earnest.simulations.sweep.workers import Workers

#: The stage in which the machine's speed is measured.
MEASURING = "Speed"
#: Told, before anything is run, how many runs there are and how many minutes they take.
Expecting = Callable[[int, float], None]


@dataclass(frozen=True)
class Prepared:
    """A question whose data are read.

    Attributes:
        question: itself.
        sizes: how the samples are shared out.
        candidates: what can be taken.
        left_out: what cannot.
        plan: the runs.
        files: the prepared data, by what they depend on.
    """

    question: Question
    sizes: Sizes
    candidates: Sequence[Candidate]
    left_out: Sequence[LeftOut]
    plan: AdvicePlan
    files: Mapping[tuple[Any, ...], TaskFiles]


@dataclass(frozen=True)
class Advice:
    """An answer.

    Attributes:
        prepared: what was asked, and what was run for it.
        found: each candidate that has runs under all populations, in order.
        best: place among them of the one to take, or of the nearest where none meets the targets.
        outcome: of the runs.
    """

    prepared: Prepared
    found: Sequence[Judged]
    best: int
    outcome: Outcome

    @property
    def meets(self) -> bool:
        """Whether the one to take meets all targets."""
        return self.found[self.best].meets


def prepare(question: Question, sources: Sources, cache_folder: Path, progress: Progress) -> Prepared:
    """Read a question's data, and find what can be taken.

    Raises:
        CoreError: the data are missing or unfit.
        AdviceError: nothing goes with them, or there would be too many runs.
        SimulationError: a knob is out of range.
    """
    progress(PREPARING, 0, 1)
    sizes = sizes_of(question, sources, ArrayCache(cache_folder))
    bases: dict[str, Scenario] = {}
    files: dict[tuple[Any, ...], TaskFiles] = {}
    unfit: list[LeftOut] = []
    for model in models_of(question, sizes.classes):
        try:
            base = base_of(question, model, sizes)
            files[data_knobs(base)] = prepare_task(base, sources, cache_folder)
        except ScenarioError as error:
            unfit.append(LeftOut(model, "any", str(error)))
        else:
            bases[model] = base
    progress(PREPARING, 1, 1)

    def knowing(scenario: Scenario, deposit: int) -> Known:
        return known_of(scenario, open_task(files[data_knobs(scenario)]), deposit)

    candidates, left_out = candidates_of(question, bases, knowing)
    left_out = unfit + left_out
    if not candidates:
        reasons = " ".join(dict.fromkeys(one.reason for one in left_out))
        raise AdviceError(f"No incentive goes with these data: {reasons}")
    plan = plan_of(question, candidates)
    if plan.size > MOST_RUNS:
        raise AdviceError(
            f"There are {plan.size:,} runs ({len(candidates)} choices, {len(populations(question))} populations, "
            f"{len(question.seeds)} seeds), and at most {MOST_RUNS:,} are made: name fewer models, prices, attackers "
            "or seeds."
        )
    return Prepared(question, sizes, candidates, left_out, plan, files)


def advise(
    prepared: Prepared,
    sources: Sources,
    cache_folder: Path,
    out: Path,
    workers: Workers,
    progress: Progress,
    expecting: Expecting,
    *,
    processes: int = 1,
    resume: bool = False,
    execute: Execute = execute,
) -> Advice:
    """Make the runs, and judge what came of them.

    Args:
        prepared: see `prepare`.
        sources: where the data are.
        cache_folder: where prepared data are kept.
        out: folder of the runs.
        workers: who carries them out.
        progress: told what is done.
        expecting: told how many runs and minutes it will be.
        processes: that carry runs out at once.
        resume: whether to go on with the runs in `out`.
        execute: carries out one run.

    Raises:
        AdviceError: it takes longer than it may, or runs came to nothing. Finished ones are kept in the folder.
        CoreError, SimulationError: see `run_sweep`.
    """
    question, plan = prepared.question, prepared.plan
    seconds = seconds_of(plan, prepared.files, execute, lambda done, total: progress(MEASURING, done, total))
    minutes = seconds / processes / 60
    expecting(plan.size, minutes)
    if minutes > question["minutes"]:
        raise AdviceError(
            f"{plan.size:,} runs take about {minutes:.0f} minutes here, and {question['minutes']:g} are allowed: name "
            "fewer models, prices, attackers or seeds, or allow more minutes."
        )
    end = time.monotonic() + 60 * question["minutes"]

    def watched(stage: str, done: int, total: int) -> None:
        progress(stage, done, total)
        if stage == RUNNING and done < total and time.monotonic() > end:
            raise AdviceError(
                f"{done} of {total} runs took the {question['minutes']:g} minutes that are allowed: allow more, or "
                "name fewer models, prices, attackers or seeds."
            )

    outcome = run_sweep(plan, sources, cache_folder, out, workers, watched, resume=resume, execute=execute)
    rows = by_place(SweepFolder(out, {}).finished(), len(plan.seeds))
    return _answer(prepared, rows, outcome)


def _answer(prepared: Prepared, rows: Mapping[int, list[Row]], outcome: Outcome) -> Advice:
    kinds = populations(prepared.question)
    found = []
    for number, candidate in enumerate(prepared.candidates):
        places = {kind: number * len(kinds) + turn for turn, kind in enumerate(kinds)}
        if all(rows.get(place) for place in places.values()):
            figures = {kind: figures_of(candidate, rows[place]) for kind, place in places.items()}
            found.append(judged(prepared.question, prepared.sizes.contributed, candidate, figures))
    if not found:
        reason = outcome.failed[0]["reason"] if outcome.failed else "no run finished"
        raise AdviceError(f"No choice has runs under each population; the first that came to nothing: {reason}.")
    return Advice(prepared, found, best_of(found), outcome)
