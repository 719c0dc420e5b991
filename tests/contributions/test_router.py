"""The list of contributions, and numbers that none of them has."""

import pytest

from tests.fixtures.served_pool import samples


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_pages_of_contributions_hold_each_once_newest_first(world, limit):
    world.submit(samples(world, 3, offset=340))
    path = f"{world.path}/contributions?contributor={world.account['address']}&limit={limit}"
    found, cursor = [], ""
    while cursor is not None:
        page = world.service.call("GET", path + cursor)
        assert len(page["items"]) <= limit
        found += [row["index"] for row in page["items"]]
        cursor = f"&cursor={page['next']}" if page["next"] else None
    assert len(found) == 3
    assert found == sorted(found, reverse=True)


@pytest.mark.parametrize("index", ["-1", "x", str(2**70)])
def test_number_that_no_contribution_has_is_refused(world, index):
    answer = world.service.ask("GET", f"{world.path}/contributions/{index}")
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"] == "application/problem+json"
