"""A world of each test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sweeps.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()
