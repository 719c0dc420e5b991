"""Here the processes that carry out runs are what is tested."""

from pathlib import Path

import pytest

from earnest.simulations.scenario import Scenario
from earnest.simulations.sweep.workers import LocalWorkers
from tests.simulations.sweep.made_up import Sweeper


@pytest.fixture
def sweeper(made_up: Scenario, tmp_path: Path) -> Sweeper:
    return Sweeper(made_up, tmp_path, LocalWorkers(1))
