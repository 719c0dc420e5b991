"""A small world: two classes of samples over 40 words, told apart by the words that they favour."""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from earnest.simulations.scenario import AgentGroup, Scenario
from earnest.simulations.task import Samples, Task
from tests.simulations.sweep.made_up import KNOBS, Here, Sweeper

NUM_WORDS = 40


def make_samples(size: int, seed: int, num_words: int = NUM_WORDS) -> Samples:
    """Word 1 always; each class has words that it uses more often."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, size).astype(np.uint8)
    chance = np.where(np.arange(num_words) % 2 == labels[:, None], 0.3, 0.15)
    present = rng.random((size, num_words)) < chance
    present[:, 1] = True
    return Samples.of(csr_array(present.astype(np.uint8)), labels)


@pytest.fixture
def task() -> Task:
    initial = np.where(np.arange(NUM_WORDS + 1) % 2 == 1, 3, -3).astype(np.int32)
    initial[-1] = 0
    return Task(make_samples(300, 1), make_samples(200, 2), initial)


@pytest.fixture
def good() -> AgentGroup:
    return AgentGroup("good", "honest", 1, 500, 20.0, 5.0, 600.0, 60.0, mistake_rate=0.05)


@pytest.fixture
def bad() -> AgentGroup:
    return AgentGroup("bad", "flipper", 1, 300, 30.0, 5.0, 1800.0, 60.0)


@pytest.fixture
def scenario(good: AgentGroup, bad: AgentGroup) -> Scenario:
    """Short windows, so that refunds, reports and collections all happen within 300 contributions."""
    return Scenario(
        "small",
        (good, bad),
        num_words=NUM_WORDS,
        train_size=320,
        initial_share=0.0625,
        refund_wait=7200,
        collect_wait=36_000,
        first_evaluation=1000,
        evaluation_interval=20_000,
        series_interval=5000,
        max_days=30,
    )


@pytest.fixture
def made_up(scenario: Scenario) -> Scenario:
    return scenario.with_knobs(**KNOBS)


@pytest.fixture
def sweeper(made_up: Scenario, tmp_path: Path) -> Sweeper:
    return Sweeper(made_up, tmp_path, Here())
