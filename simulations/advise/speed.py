"""How long the runs will take, by the speed of this machine: measured, not guessed."""

import time
from collections.abc import Callable, Mapping, Sequence
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
    points = list(plan.points())
    kinds: dict[tuple[str, bool], list[Point]] = {}
    for point in points:
        kinds.setdefault((point.scenario.model, INCENTIVES[point.scenario.incentive].is_sealed), []).append(point)
    seconds = 0.0
    for number, ones in enumerate(kinds.values()):
        told(number, len(kinds))
        seconds += _timed(ones, plan.seeds[0], prepared, execute) * len(ones) * len(plan.seeds)
    told(len(kinds), len(kinds))
    return seconds


def _timed(
    points: Sequence[Point], seed: int, prepared: Mapping[tuple[Any, ...], TaskFiles], execute: Execute
) -> float:
    point = points[-1]
    job = Job(0, point.scenario, seed, prepared[data_knobs(point.scenario)], False, str(point))
    took = 0.0
    for _ in range(2):
        begun = time.perf_counter()
        result = execute(job)
        took = time.perf_counter() - begun
        if isinstance(result, Failed):
            raise AdviceError(f"A run at {point} came to nothing: {result.reason}.")
    return took
