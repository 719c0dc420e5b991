"""The search itself, by Optuna's sampler for several objectives; trials one after the other, so that it repeats.

A bar, or an objective, is a mean over seeds; a measure that a run lacks (a day that never came) counts as the worst
that the world allows, its last day.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import optuna

from earnest.data.recipe import Sources
from earnest.simulations.data import TaskFiles, data_knobs, prepare_task
from earnest.simulations.errors import ScenarioError, SweepError
from earnest.simulations.measures import Row
from earnest.simulations.scenario import Scenario
from earnest.simulations.sweep.job import Failed, Job, execute
from earnest.simulations.tune.study import Study, Wish

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


@dataclass(frozen=True)
class Told:
    """What a combination comes to on data that the search never saw.

    Attributes:
        split: the data's knobs.
        knobs: that were tried.
        values: by wish, one a seed.
    """

    split: Mapping[str, Any]
    knobs: dict[str, int]
    values: dict[str, list[float]]


class Worlds:
    """The worlds of a study on prepared data.

    Args:
        study: that is carried out.
        sources: where the data are.
        cache: folder of prepared data.
    """

    def __init__(self, study: Study, sources: Sources, cache: Path) -> None:
        self._study, self._sources, self._cache = study, sources, cache
        self._files: dict[tuple[Any, ...], TaskFiles] = {}

    def played(self, knobs: Mapping[str, Any]) -> dict[str, list[Row]]:
        """Rows of every world with these knobs, one a seed.

        Raises:
            ScenarioError: the knobs do not go together.
            SweepError: a run came to nothing.
        """
        return {name: self._rows(name, scenario) for name, scenario in self._study.worlds_with(knobs).items()}

    def _rows(self, name: str, scenario: Scenario) -> list[Row]:
        key = data_knobs(scenario)
        if key not in self._files:
            self._files[key] = prepare_task(scenario, self._sources, self._cache)
        rows = []
        for number, seed in enumerate(self._study.seeds):
            done = execute(Job(number, scenario, seed, self._files[key], False, name))
            if isinstance(done, Failed):
                raise SweepError(f"World {name}, seed {seed}, came to nothing: {done.reason}")
            rows.append(done.row)
        return rows


def values_of(wish: Wish, rows: Mapping[str, list[Row]]) -> list[float]:
    """A wish's measure of each run; where it has none, the day on which the run ended."""
    measured = [(row[wish.measure], row["days"]) for row in rows[wish.world]]
    return [float(days if value is None else value) for value, days in measured]


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


def told(study: Study, worlds: Worlds, knobs: dict[str, int]) -> list[Told]:
    """What a choice comes to on the splits of the report.

    Raises:
        SimulationError: a run came to nothing.
    """
    found = []
    for split in study.reported_on:
        rows = worlds.played({**split, **knobs})
        wishes = {wish.name: values_of(wish, rows) for wish in (*study.objectives, *study.bars)}
        found.append(Told(split, knobs, wishes))
    return found
