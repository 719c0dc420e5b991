"""The list of pools, and what becomes of requests that can never work."""

import time

import pytest


@pytest.fixture(scope="module")
def three_pools(shared_service):
    """Ids of three pools; the first is at least a second older than the others."""
    first = shared_service.deploy(name="First")["id"]
    time.sleep(1.1)
    return [first, *(shared_service.deploy(name=name)["id"] for name in ("Second", "Third"))]


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_pages_of_pools_hold_each_once_the_older_ones_first(shared_service, three_pools, limit):
    found, cursor = [], ""
    while cursor is not None:
        page = shared_service.call("GET", f"/pools?limit={limit}{cursor}")
        assert len(page["items"]) <= limit
        found += [pool["id"] for pool in page["items"]]
        cursor = f"&cursor={page['next']}" if page["next"] else None
    assert len(found) == len(set(found))
    ours = [pool_id for pool_id in found if pool_id in three_pools]
    assert sorted(ours) == sorted(three_pools)
    assert ours[0] == three_pools[0]
