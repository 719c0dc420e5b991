"""The reference's schema of a scenario takes what the simulations take, and refuses a bad knob."""

from typing import Any

import jsonschema
import pytest
from fastapi import FastAPI

from earnest.errors import EarnestError
from earnest.simulations.errors import ScenarioError
from earnest.simulations.listing import knobs
from earnest.simulations.scenario import of_table
from earnest.sweeps.reference import describe_scenarios, scenario_schemas
from earnest.sweeps.schemas import KnobShown, SweepRequest

GROUP = {
    "name": "good", "behaviour": "honest", "count": 2, "start_balance": 100, "deposit_mean": 50,
    "deposit_deviation": 10, "wait_mean": 3600, "wait_deviation": 60,
}  # fmt: skip
OWN = {"base": "paper", "dataset": "synthetic", "train_size": 600, "test_size": 300, "shuffle_seed": 1}


def shown() -> list[KnobShown]:
    return [KnobShown(**knob) for knob in knobs()]


def takes(name: str, value: Any) -> bool:
    schemas = {f"Sweep{name}": schema for name, schema in scenario_schemas(shown()).items()}
    whole = {"$ref": f"#/components/schemas/Sweep{name}", "components": {"schemas": schemas}}
    jsonschema.Draft202012Validator.check_schema(whole)
    return bool(jsonschema.Draft202012Validator(whole).is_valid(value))


@pytest.mark.parametrize(
    "change",
    [
        {"num_word": 50},
        {"num_words": 2},
        {"num_words": 65_537},
        {"num_words": "many"},
        {"num_words": None},
        {"initial_share": 1.5},
        {"dataset": "nosuch"},
        {"stop": "soon"},
        {"signal": -0.1},
        {"eta0": 0},
        {"seeds": 0},
        {"seeds": []},
        {"seeds": [1, 1]},
        {"agents": [GROUP | {"behaviour": "nosuch"}]},
        {"agents": [GROUP | {"count": -1}]},
        {"agents": [GROUP | {"num_words": 50}]},
        {"agents": [{name: value for name, value in GROUP.items() if name != "wait_mean"}]},
        {"agents": []},
    ],
)
def test_what_no_scenario_takes_is_refused_by_the_schema_and_by_the_simulations(change: dict[str, Any]) -> None:
    with pytest.raises(ScenarioError):
        of_table("own", OWN | change)
    assert not takes("Scenario", OWN | change)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"num_words": 3, "description": "Few words."},
        {"initial_share": 0.5, "seeds": 3},
        {"seeds": [4, 2], "axes": {"num_words": [50, 60], "good.deposit_mean": [20]}},
        {"max_days": 5, "model": "naive-bayes", "incentive": "points"},
        {"agents": [GROUP, GROUP | {"name": "bad", "behaviour": "flipper"}]},
        {"agents": [GROUP, GROUP | {"name": "nobody", "count": 0}]},
        {"test_size": 200, "signal": 1},
    ],
)
def test_what_a_scenario_takes_is_taken_by_the_schema(change: dict[str, Any]) -> None:
    of_table("own", OWN | change)
    assert takes("Scenario", OWN | change)


def test_each_default_is_taken_by_its_knobs_own_schema() -> None:
    for knob in shown():
        if knob.default is not None:
            assert jsonschema.Draft202012Validator(knob.json_schema).is_valid(knob.default), knob


def test_scenario_needs_a_base_or_agents() -> None:
    assert not takes("Scenario", {"num_words": 50})
    assert takes("Scenario", {"agents": [GROUP]})


def test_old_name_of_a_knob_is_taken_and_marked() -> None:
    assert takes("Scenario", OWN | {"classifier": "naive-bayes"})
    assert scenario_schemas(shown())["Scenario"]["properties"]["classifier"]["deprecated"]


@pytest.mark.parametrize(
    ("axes", "taken"),
    [
        ({"num_words": [50, 60]}, True),
        ({"good.deposit_mean": [20, 50], "agents.wait_mean": [60]}, True),
        ({"num_words": []}, False),
        ({"num_words": [2]}, False),
        ({"words": [50]}, False),
        ({"good.num_words": [50]}, False),
        ({"deposit_mean": [20]}, False),
    ],
)
def test_axes_take_values_of_their_knobs(axes: dict[str, Any], taken: bool) -> None:
    assert takes("Axes", axes) == taken


def reference(knobs: Any) -> dict[str, Any]:
    """Of an application that only starts sweeps."""
    app = FastAPI()

    @app.post("/sweeps")
    def start(request: SweepRequest) -> None: ...

    describe_scenarios(app, knobs)
    made = app.openapi()
    assert app.openapi() == made
    found: dict[str, Any] = made["components"]["schemas"]
    return found


def test_reference_shows_the_schemas_where_a_request_has_tables() -> None:
    schemas = reference(shown)
    asked = schemas["SweepRequest"]["properties"]
    assert {"$ref": "#/components/schemas/SweepScenario"} in asked["scenario"]["anyOf"]
    assert {"$ref": "#/components/schemas/SweepAxes"} in asked["axes"]["anyOf"][0]["anyOf"]
    assert schemas["SweepScenario"]["properties"]["num_words"]["maximum"] == 65_536


def test_reference_without_simulations_says_that_a_scenario_is_a_table() -> None:
    def missing() -> list[KnobShown]:
        raise EarnestError("The simulations are not installed.")

    schemas = reference(missing)
    assert "SweepScenario" not in schemas
    assert {"type": "object", "additionalProperties": True} in schemas["SweepRequest"]["properties"]["scenario"][
        "anyOf"
    ]
