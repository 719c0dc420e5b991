"""What is the operator's is refused to everyone without the token, an empty or a missing one first of all."""

import pytest
from fastapi.routing import APIRoute

from earnest.accounts.dependencies import _admin
from earnest.secrets import matches
from earnest.server.application import ROUTERS
from tests.fixtures.served_pool import assert_problem

OPERATORS = [
    (method, route.path)
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute) and any(each.call is _admin for each in route.dependant.dependencies)
    for method in sorted(route.methods)
]


def test_they_are_found():
    assert ("POST", "/pools") in OPERATORS
    assert len(OPERATORS) >= 9


@pytest.mark.parametrize(
    "given", [None, "Bearer", "Bearer \t", "Bearer wrong", "Basic Og==", "Bearer None", "Bearer null"]
)
@pytest.mark.parametrize(("method", "path"), OPERATORS)
def test_no_endpoint_takes_an_empty_or_missing_token(shared_service, method, path, given):
    headers = {"Authorization": given.strip()} if given else {}
    where = "/v1" + path.replace("{pool}", "none").replace("{sweep}", "none")
    # the body is looked at after the token, or not at all
    bodies = {"/pools": {"name": "x", "dataset": "synthetic"}, "/chain/time": {"seconds": 1}}
    body = bodies.get(path, {"scenario": "paper"} if path == "/sweeps" else None)
    answer = shared_service.http.request(method, where, json=body, headers=headers)
    assert_problem(answer, 401, "token-invalid")


@pytest.mark.parametrize("token", [None, "", " ", "wrong"])
@pytest.mark.parametrize("path", ["/sweeps", "/sweeps/none"])
def test_no_page_takes_an_empty_or_missing_token(shared_service, path, token):
    def sweeps():
        # other tests of this process may have left some to the service
        return [sweep["id"] for sweep in shared_service.call("GET", "/sweeps")["items"]]

    form = {"action": "cancel", "scenario": "paper"} | ({"token": token} if token is not None else {})
    before = sweeps()
    answer = shared_service.http.post(path, data=form)
    assert answer.status_code in (401, 404)
    assert sweeps() == before


@pytest.mark.parametrize(
    ("given", "secret", "same"),
    [
        ("a", "a", True),
        ("", "", False),
        (None, "", False),
        ("", "a", False),
        (None, "a", False),
        ("a", "", False),
        ("aa", "a", False),
        ("é\ud800", "e", False),
    ],
)
def test_an_empty_secret_matches_nothing(given, secret, same):
    assert matches(given, secret) is same
