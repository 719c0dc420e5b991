"""Every scenario that ships is one on other real data too, which loads and runs."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from earnest.simulations.api import simulate
from earnest.simulations.scenario import Scenario, load, on_other_data, shipped_names
from earnest.simulations.sweep.plan import plan

#: Files of the package: the others are one of these on other data.
ORIGINALS = [name for name in shipped_names() if on_other_data(name)]
OTHERS = [other for name in ORIGINALS for other in on_other_data(name)]
#: `attacks` on a table, with windows and waits of its own.
ATTACKS_TOO = "attacks-table"
#: What somebody makes up is no second real data set.
MADE_UP = ("synthetic", "made-up-reviews")
WORDS, REVIEWS = 1300, 900


@pytest.fixture(scope="module")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file like that of the clothing reviews, small and made up."""
    rng = np.random.default_rng(1)
    good = rng.random(REVIEWS) < 0.8
    words = [f"word{number}" for number in range(WORDS)]
    # ordinary words, and some that only one class has
    bodies = [
        " ".join([*(words[one] for one in rng.integers(0, WORDS, 25)), f"{'lovely' if fine else 'poor'}{row % 7}"])
        for row, fine in enumerate(good.tolist())
    ]
    path = tmp_path_factory.mktemp("reviews") / "reviews.parquet"
    columns = {"Title": [None] * REVIEWS, "Review Text": bodies, "Recommended IND": good.astype(int).tolist()}
    pq.write_table(pa.table(columns), path)
    return path


def smaller(scenario: Scenario) -> Scenario:
    """The same with as few samples as a test has time for."""
    return scenario.with_knobs(test_size=200, train_size=600, initial_share=0.3, max_days=20)


def test_each_is_on_other_data_or_is_that_itself() -> None:
    assert sorted([*ORIGINALS, *OTHERS, ATTACKS_TOO]) == shipped_names()
    assert load(ATTACKS_TOO).dataset not in (*MADE_UP, load("attacks").dataset)


@pytest.mark.parametrize("name", ORIGINALS)
def test_the_other_data_are_real_and_the_rest_is_the_same(name: str) -> None:
    first = load(name)
    for other in map(load, on_other_data(name)):
        assert other.dataset not in (*MADE_UP, first.dataset)
        assert other.description != first.description
        assert [knob for knob, _ in other.axes] == [knob for knob, _ in first.axes]
        assert (other.seeds, other.agents) == (first.seeds, first.agents)
        # every point of the whole sweep can be run
        assert plan(other, [], None, yes=False).size == plan(first, [], None, yes=False).size


@pytest.mark.parametrize("name", OTHERS)
def test_scenario_on_other_data_runs_to_its_end(name: str, reviews: Path, tmp_path: Path) -> None:
    row = simulate(smaller(load(name)), data=reviews, data_dir=tmp_path).row
    assert row["accepted"] > 0
    assert 0.1 < row["final_accuracy"] <= 1
