"""A sweep that another program asks for: a scenario, axes and seeds in one JSON file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from earnest.core.strict_json import parse
from earnest.data.recipe import Sources
from earnest.simulations.data import data_knobs, require_source
from earnest.simulations.errors import ScenarioError, SweepError
from earnest.simulations.scenario import Axes, Scenario, load, of_table, seeds_of, shipped_names
from earnest.simulations.sweep.plan import Plan, axis, checked

#: Largest file that is read, in bytes; the service takes requests of 200,000 characters.
MAX_REQUEST = 4_000_000

_PARTS = ("name", "scenario", "axes", "seeds")


def read(path: Path) -> Plan:
    """The sweep that a file asks for, checked at every point.

    The file holds an object with `scenario` (the name of one that ships, or a table of knobs, which may have a `base`),
    `axes` (a table of lists, or lines `KNOB=VALUE,VALUE,...`; null for the scenario's own) and `seeds` (how many, or a
    list; null for the scenario's own), and may have the `name` of a scenario that is a table. No scenario is read from
    a path.

    Raises:
        ScenarioError: a knob is unknown or out of range.
        SweepError: the file is no request, or an axis is empty, repeated or repeats a value.
    """
    try:
        request = parse(path.read_bytes(), max_bytes=MAX_REQUEST)
    except (OSError, ValueError) as error:
        raise SweepError(f"{path} is no readable request ({error}): give an object with {', '.join(_PARTS)}.") from None
    if not isinstance(request, dict) or not set(request) <= set(_PARTS) or "scenario" not in request:
        raise SweepError(f"{path} is no request: give an object with {', '.join(_PARTS)}.")
    seeds = request.get("seeds")
    return checked(
        _scenario(request["scenario"], str(request.get("name") or path.stem)),
        _axes(request.get("axes")),
        None if seeds is None else seeds_of(seeds),
        "give fewer values or seeds",
    )


def described(plan: Plan, sources: Sources, cache_folder: Path) -> dict[str, Any]:
    """What a sweep would run, after a look at whether its data are there.

    Raises:
        DatasetError: they are not.
    """
    for scenario in {data_knobs(point.scenario): point.scenario for point in plan.points()}.values():
        require_source(scenario, sources, cache_folder)
    return {
        "scenario": plan.scenario.name,
        "description": str(plan.scenario.description),
        "axes": [[knob, list(values)] for knob, values in plan.axes],
        "seeds": list(plan.seeds),
        "runs": plan.size,
    }


def _scenario(given: Any, name: str) -> Scenario:
    if isinstance(given, dict):
        return of_table(name, given)
    if given not in shipped_names():
        raise ScenarioError(f"There is no scenario {given!r}; name one of {', '.join(shipped_names())}.")
    return load(given)


def _axes(given: Any) -> Axes:
    if given is None:
        return ()
    if isinstance(given, list) and all(isinstance(line, str) for line in given):
        return tuple(axis(line) for line in given)
    if isinstance(given, Mapping) and all(isinstance(values, list) for values in given.values()):
        return tuple((knob, tuple(values)) for knob, values in given.items())
    raise SweepError("axes must be a table of lists: each knob with its values.")
