"""Scenarios: what is refused, in which words, and what ships with the package."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from earnest.core.incentives.points import POINTS
from earnest.core.incentives.self_assessment import LEFTOVER_ANYONE, PRICE_DECAYING, PRICE_FIXED, SELF_ASSESSMENT
from earnest.simulations.errors import ScenarioError
from earnest.simulations.scenario import AgentGroup, Scenario, load, of_table
from earnest.simulations.sweep.plan import plan


@pytest.mark.parametrize(
    ("knob", "value"),
    [
        ("dataset", "reuters"),
        ("num_words", 2),
        ("num_words", 65_537),
        ("num_words", "1000"),
        ("num_words", True),
        ("train_size", 1),
        ("initial_share", 1.5),
        ("initial_share", float("nan")),
        ("initial_share", 0.00001),
        ("eta0", 0),
        ("tau", -1),
        ("price", "free"),
        ("weight", 0),
        ("step", 0),
        ("cost", 0),
        ("model", "forest"),
        ("incentive", "lottery"),
        ("incentive", 1),
        ("stop", "never"),
        ("signal", 1.1),
        ("noise", -0.1),
        ("sample_words", 0),
        ("shuffle_seed", -1),
        ("test_size", 0),
        ("text_column", ""),
        ("label_column", "text"),
        ("refund_wait", -1),
        ("collect_wait", 2**32),
        ("leftover", "owner"),
        ("units_per_coin", 0),
        ("first_evaluation", 0),
        ("evaluation_interval", 0),
        ("series_interval", 0),
        ("max_days", 0),
        ("agents", ()),
    ],
)
def test_scenario_with_a_knob_out_of_range_is_refused_by_name(scenario: Scenario, knob: str, value: object) -> None:
    with pytest.raises(ScenarioError, match=knob):
        scenario.with_knobs(**{knob: value})


@pytest.mark.parametrize(
    ("knob", "value"),
    [
        ("name", "Good agent"),
        ("behaviour", "saint"),
        ("count", -1),
        ("start_balance", 0),
        ("deposit_mean", 0.5),
        ("deposit_deviation", -1.0),
        ("wait_mean", 0.0),
        ("wait_deviation", float("inf")),
        ("mistake_rate", 1.1),
        ("confidence_margin", 2.0),
    ],
)
def test_agents_with_a_knob_out_of_range_are_refused_by_name(
    scenario: Scenario, good: AgentGroup, knob: str, value: Any
) -> None:
    with pytest.raises(ScenarioError, match=knob):
        scenario.with_knobs(agents=(replace(good, **{knob: value}),))


def test_scenario_with_two_groups_of_one_name_is_refused(scenario: Scenario, good: AgentGroup) -> None:
    with pytest.raises(ScenarioError, match="share a name"):
        scenario.with_knobs(agents=(good, good))


def test_scenario_whose_windows_are_misordered_is_refused(scenario: Scenario) -> None:
    with pytest.raises(ScenarioError, match=r"refund_wait .* must be below collect_wait"):
        scenario.with_knobs(refund_wait=36_000)


@pytest.mark.parametrize(
    ("knobs", "named"),
    [
        ({"weight": 10**9}, "weight"),
        ({"cost": 10**9, "price": "fixed"}, "cost"),
        ({"units_per_coin": 10**17}, "units_per_coin"),
        ({"train_size": 2**31 - 1}, "train_size"),
    ],
)
def test_products_beyond_64_bits_are_refused(scenario: Scenario, knobs: dict[str, Any], named: str) -> None:
    with pytest.raises(ScenarioError, match=rf"{named}.*beyond 2\^63"):
        scenario.with_knobs(**knobs)


def test_gas_price_where_nobody_measured_the_gas_is_refused(scenario: Scenario) -> None:
    with pytest.raises(ScenarioError, match=r"gas_price needs .* incentive self-assessment"):
        scenario.with_knobs(incentive="points", gas_price=0.5)
    with pytest.raises(ScenarioError, match=r"gas_price needs .* model sparse-perceptron\."):
        scenario.with_knobs(model="sparse-margin-perceptron", gas_price=0.5)


def test_price_that_nobody_pays_is_not_held_to_64_bits(scenario: Scenario) -> None:
    free = scenario.with_knobs(incentive="points", price="fixed", cost=10**9)
    assert free.terms == POINTS.terms(scenario.refund_wait, scenario.collect_wait)


def test_unknown_knob_is_refused_with_the_known_ones(scenario: Scenario) -> None:
    with pytest.raises(ScenarioError, match=r"unknown knob 'words'.*num_words"):
        scenario.with_knobs(words=10)


@pytest.mark.parametrize(
    ("knobs", "sentence"),
    [
        (
            {"model": "dense-perceptron"},
            "dataset imdb is of words .* from numbers: set dataset to table or breast-",
        ),
        ({"dataset": "breast-cancer"}, "is of numbers .* learns from words: set model to dense-margin-perceptron or "),
        ({"dataset": "breast-cancer", "model": "dense-perceptron"}, "shuffle_seed is not set"),
        (
            {"dataset": "iris", "model": "dense-perceptron"},
            "tells two .* set model to dense-margin-perceptron or dense-nearest-centroid",
        ),
        (
            {"dataset": "wine"},
            "is of numbers .* learns from words: set model to dense-margin-p.* or dense-nearest-centroid.$",
        ),
        ({"model": "dense-nearest-centroid"}, "set dataset to table or breast-cancer or digits or iris or wine"),
    ],
)
def test_model_that_cannot_learn_from_the_data_set_is_refused(
    scenario: Scenario, knobs: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ScenarioError, match=sentence):
        scenario.with_knobs(**knobs)


def test_unknown_scenario_is_refused_with_the_shipped_ones() -> None:
    with pytest.raises(ScenarioError, match=r"'nosuch'; name one of .*paper"):
        load("nosuch")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('base = "nosuch"', "base of scenario .* is 'nosuch'"),
        ('base = "num-words"', "has a base itself"),
        ('base = "paper"\naxes = 3', "axes must be a table of lists"),
        ('base = "paper"\nseeds = []', "seeds is "),
        ('base = "paper"\nseeds = [1, 2, 1]', "seeds repeats 1"),
        ('base = "paper"\nseeds = [-1]', "seeds is -1"),
        ('base = "paper"\ndataset = "movie-reviews"', "shuffle_seed is not set"),
        ("num_words = ", "not valid TOML"),
        ("num_words = 10", "needs agents"),
        ("agents = 3", "needs agents"),
        ('[[agents]]\nname = "good"', r"agents\[0\] lacks behaviour, count"),
        ("colour = 1", "unknown knob 'colour'"),
        ('[[agents]]\ncolour = "red"', r"agents\[0\] has an unknown knob 'colour'"),
    ],
)
def test_file_that_is_no_scenario_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(ScenarioError, match=sentence):
        load(str(path))


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no readable scenario"):
        load(str(tmp_path / "own.toml"))


def test_paper_is_the_published_scenario() -> None:
    paper = load("paper")
    good, bad = paper.agents
    assert paper.initial_size == 2000
    assert paper.terms == SELF_ASSESSMENT.terms(PRICE_DECAYING, LEFTOVER_ANYONE, 86_400, 9 * 86_400, 10**9, 10**9)
    assert (good.start_balance, good.deposit_mean, good.deposit_deviation) == (10_000, 50, 10)
    assert (bad.start_balance, bad.deposit_mean, bad.deposit_deviation) == (10_000, 100, 3)
    assert (good.wait_mean, bad.wait_mean, good.mistake_rate) == (600, 3600, 0.0001)


def test_file_of_ones_own_is_named_after_itself(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'num_words = 50\n[[agents]]\nname = "a"\nbehaviour = "honest"\ncount = 2\nstart_balance = 5\n'
        "deposit_mean = 3\ndeposit_deviation = 1\nwait_mean = 60\nwait_deviation = 0\n"
    )
    scenario = load(str(path))
    assert (scenario.name, scenario.num_words, scenario.agent_count) == ("mine", 50, 2)
    assert scenario.leftover == "burn"


def test_flat_row_holds_every_knob_and_real_ones_as_floats(scenario: Scenario, good: AgentGroup) -> None:
    flat = scenario.with_knobs(agents=(replace(good, deposit_mean=20),)).flat()
    assert flat["scenario"] == "small"
    assert flat["good_count"] == 1
    assert isinstance(flat["good_deposit_mean"], float)
    good = [name for name in flat if name.startswith("good_")]
    assert (len(flat) - len(good), len(good)) == (54, 22)


def test_shipped_variants_differ_from_paper_in_one_thing() -> None:
    paper = load("paper")
    names = {"name": "", "description": "", "axes": ()}
    burn = replace(paper, leftover="burn", **names)
    alone = replace(paper, agents=paper.agents[:1], **names)
    assert replace(load("paper-burn"), **names) == burn
    assert replace(load("only-good"), **names) == alone


SWEEPS = {
    "num-words": ["num_words"],
    "train-size": ["train_size"],
    "initial-share": ["initial_share"],
    "submission-cost": ["cost"],
    "deposit-means": ["good.deposit_mean", "bad.deposit_mean"],
    "deposit-deviations": ["good.deposit_deviation", "bad.deposit_deviation"],
    "update-waits": ["good.wait_mean", "bad.wait_mean"],
}


@pytest.mark.parametrize("name", SWEEPS)
def test_scenario_of_a_sweep_is_paper_with_axes_of_its_own(name: str) -> None:
    sweep, names = load(name), {"name": "", "description": "", "axes": ()}
    assert [knob for knob, _ in sweep.axes] == SWEEPS[name]
    assert sweep.seeds == tuple(range(1, 11))
    fixed = {"price": "fixed"} if name == "submission-cost" else {}
    assert replace(sweep, **names) == replace(load("paper"), **names, **fixed)
    for knob, values in sweep.axes:
        assert len({sweep.with_values({knob: value}) for value in values}) == len(values)


def test_axis_of_a_group_or_of_all_agents_sets_their_knob(scenario: Scenario) -> None:
    one = scenario.with_values({"bad.deposit_mean": 7.0})
    assert [group.deposit_mean for group in one.agents] == [20.0, 7.0]
    assert [group.deposit_mean for group in scenario.with_values({"agents.deposit_mean": 7.0}).agents] == [7.0, 7.0]


def test_axis_of_unknown_agents_is_refused_with_the_known_ones(scenario: Scenario) -> None:
    with pytest.raises(ScenarioError, match=r"no agents 'ugly'.*good, bad"):
        scenario.with_values({"ugly.deposit_mean": 7.0})
    with pytest.raises(ScenarioError, match="unknown knob 'hat'"):
        scenario.with_values({"bad.hat": 7.0})


def test_cost_makes_the_price_fixed_and_weight_makes_it_decaying(scenario: Scenario) -> None:
    fixed = scenario.with_values({"cost": 7})
    assert fixed.terms.numbers[0] == PRICE_FIXED
    assert fixed.terms.numbers[4:6] == (7 * 10**9, 0)
    assert fixed.with_values({"weight": 2}).terms.numbers[4:6] == (2 * 10**9, 10**9)
    assert scenario.with_values({"cost": 7, "price": "decaying"}).price == "decaying"


# WHAT A MODEL LEAVES NO CHOICE IN


SEALED = {"incentive": "sealed-assessment", "gate": 100}
OF_VECTORS = {"dataset": "breast-cancer", "shuffle_seed": 1, "test_size": 100, "train_size": 400, "initial_share": 0.1}


@pytest.mark.parametrize(
    ("knobs", "sentence"),
    [
        (
            # though it is the default of models whose judge is a mean
            {"model": "naive-bayes", "averaging": 8},
            "averaging is 8: the model naive-bayes counts, .* set averaging to 1 and judge_shift to 0, or leave",
        ),
        (
            {"model": "sparse-nearest-centroid", "averaging": 16, "judge_shift": 2},
            "averaging is 16 and judge_shift is 2: the model sparse-nearest-centroid counts",
        ),
        (
            {"model": "dense-perceptron", **OF_VECTORS, "most_features": 20},
            "most_features is 20: all samples of the model dense-perceptron have as many numbers: set it to 0, or ",
        ),
    ],
)
def test_value_that_the_model_leaves_no_choice_in_is_refused(
    scenario: Scenario, knobs: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ScenarioError, match=sentence):
        scenario.with_knobs(**SEALED, **knobs)
    # in whichever order it was said
    first = {name: value for name, value in knobs.items() if name in ("averaging", "judge_shift", "most_features")}
    last = {name: value for name, value in knobs.items() if name not in first}
    named = scenario.with_knobs(**SEALED, **first)
    with pytest.raises(ScenarioError, match=sentence):
        named.with_knobs(**last)
    # under another incentive they play no part
    assert named.with_knobs(**{**last, "incentive": "points"}).incentive == "points"


def test_file_or_axis_that_names_such_a_value_is_refused(scenario: Scenario, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('base = "paper"\nincentive = "sealed-assessment"\nmodel = "naive-bayes"\naveraging = 8\n')
    with pytest.raises(ScenarioError, match="averaging is 8: the model naive-bayes counts"):
        load(str(path))
    sealed = scenario.with_knobs(**SEALED)
    with pytest.raises(ScenarioError, match="At model=naive-bayes, averaging=2: averaging is 2: the model naive-bayes"):
        plan(sealed, ["model=sparse-perceptron,naive-bayes", "averaging=1,2"], "1", yes=False)


def test_value_that_nobody_named_is_the_model_s_own_and_rows_tell_it(scenario: Scenario) -> None:
    sealed = scenario.with_knobs(**SEALED)
    usual = sealed.averaging, sealed.judge_shift, sealed.most_features
    assert usual == (8, 4, 160)
    counts = sealed.with_knobs(model="naive-bayes")
    assert (counts.averaging, counts.judge_shift, counts.most_features) == (1, 0, 160)
    assert (counts.terms["averaging"], counts.flat()["averaging"]) == (1, 1)
    dense = sealed.with_knobs(model="dense-margin-perceptron", **OF_VECTORS)
    assert (dense.averaging, dense.judge_shift, dense.most_features) == (8, 4, 0)
    assert (dense.terms["most_features"], dense.flat()["most_features"]) == (0, 0)
    # and is as usual again under a model that leaves the choice
    back = counts.with_knobs(model="sparse-perceptron")
    assert (back.averaging, back.judge_shift, back.most_features) == usual
    # whoever names what holds anyway is not refused
    assert sealed.with_knobs(model="naive-bayes", averaging=1, judge_shift=0) == counts


def test_value_that_is_derived_is_nobody_s_to_name(scenario: Scenario) -> None:
    derived = scenario.with_knobs(**SEALED, parameters="derived", averaging=16)
    assert derived.averaging == 16
    assert derived.with_knobs(model="naive-bayes").averaging == 1


def test_row_that_tells_another_value_than_was_used_gives_its_scenario(scenario: Scenario) -> None:
    counts = scenario.with_knobs(**SEALED, model="naive-bayes")
    row = counts.flat() | {"averaging": 8, "judge_shift": 4}
    assert Scenario.from_flat(row, ["good", "bad"]) == counts


@pytest.mark.parametrize("name", ["settings", "named"])
def test_what_holds_the_knobs_is_no_knob(name: str) -> None:
    with pytest.raises(ScenarioError, match=f"unknown knob '{name}'"):
        of_table("own", {"base": "paper", name: 3})
