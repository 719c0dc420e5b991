"""Knobs are declared once: by the scenario, by agents, or by what is chosen by name, a guest's thing included."""

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest

from earnest.core.parameters import Parameter
from earnest.core.renamed import OldName
from earnest.data.dataset import Dataset
from earnest.data.recipe import TEXT, DataSet, Loaded
from earnest.data.registry import DATASETS
from earnest.simulations.data import Sources, load_task
from earnest.simulations.errors import ScenarioError, SweepError
from earnest.simulations.measures import MEASURES
from earnest.simulations.scenario import AgentGroup, Scenario, load, of_table
from earnest.simulations.scenario.knobs import reserved
from earnest.simulations.scenario.part import why_idle
from earnest.simulations.sweep.plan import plan
from earnest.simulations.sweep.request import read

SHADE = Parameter("shade", "real", "how dark the texts are", 0, 1, default=0.25)


def _colours(wanted: object) -> Loaded:
    shade = wanted.values["shade"]  # type: ignore[attr-defined]
    texts = [f"{'red' if row % 2 else 'blue'} word{row} {shade}" for row in range(60)]
    return Loaded(Dataset.make("colours", texts, [row % 2 for row in range(60)]))


@pytest.fixture
def guest(monkeypatch: pytest.MonkeyPatch) -> DataSet:
    """A data set of somebody else's, as if its package were installed."""
    colours = DataSet(
        "colours", "Colours.", "Me.", TEXT, lambda wanted: f"{wanted.values['shade']:064.0f}", _colours, knobs=(SHADE,)
    )
    list(DATASETS)
    monkeypatch.setitem(DATASETS._things, "colours", colours)
    return colours


def test_knob_of_a_guest_is_set_in_toml_in_python_and_by_axes(
    guest: DataSet, scenario: Scenario, tmp_path: Path
) -> None:
    own = {"dataset": "colours", "test_size": 20, "shuffle_seed": 1, "train_size": 40, "initial_share": 0.25}
    given = of_table("own", {"base": "paper", "shade": 0.5, **own})
    assert (given.shade, given.flat()["shade"]) == (0.5, 0.5)
    assert given.with_knobs(shade=1).flat()["shade"] == 1.0
    points = [point.scenario for point in plan(given, ["shade=0,0.75"], "1", yes=False).points()]
    assert [point.shade for point in points] == [0.0, 0.75]
    tasks = [load_task(point, Sources(), tmp_path) for point in points]
    assert tasks[0].dataset_sha256 != tasks[1].dataset_sha256
    (tmp_path / "request.json").write_text(
        json.dumps({"scenario": {"base": "paper", **own}, "axes": {"shade": [0, 1]}})
    )
    assert read(tmp_path / "request.json").axes == (("shade", (0.0, 1.0)),)


@pytest.mark.usefixtures("guest")
def test_knob_of_a_guest_has_its_default_and_its_bounds(scenario: Scenario) -> None:
    chosen = scenario.with_knobs(dataset="colours", test_size=20, shuffle_seed=1)
    assert chosen.shade == 0.25
    with pytest.raises(ScenarioError, match=r"shade is 1\.5; it must be a number from 0 to 1"):
        chosen.with_knobs(shade=1.5)


def test_knob_that_nobody_declares_is_unknown_without_its_guest(scenario: Scenario) -> None:
    with pytest.raises(ScenarioError, match="unknown knob 'shade'"):
        scenario.with_knobs(shade=0.5)


