"""Agents' choices and their random streams."""

from dataclasses import replace

import numpy as np
import pytest

from earnest.simulations.agents import behaviours
from earnest.simulations.agents import streams as agents
from earnest.simulations.agents.behaviours import BEHAVIOURS, View
from earnest.simulations.agents.streams import AgentStreams
from earnest.simulations.scenario import AgentGroup, Scenario


def taken(streams: AgentStreams, agent: int, count: int) -> list[tuple[int, int, float, float]]:
    """The next draws of one agent, refilled as an engine would."""
    draws, found = streams.draws, []
    while len(found) < count:
        turn = draws.used[agent]
        if turn == draws.wait.shape[1]:
            streams.refill()
            continue
        found.append(tuple(array[agent, turn].item() for array in draws[:4]))
        draws.used[agent] += 1
    return found


def test_draws_do_not_depend_on_the_size_of_a_block(scenario: Scenario) -> None:
    small, large = AgentStreams(scenario, 5, block=3), AgentStreams(scenario, 5, block=100)
    assert taken(small, 1, 100) == taken(large, 1, 100)


def test_added_agent_changes_nobody_elses_draws(scenario: Scenario, good: AgentGroup) -> None:
    more = scenario.with_knobs(agents=(*scenario.agents, replace(good, name="late")))
    before, after = AgentStreams(scenario, 5), AgentStreams(more, 5)
    assert [taken(before, agent, 50) for agent in (0, 1)] == [taken(after, agent, 50) for agent in (0, 1)]
    assert before.first_waits.tolist() == after.first_waits.tolist()[:2]


def test_another_seed_gives_other_draws(scenario: Scenario) -> None:
    assert taken(AgentStreams(scenario, 5), 0, 20) != taken(AgentStreams(scenario, 6), 0, 20)


def test_draws_are_whole_coins_and_positive(scenario: Scenario, good: AgentGroup) -> None:
    wild = scenario.with_knobs(agents=(replace(good, deposit_mean=1.0, deposit_deviation=9.0, wait_deviation=900.0),))
    streams = AgentStreams(wild, 1, block=2000)
    assert streams.draws.deposit.min() == wild.units_per_coin
    assert (streams.draws.deposit % wild.units_per_coin == 0).all()
    assert streams.draws.wait.min() >= 1


def test_draws_have_the_mean_of_a_truncated_normal(scenario: Scenario) -> None:
    draws = AgentStreams(scenario, 1, block=20_000).draws
    # truncation to integers takes half a unit on average
    assert np.isclose(draws.wait[0].mean(), 599.5, atol=2)
    assert np.isclose(draws.deposit[0].mean() / scenario.units_per_coin, 19.5, atol=0.2)


def view(**seen: object) -> View:
    """An agent's view, with nothing remarkable in it but what is named."""
    usual = View(1, 0.8, 0.5, 0.5, 0.15, 0.1, 3, 0, 0, -1, False)
    return usual._replace(**seen)


def test_honest_agent_takes_part_as_far_as_the_model_is_accurate() -> None:
    assert behaviours.honest(view(mood=0.96)) == behaviours.ABSTAIN
    assert behaviours.honest(view(mood=0.94)) == 1


def test_flipper_always_takes_part_and_flips() -> None:
    assert behaviours.flipper(view(mood=0.999, accuracy=0.0)) == 0


def test_mistake_undoes_a_flip_on_purpose() -> None:
    assert behaviours.honest(view(luck=0.05)) == 0
    assert behaviours.flipper(view(luck=0.05)) == 1


@pytest.mark.parametrize("luck", [0.0, 0.01, 0.0999, 0.1, 0.4999, 0.5, 0.9999])
def test_labels_of_two_classes_are_mistaken_and_drawn_as_ever(luck: float) -> None:
    for label in (0, 1):
        assert behaviours.as_meant(label, view(luck=luck)) == (1 - label if luck < 0.1 else label)
        assert behaviours.flipped(label, view()) == 1 - label
    assert behaviours.random(view(luck=luck)) == (1 if luck < 0.5 else 0)


