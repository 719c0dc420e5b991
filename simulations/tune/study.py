"""A study, read from TOML: what is searched, in which worlds, for which ends; those that ship, and one's own."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from earnest.simulations.errors import ScenarioError, SweepError
from earnest.simulations.measures.of_group import OF_GROUP
from earnest.simulations.measures.of_run import OF_RUN
from earnest.simulations.scenario import Scenario, of_table, seeds_of
from earnest.simulations.scenario.part import why_idle

#: Most trials of a study; a search of more wants another plan.
MAX_TRIALS = 10_000
#: What every study says, and what one that searches says besides.
_PARTS = ("description", "seeds", "reported_on", "worlds", "bars")
_OF_A_SEARCH = ("trials", "sampler_seed", "chosen_on", "search", "objectives")


@dataclass(frozen=True)
class Range:
    """What a knob may be set to.

    Attributes:
        knob: of every world's scenario.
        low: at least.
        high: at most.
        log: whether it is drawn by its order of magnitude.
    """

    knob: str
    low: int
    high: int
    log: bool = False


@dataclass(frozen=True)
class Wish:
    """A measure of a world that should be high or low, or beyond a bar.

    Attributes:
        world: its name.
        measure: a column of its rows; a mean over seeds.
        goal: `maximize` or `minimize`.
        bar: what it must reach; None where it is an objective, or only told.
        on: names of the splits on which it must; all of them where there is none.
    """

    world: str
    measure: str
    goal: Literal["minimize", "maximize"]
    bar: float | None = None
    on: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """World and measure."""
        return f"{self.world}: {self.measure}"

    def met_by(self, value: float) -> bool:
        """Whether a value reaches the bar."""
        return self.bar is None or (value >= self.bar if self.goal == "maximize" else value <= self.bar)


@dataclass(frozen=True)
class Study:
    """What is searched, where, and for what.

    Attributes:
        name: of the study.
        description: a sentence.
        trials: how many combinations are tried; 0 of a study that only reports.
        sampler_seed: of the search; the same study finds the same.
        seeds: of every world in every trial, and in the report.
        chosen_on: knobs of the data's split on which is chosen.
        reported_on: those of the splits on which the choice is reported.
        splits: their names.
        search: knobs with their bounds; none of a study that only reports.
        worlds: scenarios by name.
        objectives: what is wanted; the first decides among those that meet all bars.
        bars: what must be reached.
    """

    name: str
    description: str
    trials: int
    sampler_seed: int
    seeds: tuple[int, ...]
    chosen_on: Mapping[str, Any]
    reported_on: tuple[Mapping[str, Any], ...]
    splits: tuple[str, ...]
    search: tuple[Range, ...]
    worlds: Mapping[str, Scenario]
    objectives: tuple[Wish, ...]
    bars: tuple[Wish, ...]

    def worlds_with(self, knobs: Mapping[str, Any]) -> dict[str, Scenario]:
        """All worlds with these knobs.

        Raises:
            ScenarioError: they do not go together.
        """
        return {name: scenario.with_knobs(**knobs) for name, scenario in self.worlds.items()}

    def start(self) -> dict[str, int]:
        """The knobs as the first world has them: the first trial."""
        first = next(iter(self.worlds.values()))
        return {one.knob: min(max(getattr(first, one.knob), one.low), one.high) for one in self.search}


def shipped_studies() -> list[str]:
    """The studies of the package, in order of the alphabet."""
    folder = resources.files("earnest.simulations") / "studies"
    return sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml"))


def load_study(name_or_path: str) -> Study:
    """Read a study that ships by its name, or any other by the path of its TOML file.

    Raises:
        ScenarioError: a world is no scenario.
        SweepError: there is no such study, or it is not written like one.
    """
    path = Path(name_or_path)
    try:
        if path.suffix == ".toml":
            text = path.read_text(encoding="utf-8")
        else:
            folder = resources.files("earnest.simulations") / "studies"
            text = (folder / f"{name_or_path}.toml").read_text(encoding="utf-8")
        return of_study_table(path.stem if path.suffix == ".toml" else name_or_path, tomllib.loads(text))
    except (OSError, UnicodeDecodeError) as error:
        raise SweepError(
            f"There is no readable study {name_or_path!r}; name one of {', '.join(shipped_studies())}, or the path of "
            "a .toml file."
        ) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SweepError(f"Study {name_or_path!r} is not valid TOML: {error}.") from error


def of_study_table(name: str, table: Mapping[str, Any]) -> Study:
    """A study from a parsed table.

    Raises:
        ScenarioError: a world is no scenario, or does not take the knobs.
        SweepError: a part is missing or wrong.
    """
    searches = any(part in table for part in _OF_A_SEARCH)
    parts = (*_PARTS, *_OF_A_SEARCH) if searches else _PARTS
    if missing := [part for part in parts if part not in table] or sorted(set(table) - set(parts)):
        raise SweepError(f"Study {name}: give {', '.join(parts)}, and nothing else; see {missing[0]}.")
    worlds = table["worlds"]
    if not isinstance(worlds, dict) or not worlds:
        raise SweepError(f"Study {name} needs worlds: a table of scenarios by name.")
    trials = table.get("trials", 0)
    if searches and (not isinstance(trials, int) or not 1 <= trials <= MAX_TRIALS):
        raise SweepError(f"Study {name}: trials is {trials!r}; it must be from 1 to {MAX_TRIALS:,}.")
    splits = [dict(split) for split in table["reported_on"]]
    names = tuple(str(split.pop("name", number)) for number, split in enumerate(splits, start=1))
    study = Study(
        name,
        str(table["description"]),
        trials,
        int(table.get("sampler_seed", 0)),
        seeds_of(table["seeds"]),
        table.get("chosen_on", {}),
        tuple(splits),
        names,
        tuple(_range(knob, given) for knob, given in table.get("search", {}).items()),
        {world: _world(f"{name}-{world}", given) for world, given in worlds.items()},
        tuple(_wish(given) for given in table.get("objectives", ())),
        tuple(_wish(given, ("bar", "on")) for given in table["bars"]),
    )
    _check(study)
    return study


def _range(knob: str, given: Any) -> Range:
    if not isinstance(given, dict) or not {"low", "high"} <= set(given) <= {"low", "high", "log"}:
        raise SweepError(f"search.{knob} is {given!r}; give low and high, and log = true for orders of magnitude.")
    low, high = given["low"], given["high"]
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in (low, high)) or low > high:
        raise SweepError(f"search.{knob} goes from {low!r} to {high!r}; both must be whole numbers in order.")
    log = bool(given.get("log", False))
    if log and low < 1:
        raise SweepError(
            f"search.{knob} starts at {low}, which has no order of magnitude: let it start at 1, or leave log out."
        )
    return Range(knob, low, high, log)


def _world(name: str, given: Any) -> Scenario:
    """A scenario; its `values` are set as a sweep sets its axes, those of agents by `GROUP.KNOB`."""
    if not isinstance(given, dict) or not isinstance(given.get("values", {}), dict):
        raise SweepError(f"World {name} is no table of a scenario's knobs, with values as another table.")
    own = dict(given)
    values = own.pop("values", {})
    return of_table(name, own).with_values(values)


def _wish(given: Any, further: tuple[str, ...] = ()) -> Wish:
    wanted = {"world", "measure", "goal"}
    if (
        not isinstance(given, dict)
        or not wanted <= set(given) <= wanted | set(further)
        or given["goal"] not in ("maximize", "minimize")
    ):
        also = f", and {' or '.join(further)} as needed" if further else ""
        raise SweepError(
            f"{given!r} is no wish: give {', '.join(sorted(wanted))}{also}, with the goal maximize or minimize."
        )
    bar = given.get("bar")
    on = tuple(str(split) for split in given.get("on", ()))
    return Wish(str(given["world"]), str(given["measure"]), given["goal"], None if bar is None else float(bar), on)


def _check(study: Study) -> None:
    if (study.trials and not (study.search and study.objectives)) or not study.reported_on:
        raise SweepError(f"Study {study.name} needs a knob to search, an objective, and a split to report on.")
    for unknown in sorted({split for wish in study.bars for split in wish.on} - set(study.splits)):
        raise SweepError(f"Study {study.name} has no split {unknown!r}; it has {', '.join(study.splits)}.")
    for wish in (*study.objectives, *study.bars):
        if wish.world not in study.worlds:
            raise SweepError(f"Study {study.name} has no world {wish.world!r}; it has {', '.join(study.worlds)}.")
        groups = study.worlds[wish.world].agents
        columns = [one.column() for one in OF_RUN] + [one.column(group.name) for group in groups for one in OF_GROUP]
        if wish.measure not in columns:
            raise SweepError(f"World {wish.world} has no measure {wish.measure!r}; it has {', '.join(columns)}.")
    for one in study.search:
        for name, scenario in study.worlds.items():
            if not hasattr(scenario, one.knob):
                raise ScenarioError(f"World {name} has no knob {one.knob!r}.")
            if idle := why_idle(scenario, one.knob):
                raise ScenarioError(
                    f"World {name} has {idle.knob} {idle.value}, where {one.knob} plays no part: set {idle.knob} to "
                    f"{' or '.join(idle.instead)}."
                )
    for split in (study.chosen_on, *study.reported_on):
        study.worlds_with(split)
