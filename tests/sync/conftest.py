"""Each test of the sync runs on SQLite and on PostgreSQL."""

import pytest

from tests.fixtures.pools import World


@pytest.fixture
def world(either_world: World) -> World:
    return either_world