@pytest.mark.parametrize("classes", [2, 3, 10, 16, 256])
def test_mistake_gives_each_other_class_as_often_and_never_the_meant_one(classes: int) -> None:
    lucks = np.linspace(0, 0.1, 1000 * (classes - 1), endpoint=False)
    given = [behaviours.as_meant(1, view(luck=luck, classes=classes)) for luck in lucks]
    counts = np.bincount(given, minlength=classes)
    assert counts[1] == 0
    # a bound between two classes may fall to either
    assert np.delete(counts, 1).min() >= 999
    assert np.delete(counts, 1).max() <= 1001


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.4, 1 / 3, 1.0, 5e-324])
def test_highest_luck_that_is_a_mistake_still_gives_a_class(rate: float) -> None:
    luck = float(np.nextafter(rate, 0))
    for classes in range(2, 257):
        seen = view(luck=luck, mistake_rate=rate, classes=classes)
        assert behaviours.as_meant(0, seen) == (classes - 1 if luck else 1)
        assert behaviours.random(view(luck=float(np.nextafter(1, 0)), classes=classes)) == 0


def test_random_agent_gives_each_of_several_classes_as_often() -> None:
    given = [behaviours.random(view(luck=luck, classes=10)) for luck in np.arange(1000) / 1000]
    assert np.bincount(given).tolist() == [100] * 10


def test_flip_is_the_next_of_several_classes_and_the_first_after_the_last() -> None:
    assert [behaviours.flipper(view(label=label, classes=3)) for label in range(3)] == [1, 2, 0]
    assert behaviours.thief(view(last_label=255, verified=1, classes=256)) == behaviours.COPY


def test_copies_of_the_highest_class_are_told_from_labels() -> None:
    assert behaviours.flooder(view(last_label=255, classes=256)) == behaviours.COPY + 255
    assert behaviours.careless(view(label=255, classes=256)) == 255 < behaviours.COPY


def test_careless_agent_takes_part_whatever_the_model_does() -> None:
    assert behaviours.careless(view(mood=0.999, accuracy=0.0)) == 1
    assert behaviours.careless(view(luck=0.01)) == 0


def test_random_agents_label_does_not_depend_on_the_true_one() -> None:
    assert [behaviours.random(view(label=label, luck=luck)) for label in (0, 1) for luck in (0.4, 0.6)] == [1, 0, 1, 0]


def test_thief_turns_others_contributions_around_once_it_has_standing() -> None:
    assert behaviours.thief(view(last_label=1)) == 1
    assert behaviours.thief(view(last_label=1, verified=1)) == behaviours.COPY
    assert behaviours.thief(view(last_label=0, verified=1)) == behaviours.COPY + 1
    assert behaviours.thief(view(last_label=0, verified=1, last_is_own=True)) == 1


def test_sleeper_turns_when_its_patience_is_over() -> None:
    assert behaviours.sleeper(view(verified=2)) == 1
    assert behaviours.sleeper(view(verified=3)) == 0


def test_sybils_share_the_work() -> None:
    assert [behaviours.sybil(view(number=number)) for number in (0, 1, 2, 3)] == [1, 0, 1, 0]


def test_flooder_hands_in_again_what_was_accepted_last() -> None:
    assert behaviours.flooder(view()) == 1
    assert behaviours.flooder(view(last_label=0)) == behaviours.COPY


def test_reporter_stops_contributing_once_it_has_standing() -> None:
    assert behaviours.reporter(view()) == 1
    assert behaviours.reporter(view(verified=1)) == behaviours.ABSTAIN


def test_each_kind_is_found_by_its_number_and_says_where_it_comes_from() -> None:
    seen = view(verified=5, last_label=0, number=1, mood=0.97)
    for name, behaviour in BEHAVIOURS.items():
        function = getattr(behaviours, name)
        assert behaviours.choose(behaviour.kind, seen) == function(seen)
        assert any(year in function.__doc__ for year in map(str, range(1988, 2025)))


def test_only_sybils_of_one_group_are_a_team(scenario: Scenario, good: AgentGroup) -> None:
    groups = [replace(good, name=name, behaviour=kind, count=2) for name, kind in (("a", "sybil"), ("b", "honest"))]
    team = agents.choices_of(scenario.with_knobs(agents=(*groups, replace(groups[0], name="c")))).team
    assert team.tolist() == [0, 0, 2, 3, 4, 4]


def test_offer_is_bounded_by_the_balance() -> None:
    assert agents.offer(50, 20) == 20
    assert agents.offer(20, 50) == 20


def test_agent_does_not_offer_in_the_second_of_the_last_contribution() -> None:
    assert agents.waits_for_next_second(7, 7)
    assert not agents.waits_for_next_second(8, 7)
