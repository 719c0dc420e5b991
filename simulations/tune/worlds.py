"""The worlds of a study, played: on the split on which is chosen, or on those on which is reported.

A measure that a run lacks (a day that never came) counts as the worst that the world allows, its last day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earnest.core.incentives.registry import INCENTIVES
from earnest.data.recipe import Sources
from earnest.simulations.data import TaskFiles, data_knobs, prepare_task
from earnest.simulations.errors import SweepError
from earnest.simulations.measures import Row
from earnest.simulations.scenario import Scenario
from earnest.simulations.sweep.job import Failed, Job, execute
from earnest.simulations.tune.study import Study, Wish


@dataclass(frozen=True)
class Told:
    """What a combination comes to on data that the search never saw.

    Attributes:
        split: the data's knobs.
        knobs: that were tried.
        values: by wish, one a seed.
        parameters: of each world's incentive, those that can follow from data, as its runs had them.
    """

    split: Mapping[str, Any]
    knobs: dict[str, int]
    values: dict[str, list[float]]
    parameters: dict[str, dict[str, int]]


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


def told(study: Study, worlds: Worlds, knobs: dict[str, int]) -> list[Told]:
    """What a choice comes to on the splits of the report.

    Raises:
        SimulationError: a run came to nothing.
    """
    found = []
    for split in study.reported_on:
        rows = worlds.played({**split, **knobs})
        wishes = {wish.name: values_of(wish, rows) for wish in (*study.objectives, *study.bars)}
        parameters = {name: _parameters(ones[0]) for name, ones in rows.items()}
        found.append(Told(split, knobs, wishes, parameters))
    return found


def _parameters(row: Row) -> dict[str, int]:
    return {name: row[name] for name in INCENTIVES[row["incentive"]].derived}
