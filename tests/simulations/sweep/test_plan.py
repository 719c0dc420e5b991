"""Axes, seeds and grids: what is refused, in which words, and what is run."""

import pytest

from earnest.core.incentives.registry import INCENTIVES
from earnest.core.models.formats.sample_format import NUMBERS
from earnest.core.models.registry import MODELS
from earnest.simulations.errors import ScenarioError, SweepError
from earnest.simulations.scenario import Scenario, load, shipped_names
from earnest.simulations.sweep.plan import plan


@pytest.mark.parametrize(
    ("sets", "sentence"),
    [
        (["words=10"], "unknown knob 'words'"),
        (["good.hat=1"], "unknown knob 'hat'"),
        (["ugly.count=1"], "no agents 'ugly'"),
        (["num_words="], "num_words has no values"),
        (["num_words=,"], "num_words has no values"),
        (["num_words"], "is no axis: write KNOB=VALUE"),
        (["=3"], "is no axis"),
        (["num_words=40,50,40"], "num_words has the value 40 twice"),
        (["initial_share=0.10,0.1"], r"initial_share has the value 0.1 twice"),
        (["good.wait_mean=10,10.0"], r"wait_mean has the value 10.0 twice"),
        (["num_words=40", "num_words=50"], "num_words is given twice"),
        (["num_words=40,2"], "At num_words=2: num_words is 2"),
        (["num_words=many"], "num_words is 'many'"),
        (["num_words=40.5"], "num_words is 40.5"),
        (["seeds=1,2"], "seeds cannot be swept"),
        (["name=a,b"], "name cannot be swept"),
        (["cost=1000000000"], r"cost .*beyond 2\^63"),
    ],
)
def test_axis_that_is_unfit_is_refused_in_one_sentence(made_up: Scenario, sets: list[str], sentence: str) -> None:
    with pytest.raises((SweepError, ScenarioError), match=sentence) as refusal:
        plan(made_up, sets, "1", yes=True)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("axis", ["cost=5,10", "leftover=burn", "agents.deposit_mean=5,10", "bad.start_balance=90"])
def test_axis_that_plays_no_part_at_any_point_is_refused_by_name(made_up: Scenario, axis: str) -> None:
    with pytest.raises(SweepError, match=f"^{axis.partition('=')[0]} plays no part under incentive points"):
        plan(made_up, ["incentive=points", axis], "1", yes=False)
    with pytest.raises(SweepError, match="plays no part"):
        plan(made_up.with_knobs(incentive="points"), [axis], "1", yes=False)
    # where somebody pays it does
    assert plan(made_up, ["incentive=points,self-assessment", axis], "1", yes=False).size >= 2


@pytest.mark.parametrize(
    ("seeds", "sentence"),
    [
        ("3,4,3", "seeds repeats 3"),
        ("0", "seeds is 0"),
        ("-1,", "seeds is -1"),
        ("a", "seeds is 'a'"),
        ("", "seeds is"),
        ("1,b", "seeds is 'b'"),
    ],
)
def test_seeds_that_are_unfit_are_refused(made_up: Scenario, seeds: str, sentence: str) -> None:
    with pytest.raises(ScenarioError, match=sentence):
        plan(made_up, ["num_words=40"], seeds, yes=True)


def test_million_runs_need_a_yes_and_are_not_built_to_be_counted(made_up: Scenario) -> None:
    numbers = ",".join(str(number) for number in range(10, 1010))
    sets = [f"cost={numbers}", f"refund_wait={numbers}", f"good.start_balance={numbers}"]
    with pytest.raises(SweepError, match="1,000,000,000 runs: pass --yes"):
        plan(made_up, sets, "1", yes=False)
    with pytest.raises(SweepError, match="1,000,000 runs: pass --yes"):
        plan(made_up, ["num_words=40"], "1000000", yes=False)
    assert plan(made_up, ["num_words=40"], "1000000", yes=True).size == 1_000_000


def test_any_shipped_scenario_can_be_swept_over_the_incentive() -> None:
    for name in shipped_names():
        points = list(plan(load(name), ["incentive=self-assessment,points"], None, yes=False).points())
        assert [point.scenario.terms.moves_money for point in points] == [True, False]


def test_grid_is_every_combination_the_last_axis_changing_fastest(made_up: Scenario) -> None:
    planned = plan(made_up, ["num_words=40,50", "good.deposit_mean=5,9"], "7,3", yes=False)
    assert planned.seeds == (7, 3)
    assert planned.size == 8
    assert [(p.scenario.num_words, p.scenario.agents[0].deposit_mean) for p in planned.points()] == [
        (40, 5.0), (40, 9.0), (50, 5.0), (50, 9.0),
    ]  # fmt: skip


def test_scenario_brings_axes_and_seeds_of_its_own_and_a_set_replaces_the_axes() -> None:
    words = load("num-words")
    assert plan(words, [], None, yes=False).size == 100
    assert [str(point) for point in plan(words, ["cost=5"], "2", yes=False).points()] == ["cost=5"]
    assert [str(point) for point in plan(words.with_knobs(axes=()), [], "2", yes=False).points()] == ["num-words"]


@pytest.mark.parametrize(("text", "value"), [("leftover=anyone", "anyone"), ("shuffle_seed=none", None)])
def test_values_are_read_as_words_numbers_or_nothing(made_up: Scenario, text: str, value: object) -> None:
    assert plan(made_up, [text], "1", yes=False).axes[0][1] == (value,)


def test_all_of_a_choice_is_every_name_that_is_registered(made_up: Scenario) -> None:
    planned = plan(made_up, ["incentive=all", "num_words=20,30"], "1", yes=False)
    assert planned.axes[0] == ("incentive", tuple(INCENTIVES))
    with pytest.raises(ScenarioError, match="num_words is 'all'"):
        plan(made_up, ["num_words=all"], "1", yes=False)


def test_all_of_a_choice_leaves_out_what_does_not_go_with_the_rest() -> None:
    tumours = load("attacks-table")
    planned = plan(tumours, ["incentive=all", "harmful_share=0.3"], "1", yes=False)
    assert planned.axes[0] == ("incentive", tuple(INCENTIVES))
    planned = plan(tumours, ["model=all", "harmful_share=0.3"], "1", yes=False)
    fitting = tuple(name for name, model in MODELS.items() if model.FORMAT.TAKES == NUMBERS)
    assert planned.axes[0] == ("model", fitting)


def test_none_is_the_choice_of_that_name_where_there_is_one(made_up: Scenario) -> None:
    planned = plan(made_up, ["safeguards=none,all"], None, yes=False)
    assert planned.axes == (("safeguards", ("none", "all")),)
