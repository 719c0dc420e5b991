"""The search itself, by Optuna's sampler for several objectives; trials one after the other, so that it repeats.

A bar, or an objective, is a mean over seeds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import optuna

from earnest.simulations.errors import ScenarioError
from earnest.simulations.measures import Row
from earnest.simulations.tune.study import Study, Wish
from earnest.simulations.tune.worlds import Worlds, values_of

#: Called with how many trials are done.
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Tried:
    """One combination and what it came to.

    Attributes:
        number: of the trial, from 0; the first one is the worlds' own.
        knobs: that were tried.
        objectives: their values, in order; empty where the knobs do not go together.
        bars: likewise.
        met: whether all bars were reached.
        on_front: whether no other trial is better in one objective and as good in all.
    """

    number: int
    knobs: dict[str, int]
    objectives: tuple[float, ...]
    bars: tuple[float, ...]
    met: bool
    on_front: bool


def searched(study: Study, worlds: Worlds, progress: Progress) -> list[Tried]:
    """Carry a study out, on the split on which is chosen.

    Raises:
        SimulationError: a run came to nothing.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    search = optuna.create_study(
        directions=[wish.goal for wish in study.objectives],
        sampler=optuna.samplers.TPESampler(seed=study.sampler_seed),
    )
    search.enqueue_trial(study.start())
    bars: dict[int, tuple[float, ...]] = {}

    def play(trial: optuna.Trial) -> tuple[float, ...]:
        knobs = {one.knob: trial.suggest_int(one.knob, one.low, one.high, log=one.log) for one in study.search}
        try:
            rows = worlds.played({**study.chosen_on, **knobs})
        except ScenarioError as error:
            raise optuna.TrialPruned(str(error)) from None
        bars[trial.number] = tuple(_mean(wish, rows) for wish in study.bars)
        return tuple(_mean(wish, rows) for wish in study.objectives)

    search.optimize(play, n_trials=study.trials, callbacks=[lambda _, trial: progress(trial.number + 1)])
    front = {trial.number for trial in search.best_trials}
    return [_tried(study, trial, bars.get(trial.number, ()), front) for trial in search.trials]


def _tried(study: Study, trial: optuna.trial.FrozenTrial, reached: tuple[float, ...], front: set[int]) -> Tried:
    values = tuple(trial.values or ())
    met = bool(values) and all(bar.met_by(value) for bar, value in zip(study.bars, reached, strict=True))
    return Tried(trial.number, dict(trial.params), values, reached, met, trial.number in front)


def _mean(wish: Wish, rows: Mapping[str, list[Row]]) -> float:
    return float(np.mean(values_of(wish, rows)))


def chosen(study: Study, tried: list[Tried]) -> Tried | None:
    """Of the trials that meet all bars the best by the first objective, the earliest of equals; None without one."""
    meeting = [one for one in tried if one.met]
    if not meeting:
        return None
    sign = 1 if study.objectives[0].goal == "maximize" else -1
    return max(meeting, key=lambda one: (sign * one.objectives[0], -one.number))
