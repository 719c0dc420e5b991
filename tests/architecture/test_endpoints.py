"""An endpoint, of the API or of a page, is a plain function that gets the services it needs, and nothing else."""

import importlib
import inspect
import re
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from earnest.pools.service import PoolService
from earnest.runtime import Runtime

ROOT = Path(__file__).resolve().parents[2]
MODULES = [
    ".".join(("earnest", *path.relative_to(ROOT / "app").with_suffix("").parts))
    for pattern in ("*/router.py", "dashboard/moved.py", "dashboard/pages/*.py")
    for path in sorted((ROOT / "app").glob(pattern))
    if path.name != "__init__.py"
]
#: The only ones that know where an application keeps its services.
KEEPERS = {"app/web/dependencies.py", "app/server/application.py"}
#: Endpoints of the API with two services: the second shows the pool that the first has changed.
SHOW_WHAT_CHANGED = {"deploy_pool", "pause_pool", "unpause_pool"}


def routes() -> Iterator[tuple[str, APIRoute]]:
    for module in MODULES:
        router = getattr(importlib.import_module(module), "router", None)
        if isinstance(router, APIRouter):
            yield from ((module, route) for route in router.routes if isinstance(route, APIRoute))


ROUTES = list(routes())


def kinds(endpoint: Callable[..., Any]) -> list[type]:
    """Classes of what an endpoint, or what one asks for, is given."""
    given = [kind for name, kind in typing.get_type_hints(endpoint).items() if name != "return"]
    return [kind for kind in given if isinstance(kind, type)]


def services(endpoint: Callable[..., Any]) -> set[type]:
    """Those of them that are services of a room."""
    return {
        kind for kind in kinds(endpoint) if re.fullmatch(r"earnest\.\w+\.(service|administration)", kind.__module__)
    }


def faults(endpoint: Callable[..., Any]) -> list[str]:
    """How an endpoint comes by more than what it asks for."""
    function = inspect.unwrap(endpoint)
    known = inspect.getclosurevars(function)
    found = []
    if known.nonlocals:
        found.append("takes what surrounds it")
    if any(value is Runtime or isinstance(value, Runtime) for value in known.globals.values()):
        found.append("knows the runtime")
    if any(issubclass(kind, Runtime) for kind in kinds(function)):
        found.append("asks for the runtime")
    return found


def test_endpoints_of_all_rooms_are_found():
    rooms = {module.split(".")[1] for module, _ in ROUTES}
    assert rooms >= {"accounts", "contributions", "dashboard", "development", "pools", "submissions", "sweeps", "texts"}
    assert len(ROUTES) >= 35


@pytest.mark.parametrize(("module", "route"), ROUTES, ids=lambda value: getattr(value, "name", ""))
def test_endpoint_gets_what_it_asks_for_and_nothing_else(module, route):
    assert faults(route.endpoint) == []


@pytest.mark.parametrize(
    ("module", "route"),
    [each for each in ROUTES if "dashboard" not in each[0]],
    ids=lambda value: getattr(value, "name", ""),
)
def test_endpoint_of_the_api_has_one_service(module, route):
    asked = services(inspect.unwrap(route.endpoint))
    assert len(asked - ({PoolService} if route.name in SHOW_WHAT_CHANGED else set())) == 1
    assert {kind.__module__.split(".")[1] for kind in asked} == {module.split(".")[1]}


def test_what_surrounds_an_endpoint_is_noticed():
    def page(runtime: Runtime) -> list[Callable[..., Any]]:
        def takes():
            return runtime.settings

        def asks(whole: Runtime):
            return whole.settings

        def knows():
            return Runtime.stop

        return [takes, asks, knows]

    takes, asks, knows = page(typing.cast("Runtime", object()))
    assert faults(takes) == ["takes what surrounds it"]
    assert faults(asks) == ["asks for the runtime"]
    assert faults(knows) == ["knows the runtime"]


def test_nobody_else_looks_into_the_application(tracked_files):
    found = {
        str(path)
        for path in tracked_files
        if path.suffix == ".py" and path.parts[0] == "app"
        if re.search(r"\bapp\.state\b|\bSERVICES\b", (ROOT / path).read_text("utf-8"))
    }
    assert found == KEEPERS
