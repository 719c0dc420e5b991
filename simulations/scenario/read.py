"""Scenarios from TOML: those that ship, and one's own, which may take over the knobs of a shipped one.

A file that ships says under `elsewhere`, too, what it is on other data: `[elsewhere.clothing]` in `paper.toml` has the
knobs by which `paper-clothing` differs from `paper`. Those of its base's table of that name hold where it has none.
"""

import tomllib
from collections import Counter
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from earnest.core.errors import RuleViolation
from earnest.core.parameters import Parameter
from earnest.core.renamed import new_knobs
from earnest.simulations.errors import ScenarioError
from earnest.simulations.scenario.groups import AgentGroup
from earnest.simulations.scenario.scenario import Axes, Scenario

MAX_SEED = 2**63 - 1
_ELSEWHERE = "elsewhere"
_COUNT = Parameter("seeds", "whole", "how many seeds", 1, 10**9)
_SEED = Parameter("seeds", "whole", "a seed", 0, MAX_SEED)


def load(name_or_path: str) -> Scenario:
    """Read a scenario that ships with the package by its name, or any other by the path of its TOML file.

    Raises:
        ScenarioError: there is none, it is not TOML, or a knob is wrong.
    """
    path = Path(name_or_path)
    try:
        if path.suffix != ".toml":
            return of_table(name_or_path, _shipped()[name_or_path])
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (KeyError, OSError, UnicodeDecodeError) as error:
        raise ScenarioError(
            f"There is no readable scenario {name_or_path!r}; name one of {', '.join(shipped_names())}, or the path of "
            "a .toml file."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"Scenario {name_or_path!r} is not valid TOML: {error}.") from error
    except RecursionError:
        # the parser calls itself for each array within an array
        raise ScenarioError(f"Scenario {name_or_path!r} is nested too deep; no knob is more than a list.") from None
    return of_table(path.stem, table)


def shipped_names() -> list[str]:
    """The scenarios of the package, those on other data too, in order of the alphabet."""
    return sorted(_shipped())


def on_other_data(name: str) -> list[str]:
    """The names of the scenarios that are a shipped one on other data; none for those that are that themselves."""
    return [f"{name}-{where}" for where in _files().get(name, {}).get(_ELSEWHERE, {})]


def of_table(name: str, table: Mapping[str, Any]) -> Scenario:
    """A scenario from a parsed table, which may take over the knobs of a shipped one, its `base`.

    Raises:
        ScenarioError: a knob is unknown, missing or out of range, or there is no such base.
    """
    own = dict(table)
    base = _table_of_base(name, own.pop("base")) if "base" in own else {}
    # an old name must not stand beside the base's new one
    own = base | new_knobs(own)
    Scenario.refuse_unknown(own, f"Scenario {name}")
    groups = own.get("agents")
    if not isinstance(groups, list) or not all(isinstance(group, dict) for group in groups):
        raise ScenarioError(f"Scenario {name} needs agents: one [[agents]] table for each group.")
    read = {
        "name": name,
        "agents": tuple(_group(number, group) for number, group in enumerate(groups)),
        "seeds": seeds_of(own.get("seeds", 10)),
        "axes": _axes(own.get("axes", {})),
    }
    return Scenario(**(own | read))


def seeds_of(given: Any) -> tuple[int, ...]:
    """Seeds from how many (1 to that number), or from a list.

    Raises:
        ScenarioError: none, not whole numbers, or one of them twice.
    """
    if isinstance(given, int) and not isinstance(given, bool):
        _require(_COUNT, given)
        return tuple(range(1, given + 1))
    if not isinstance(given, (list, tuple)) or not given:
        raise ScenarioError(f"seeds is {given!r}; it must be how many, or a list of seeds.")
    for seed in given:
        _require(_SEED, seed)
    repeated = [seed for seed, times in Counter(given).items() if times > 1]
    if repeated:
        raise ScenarioError(f"seeds repeats {repeated[0]}; a seed run twice gives the same row twice: name it once.")
    return tuple(given)


def _require(parameter: Parameter, value: Any) -> None:
    try:
        parameter.check(value)
    except RuleViolation as error:
        raise ScenarioError(str(error)) from error


def _axes(table: Any) -> Axes:
    if not isinstance(table, dict) or not all(isinstance(values, list) for values in table.values()):
        raise ScenarioError("axes must be a table of lists: each knob with the values that a sweep gives it.")
    return tuple((name, tuple(values)) for name, values in new_knobs(table).items())


@cache
def _files() -> Mapping[str, Mapping[str, Any]]:
    """The files of the package, parsed, by their names."""
    folder = resources.files("earnest.simulations") / "scenarios"
    files = (entry for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return {entry.name[:-5]: tomllib.loads(entry.read_text(encoding="utf-8")) for entry in files}


@cache
def _shipped() -> Mapping[str, Mapping[str, Any]]:
    """The tables of the package's scenarios, by their names: one of each file, and one for each of its other data."""
    files, found = _files(), {}
    for name, table in files.items():
        own = {knob: value for knob, value in table.items() if knob != _ELSEWHERE}
        of_base = files[own["base"]].get(_ELSEWHERE, {}) if "base" in own else {}
        found[name] = own
        for where, knobs in table.get(_ELSEWHERE, {}).items():
            found[f"{name}-{where}"] = own | of_base.get(where, {}) | knobs
    return found


def _table_of_base(name: str, base: Any) -> dict[str, Any]:
    """The knobs of the shipped scenario that another one takes over where it sets none of its own."""
    if base not in shipped_names():
        raise ScenarioError(f"base of scenario {name} is {base!r}; it must be one of {', '.join(shipped_names())}.")
    table = _shipped()[base]
    if "base" in table:
        raise ScenarioError(f"base of scenario {name} is {base!r}, which has a base itself: take that one.")
    return dict(table)


def _group(number: int, table: dict[str, Any]) -> AgentGroup:
    AgentGroup.refuse_unknown(table, f"agents[{number}]")
    needed = [name for name, one in AgentGroup.own_knobs().items() if one.default is None and not one.optional]
    missing = [name for name in ("name", *needed) if name not in table]
    if missing:
        raise ScenarioError(f"agents[{number}] lacks {', '.join(missing)}.")
    return AgentGroup(**table)
