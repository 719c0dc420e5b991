"""A pool and an account of each test's own, on one running service."""

import pytest

from tests.api.world import COLLECT_WAIT, COST, REFUND_WAIT, World
from tests.fixtures.service import Service


@pytest.fixture(scope="session")
def shared_pool(shared_service: Service) -> dict[str, object]:
    """A pool for tests that only count on their own contributions."""
    price = {"rule": "fixed", "cost": str(COST)}
    return shared_service.deploy(price=price, refund_wait=REFUND_WAIT, collect_wait=COLLECT_WAIT, head_start=0)


@pytest.fixture
def world(shared_service: Service, shared_pool: dict[str, object]) -> World:
    return World(shared_service, shared_pool, shared_service.account())
