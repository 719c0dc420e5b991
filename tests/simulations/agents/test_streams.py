"""Agents' random streams and traits."""

from dataclasses import replace

import numpy as np

from earnest.simulations.agents import streams as agents
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
