"""The API's reference tells the truth: its examples work, and every answer is one that it names."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from earnest.config import Settings
from earnest.runtime import Runtime
from earnest.server.application import create_app
from tests.fixtures.served_pool import World
from tests.fixtures.service import ADMIN

#: Bodies that only the holder of a key can make, or that no pool of this service is for; tests of their own send them.
SIGNED = {
    "/v1/transactions", "/v1/relays", "/v1/sign-in", "/v1/sign-in/refreshed", "/v1/imported-pools",
    # verbs of pools whose judge is sealed
    "/v1/pools/{pool}/prepared/settle", "/v1/pools/{pool}/prepared/seal", "/v1/pools/{pool}/settles",
    # verbs of pools of a token (tests/wallet/test_tokens.py)
    "/v1/pools/{pool}/prepared/approve", "/v1/pools/{pool}/prepared/permit", "/v1/pools/{pool}/prepared/deposit",
    "/v1/pools/{pool}/prepared/deposit-permitted",
}  # fmt: skip
#: Operations that the operator alone may call.
OPERATORS = {
    "/v1/pools", "/v1/pools/check", "/v1/chain/time", "/v1/sweeps", "/v1/advice", "/v1/pools/{pool}/quality/policy",
    "/v1/pools/{pool}/reviews/{index}",
}  # fmt: skip


@pytest.fixture(scope="module")
def reference(shared_service: Any) -> dict[str, Any]:
    found: dict[str, Any] = shared_service.http.get("/openapi.json").json()
    return found


def operations(reference: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, operation)
        for path, methods in reference["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/v1/")
    ]


def test_every_request_has_an_example_that_works(world: World, reference: dict[str, Any]) -> None:
    index = world.contribute([9, 17, 26])
    sent = 0
    for method, path, operation in operations(reference):
        if "requestBody" not in operation or path in SIGNED:
            continue
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        (body,) = reference["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]["examples"]
        if "indices" in body:
            body = {"indices": [index]}
        concrete = path.removeprefix("/v1").replace("{pool}", world.pool["id"]).replace("{verb}", "refund")
        concrete = concrete.replace("{index}", str(index))
        answer = world.service.ask(method, concrete, body, ADMIN if path in OPERATORS else world.token)
        assert answer.is_success, (path, answer.text)
        assert str(answer.status_code) in operation["responses"]
        sent += 1
    assert sent >= 9


def test_every_operation_names_its_problems_and_says_what_it_does(reference: dict[str, Any]) -> None:
    for method, path, operation in operations(reference):
        assert operation["description"], (method, path)
        for status in ("401", "404", "409", "422", "503"):
            assert set(operation["responses"][status]["content"]) == {"application/problem+json"}, (method, path)


def test_every_reference_in_it_exists(reference: dict[str, Any]) -> None:
    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [found for value in node.values() for found in references(value)]
        return [found for value in node for found in references(value)] if isinstance(node, list) else []

    found = set(references(reference))
    assert found
    for name in found:
        assert name.rsplit("/", 1)[1] in reference["components"]["schemas"]


def test_reference_shows_what_a_scenario_and_the_axes_of_a_sweep_are_made_of(reference: dict[str, Any]) -> None:
    schemas = reference["components"]["schemas"]
    assert {"$ref": "#/components/schemas/SweepScenario"} in schemas["SweepRequest"]["properties"]["scenario"]["anyOf"]
    assert schemas["SweepScenario"]["properties"]["num_words"]["minimum"] == 3
    assert "deposit_mean" in schemas["SweepAgents"]["required"]
    (example,) = schemas["SweepRequest"]["examples"]
    jsonschema.validate(example, {"$ref": "#/components/schemas/SweepRequest", "components": {"schemas": schemas}})


def test_reference_of_a_service_that_is_not_up_has_every_route_and_no_knobs(
    reference: dict[str, Any], tmp_path: Path
) -> None:
    early = create_app(Runtime(Settings(data_dir=tmp_path))).openapi()
    assert set(early["paths"]) == set(reference["paths"])
    assert "SweepScenario" not in early["components"]["schemas"]
