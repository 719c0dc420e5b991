"""Agents' choices and their random streams."""

from dataclasses import replace

import numpy as np

from simulations import agents
from simulations.agents import AgentStreams
from simulations.scenario import AgentGroup, Scenario


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


def test_honest_agent_takes_part_as_far_as_the_model_is_accurate() -> None:
    assert not agents.takes_part(True, 0.96, 0.80, 0.15)
    assert agents.takes_part(True, 0.94, 0.80, 0.15)


def test_agent_that_heeds_nothing_always_takes_part() -> None:
    assert agents.takes_part(False, 0.999, 0.0, 0.15)


def test_label_is_flipped_on_purpose_or_by_mistake_but_not_by_both() -> None:
    assert agents.chosen_label(1, False, 0.5, 0.1) == 1
    assert agents.chosen_label(1, True, 0.5, 0.1) == 0
    assert agents.chosen_label(1, False, 0.05, 0.1) == 0
    assert agents.chosen_label(1, True, 0.05, 0.1) == 1


def test_offer_is_bounded_by_the_balance() -> None:
    assert agents.offer(50, 20) == 20
    assert agents.offer(20, 50) == 20


def test_agent_does_not_offer_in_the_second_of_the_last_contribution() -> None:
    assert agents.waits_for_next_second(7, 7)
    assert not agents.waits_for_next_second(8, 7)
