"""What the page says the runs were made on."""

import html
import re
from typing import Any

import pandas as pd
import pytest

from earnest.core.incentives.registry import INCENTIVES
from earnest.simulations.report import setting
from earnest.simulations.report.report import write_report
from earnest.simulations.report.sweeps import Axis, Sweeps, load
from earnest.simulations.scenario import load as load_scenario
from earnest.simulations.sweep.plan import plan
from tests.simulations.sweep.made_up import Sweeper

WORDS = Axis("num_words", "num_words", (200, 1000))


def paper(*sets: str, name: str = "paper") -> Sweeps:
    """Sweeps of a shipped scenario, planned but not run: its rows hold knobs alone."""
    planned = plan(load_scenario(name), sets or ("num_words=200,1000",), "2", yes=False)
    rows = [point.scenario.flat() for point in planned.points()]
    scenario = planned.scenario
    manifest: dict[str, Any] = {
        "scenario": scenario.flat() | {"description": scenario.description},
        "agents": [group.name for group in scenario.agents],
    }
    table = pd.DataFrame(rows).assign(sweep=0, dataset_sha256="0123456789abcdef0123")
    return Sweeps(table, pd.DataFrame(), (WORDS,), (), (), (manifest,), ())


@pytest.mark.parametrize(
    "changed",
    ["train_size=6000", "dataset=synthetic", "bad.count=2", "good.behaviour=careless", "train_size=6000,25000"],
)
def test_description_is_left_out_where_a_knob_it_speaks_of_was_changed(changed: str) -> None:
    sets = [changed, "num_words=200,1000"] + (["test_size=100"] if "dataset" in changed else [])
    assert setting.description(paper(*sets)) == ""


def test_risks_are_those_of_the_incentives_that_were_run() -> None:
    told = setting.risks(paper("incentive=self-assessment,points"))
    assert [name for name, _ in told] == ["self-assessment", "points"]
    assert all(sentences == INCENTIVES[name].words.risks for name, sentences in told)
    assert any(re.search(r"\d", sentence) for sentence in dict(told)["self-assessment"])


@pytest.mark.parametrize("name", ["num-words", "train-size"])
def test_description_of_a_question_is_left_out_where_something_else_was_swept(name: str) -> None:
    assert setting.description(paper("cost=2,5", name=name)) == ""


def test_description_is_shown_where_nothing_it_speaks_of_was_changed() -> None:
    assert "25,000 film reviews" in setting.description(paper())
    assert "25,000 film reviews" in setting.description(paper("num_words=200,1000", "good.wait_mean=300"))
    assert "amount of data" in setting.description(paper("train_size=6000,25000", name="train-size"))


def test_description_that_a_scenario_takes_over_from_its_base_is_held_against_the_base() -> None:
    sweeps = paper()
    sweeps.manifests[0]["scenario"]["train_size"] = 6000
    assert setting.description(sweeps) != ""
    sweeps.rows["train_size"] = 6000
    assert setting.description(sweeps) == ""


def test_data_and_agents_are_read_off_the_rows() -> None:
    sweeps = paper("dataset=movie-reviews", "shuffle_seed=1", "test_size=2000", "train_size=6000", "num_words=100,400")
    assert setting.data(sweeps) == [
        "Data: movie-reviews, 6,000 samples available, the model trained beforehand on the first 480 of them; accuracy "
        "measured on 2,000 held out; 100 and 400 words; SHA-256, first 16 digits: 0123456789abcdef."
    ]
    assert setting.agents(sweeps) == ["Agents: 1 good (honest) and 1 bad (flipper)."]
    assert "accuracy measured on the data set's own test set;" in setting.data(paper())[0]


def test_words_are_left_out_of_what_is_said_of_a_table() -> None:
    sweeps = paper(
        "dataset=digits", "model=dense-nearest-centroid", "shuffle_seed=1", "test_size=500", "train_size=1297"
    )
    (told,) = setting.data(sweeps)
    assert told.startswith("Data: digits, 1,297 samples available")
    assert "accuracy measured on 500 held out; SHA-256" in told


def test_page_states_title_data_and_agents(sweeper: Sweeper) -> None:
    sweeper()
    write_report([sweeper.out], sweeper.out / "report")
    page = html.unescape((sweeper.out / "report" / "report.html").read_text("utf-8"))
    assert "<h1>Sweep of small by number of words and submission cost</h1>" in page
    (sentence,) = re.findall("<li>(Data: .*?)</li>", page)
    assert "synthetic, 320 samples available, the model trained beforehand on the first 20 of them" in sentence
    for checksum in load([sweeper.out]).rows["dataset_sha256"].unique():
        assert checksum[:16] in sentence
    assert "Agents: 1 good (honest) and 1 bad (flipper)." in page
    assert all(sentence in page for sentence in INCENTIVES["self-assessment"].words.risks)
