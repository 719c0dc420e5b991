"""What the API's reference says of a scenario: a table of the knobs that the simulations declare, guests' included.

The service imports no simulations: it asks them for their knobs, as it does for `GET /v1/sweeps/knobs`. Where they are
not installed, the reference says only that a scenario is a table.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from fastapi import FastAPI

from earnest.core.renamed import KNOBS
from earnest.errors import EarnestError
from earnest.sweeps.schemas import KnobShown

log = logging.getLogger(__name__)

Schema = dict[str, Any]
#: What the knobs of a group of agents belong to; the others are a scenario's.
_OF_GROUPS = ("agents", "behaviour")
_NAMES = {"Scenario": "A scenario's knobs", "Agents": "A group of agents", "Axes": "Knobs with their values"}
_REFERENCE = "#/components/schemas/Sweep"


def scenario_schemas(knobs: Iterable[KnobShown]) -> dict[str, Schema]:
    """JSON schemas of a scenario as a table, of a group of its agents, and of a sweep's axes, by name.

    They refuse what no scenario takes: a name that no knob has, and a value that it never has. What depends on other
    knobs is refused by the service, which names the knob.

    Args:
        knobs: as `GET /v1/sweeps/knobs` lists them.
    """
    of_scenario: dict[str, list[KnobShown]] = defaultdict(list)
    of_group: dict[str, list[KnobShown]] = defaultdict(list)
    for knob in knobs:
        (of_group if knob.of.split()[0] in _OF_GROUPS else of_scenario)[knob.name].append(knob)
    scenario = {name: _one_of(declared) for name, declared in of_scenario.items()}
    scenario |= {old: scenario[new] | {"deprecated": True} for old, new in KNOBS.items() if new in scenario}
    group = {name: _one_of(declared) for name, declared in of_group.items()}
    needed = [name for name, declared in of_group.items() if declared[0].of == "agents" and declared[0].default is None]
    axes: Schema = {"type": "object", "title": _NAMES["Axes"], "additionalProperties": False}
    axes["properties"] = {name: _values(schema) for name, schema in scenario.items()}
    axes["patternProperties"] = {rf"^[^.]+\.{name}$": _values(schema) for name, schema in group.items()}
    return {
        "Scenario": {
            "type": "object",
            "title": _NAMES["Scenario"],
            "additionalProperties": False,
            "anyOf": [{"required": ["base"]}, {"required": ["agents"]}],
            "properties": {
                "base": {"type": "string", "description": "the scenario that ships whose knobs it takes over"},
                "name": {"type": "string"},
                "description": {"type": "string", "description": "one sentence"},
                "agents": {"type": "array", "minItems": 1, "items": {"$ref": f"{_REFERENCE}Agents"}},
                "seeds": {
                    "anyOf": [
                        {"type": "integer", "minimum": 1},
                        {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"type": "integer"}},
                    ]
                },
                "axes": {"$ref": f"{_REFERENCE}Axes"},
            }
            | scenario,
        },
        "Agents": {
            "type": "object",
            "title": _NAMES["Agents"],
            "additionalProperties": False,
            "required": ["name", *needed],
            "properties": {"name": {"type": "string", "minLength": 1}} | group,
        },
        "Axes": axes,
    }


def describe_scenarios(app: FastAPI, knobs: Callable[[], list[KnobShown]]) -> None:
    """Put the schemas of scenarios into the API's reference, when it is first asked for.

    Args:
        app: whose reference; it has the request of a sweep already.
        knobs: asks for them, which takes seconds the first time.
    """
    make, lock = app.openapi, threading.Lock()

    def openapi() -> dict[str, Any]:
        with lock:
            made = make()
            schemas = made["components"]["schemas"]
            if "SweepScenario" not in schemas:
                try:
                    _describe(schemas, scenario_schemas(knobs()))
                except EarnestError as error:
                    log.info("The reference says nothing of knobs: %s", error)
            return made

    app.openapi = openapi  # type: ignore[method-assign]


def _describe(schemas: dict[str, Schema], found: dict[str, Schema]) -> None:
    """Put these in the place of the tables that a sweep's request has."""
    asked = schemas["SweepRequest"]["properties"]
    for member, name in (("scenario", "Scenario"), ("axes", "Axes")):
        asked[member] = _replaced(asked[member], {"$ref": f"{_REFERENCE}{name}"})
    schemas.update({f"Sweep{name}": schema for name, schema in found.items()})


def _replaced(schema: Schema, table: Schema) -> Schema:
    """A schema with another one in the place of its table."""
    if "anyOf" in schema:
        return schema | {"anyOf": [_replaced(one, table) for one in schema["anyOf"]]}
    return table if schema.get("type") == "object" else schema


def _one_of(declared: list[KnobShown]) -> Schema:
    """A knob's values; things may share a knob and declare it each in its own way."""
    schemas: list[Schema] = []
    for knob in declared:
        if knob.json_schema not in schemas:
            schemas.append(knob.json_schema)
    found = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
    unit = f", in {declared[0].unit}" if declared[0].unit else ""
    return found | {"description": declared[0].words + unit}


def _values(schema: Schema) -> Schema:
    return {"type": "array", "minItems": 1, "items": schema}
