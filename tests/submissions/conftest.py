"""A pool on a node and a database of each test's own, and submissions to it."""

import pytest

from tests.fixtures.pools import World
from tests.submissions.post import Post


@pytest.fixture
def post(sqlite_world: World) -> Post:
    return Post(sqlite_world)


@pytest.fixture
def each_post(either_world: World) -> Post:
    """For what depends on how the database keeps it."""
    return Post(either_world)
