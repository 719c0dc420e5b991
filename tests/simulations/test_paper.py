"""The published study on the real reviews; figures from Ding & Hu (arXiv 2209.05017) and its simulator, run again."""

from pathlib import Path

import numpy as np
import pytest

from earnest.simulations import measures, run
from earnest.simulations.data import load_task
from earnest.simulations.measures import Row
from earnest.simulations.scenario import load

pytestmark = pytest.mark.slow

SEEDS = range(1, 11)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def rows(archive: Path, cache: Path, name: str = "paper", **knobs: object) -> list[Row]:
    scenario = load(name).with_knobs(**knobs)
    task = load_task(scenario, archive, cache)
    return [measures.row_of(scenario, task, seed, run.simulate(scenario, task, seed)) for seed in SEEDS]


def mean(found: list[Row], measure: str) -> float:
    return float(np.mean([row[measure] for row in found if row[measure] is not None]))


def test_paper_at_1000_words_is_the_published_study(imdb_archive: Path, cache: Path) -> None:
    found = rows(imdb_archive, cache, num_words=1000)
    assert found[0]["initial_accuracy"] == pytest.approx(0.7920, abs=0.005)
    assert mean(found, "final_accuracy") == pytest.approx(0.7890, abs=0.01)
    assert all(row["depletion_day"] is not None for row in found)
    assert mean(found, "depletion_day") == pytest.approx(130.2, rel=0.08)


def test_paper_at_500_words_is_the_published_study(imdb_archive: Path, cache: Path) -> None:
    found = rows(imdb_archive, cache, num_words=500)
    assert found[0]["initial_accuracy"] == pytest.approx(0.7554, abs=0.005)
    assert mean(found, "final_accuracy") == pytest.approx(0.7564, abs=0.01)
    assert sum(row["depletion_day"] is not None for row in found) >= 5
    assert mean(found, "depletion_day") == pytest.approx(142, rel=0.08)


def test_bad_agent_is_never_depleted_at_200_words(imdb_archive: Path, cache: Path) -> None:
    found = rows(imdb_archive, cache, num_words=200)
    assert all(row["depletion_day"] is None for row in found)


def test_burning_the_leftovers_depletes_the_bad_agent_earlier(imdb_archive: Path, cache: Path) -> None:
    found = rows(imdb_archive, cache, "paper-burn")
    assert mean(found, "depletion_day") == pytest.approx(122.0, rel=0.08)
    assert mean(found, "final_accuracy") == pytest.approx(0.792, abs=0.01)
    assert mean(found, "good_balance") == pytest.approx(12_624, rel=0.05)


def test_honest_agent_alone_reaches_what_the_simulator_reaches(imdb_archive: Path, cache: Path) -> None:
    found = rows(imdb_archive, cache, "only-good")
    assert mean(found, "final_accuracy") == pytest.approx(0.8148, abs=0.01)
