"""Pages of lists: cursors that nobody was given, and limits."""

import base64
import json

import pytest

from tests.fixtures.served_pool import assert_problem


def _cursor(*position):
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor", ["x", "!!!", "bnVsbA", "W10", "WyJhIl0", "W3RydWVd", _cursor(10**30), _cursor(10**30, "a")]
)
@pytest.mark.parametrize("path", ["/pools", "{pool}/contributions", "/submissions"])
def test_cursor_of_nobody_is_refused(world, path, cursor):
    answer = world.service.ask("GET", f"{path.format(pool=world.path)}?cursor={cursor}", token=world.token)
    assert_problem(answer, 422, "cursor-invalid", "leave it out")


@pytest.mark.parametrize("limit", [0, 101, "all"])
def test_page_has_from_one_to_a_hundred_rows(world, limit):
    answer = world.service.ask("GET", f"{world.path}/contributions?limit={limit}")
    assert_problem(answer, 422, "payload-invalid", "limit")