def test_guest_that_was_refused_says_why_where_it_is_chosen(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(DATASETS)
    sentence = "The data set 'broken' of the package other 1.0 is refused: it is broken."
    monkeypatch.setitem(DATASETS._refused, "broken", sentence)
    with pytest.raises(ScenarioError, match=r"package other 1\.0 is refused: it is broken"):
        scenario.with_knobs(dataset="broken")


@pytest.mark.parametrize(
    ("knobs", "axis", "sentence"),
    [
        (
            {},
            "signal=0.1,0.2",
            "signal plays no part under dataset imdb: leave it out, or sweep dataset=synthetic,",
        ),
        ({"model": "naive-bayes"}, "eta0=1,2", "eta0 plays no part under model naive-bayes: leave it out"),
        (
            {"price": "fixed"},
            "price=fixed;weight=1,2",
            "weight plays no part under price fixed: .*=decaying,fixed",
        ),
        ({"incentive": "points"}, "cost=1,2", "cost plays no part under incentive points, where nobody pays"),
        ({"incentive": "points"}, "good.deposit_mean=5,6", "good.deposit_mean plays no part under incentive points"),
        (
            {"dataset": "digits", "model": "dense-nearest-centroid", "shuffle_seed": 1, "test_size": 9},
            "num_words=40,50",
            "num_words plays no part under dataset digits, which is of numbers: leave it out, or sweep dataset=",
        ),
    ],
)
def test_axis_of_a_knob_that_plays_no_part_is_refused(
    scenario: Scenario, knobs: dict[str, object], axis: str, sentence: str
) -> None:
    with pytest.raises(SweepError, match=sentence):
        plan(scenario.with_knobs(**knobs), axis.split(";"), "1", yes=False)


def test_knob_that_plays_a_part_at_one_point_is_taken(scenario: Scenario) -> None:
    assert plan(scenario, ["model=naive-bayes,sparse-perceptron", "eta0=1,2"], "1", yes=False).size == 4
    assert why_idle(scenario, "weight") is None
    assert why_idle(scenario, "cost") is not None


def test_real_knobs_are_floats_in_rows_whatever_was_given(scenario: Scenario, good: AgentGroup) -> None:
    row = scenario.with_knobs(gas_price=0, signal=1, agents=(replace(good, wait_mean=600, mistake_rate=0),)).flat()
    for name in ("gas_price", "signal", "initial_share", "good_wait_mean", "good_mistake_rate"):
        assert isinstance(row[name], float)


@pytest.mark.parametrize(
    ("knob", "sentence"),
    [
        (replace(SHADE, name="num_words"), "its knob num_words has the name of something that every scenario"),
        (replace(SHADE, name="text_column"), "its knob text_column is of another kind than that of file"),
    ],
)
def test_guest_whose_knob_has_a_name_that_is_taken_cannot_be_used(
    guest: DataSet, scenario: Scenario, monkeypatch: pytest.MonkeyPatch, knob: Parameter, sentence: str
) -> None:
    monkeypatch.setitem(DATASETS._things, "colours", replace(guest, knobs=(knob,)))
    with pytest.raises(ScenarioError, match=f"The dataset colours cannot be used: {sentence}"):
        scenario.with_knobs(dataset="colours", test_size=20, shuffle_seed=1)
    assert scenario.with_knobs(num_words=50).num_words == 50


def test_reserved_names_are_those_of_all_fields_and_none_of_them_is_a_guests(scenario: Scenario) -> None:
    for kind in (Scenario, AgentGroup):
        assert {field.name for field in fields(kind)} <= reserved()
        assert not set(kind.owned()) & reserved()
    assert reserved() >= {"scenario", "seed", "guests", "wait_mean", "max_days"}
    assert not {measure.name for measure in MEASURES} & {*Scenario.all_knobs(), *AgentGroup.all_knobs()}


def test_every_knob_says_what_it_is_and_has_a_default_that_it_takes(scenario: Scenario) -> None:
    for kind in (Scenario, AgentGroup):
        for name, knob in kind.all_knobs().items():
            assert knob.words
            assert not knob.words.endswith(".")
            assert knob.name == name
            if knob.default is not None:
                knob.check(knob.default)


# OLD NAMES


def test_old_names_answer_with_a_note(scenario: Scenario, tmp_path: Path) -> None:
    with pytest.warns(OldName, match="knob classifier is called model now; .* until release"):
        assert scenario.with_knobs(classifier="naive-bayes").model == "naive-bayes"
    with pytest.warns(OldName, match="knob mechanism is called incentive now"):
        assert of_table("own", {"base": "paper", "mechanism": "points"}).incentive == "points"
    with pytest.warns(OldName, match="mechanism is called incentive"):
        planned = plan(scenario, ["mechanism=points,self-assessment"], "1", yes=False)
    assert [knob for knob, _ in planned.axes] == ["incentive"]
    path = tmp_path / "own.toml"
    path.write_text('base = "paper"\n[axes]\nclassifier = ["naive-bayes"]\n')
    with pytest.warns(OldName, match="classifier"):
        assert load(str(path)).axes == (("model", ("naive-bayes",)),)


def test_old_name_beside_the_new_one_is_refused() -> None:
    table = {"base": "paper", "mechanism": "points", "incentive": "points"}
    with pytest.raises(ScenarioError, match="unknown knob 'mechanism'"):
        of_table("own", table)


def test_row_of_an_earlier_release_gives_its_scenario(scenario: Scenario) -> None:
    row = {
        {"model": "classifier", "incentive": "mechanism"}.get(name, name): value
        for name, value in scenario.flat().items()
    }
    assert Scenario.from_flat(row, ["good", "bad"]) == scenario
