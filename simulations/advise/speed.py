"""How long the runs will take, by the speed of this machine: measured, not guessed."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from earnest.core.incentives.registry import INCENTIVES
from earnest.simulations.data import TaskFiles, data_knobs
from earnest.simulations.errors import AdviceError
from earnest.simulations.sweep.job import Failed, Job
from earnest.simulations.sweep.plan import Plan, Point
from earnest.simulations.sweep.retrying import Execute

#: Called with what is done and how much it is in all.
Told = Callable[[int, int], None]


def seconds_of(plan: Plan, prepared: Mapping[tuple[Any, ...], TaskFiles], execute: Execute, told: Told) -> float:
    """Seconds that all runs of a plan take in one process, by a run of each model and life of contributions.

    Each is run twice: the first time may compile the rules, for up to a minute.

    Raises:
        AdviceError: such a run came to nothing.
    """
    kinds = kinds_of(plan)
    seconds = 0.0
    for number, ones in enumerate(kinds):
        told(number, len(kinds))
        files = prepared[data_knobs(ones[-1].scenario)]
        seconds += timed(ones[-1], plan.seeds[0], files, execute) * len(ones) * len(plan.seeds)
    told(len(kinds), len(kinds))
    return seconds


def kinds_of(plan: Plan) -> list[list[Point]]:
    """A plan's points by what is compiled for them: the model, and whether it is sealed."""
    kinds: dict[tuple[str, bool], list[Point]] = {}
    for point in plan.points():
        kinds.setdefault((point.scenario.model, INCENTIVES[point.scenario.incentive].is_sealed), []).append(point)
    return list(kinds.values())


def timed(point: Point, seed: int, files: TaskFiles, execute: Execute) -> float:
    """Seconds of a point's run, once its rules are compiled.

    Raises:
        AdviceError: the run came to nothing.
    """
    job = Job(0, point.scenario, seed, files, False, str(point))
    took = 0.0
    for _ in range(2):
        begun = time.perf_counter()
        result = execute(job)
        took = time.perf_counter() - begun
        if isinstance(result, Failed):
            raise AdviceError(f"A run at {point} came to nothing: {result.reason}.")
    return took
