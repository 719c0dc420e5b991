"""How many agents of each group there are under a share of harmful ones."""

from dataclasses import replace

import pytest

from earnest.simulations.errors import ScenarioError
from earnest.simulations.run import simulate
from earnest.simulations.scenario import AgentGroup, Scenario
from earnest.simulations.scenario.share import shared_out
from earnest.simulations.task import Task


@pytest.fixture
def groups(good: AgentGroup, bad: AgentGroup) -> tuple[AgentGroup, ...]:
    return (
        replace(good, count=7),
        replace(bad, count=2),
        replace(bad, name="worse", behaviour="thief", count=1),
        replace(good, name="idle", behaviour="reporter", count=10),
    )


@pytest.mark.parametrize(
    ("share", "counts"),
    [
        (0.0, [9, 0, 0, 11]),
        (0.3, [6, 4, 2, 8]),
        (0.32, [6, 4, 2, 8]),
        (1.0, [0, 14, 6, 0]),
    ],
)
def test_groups_of_a_kind_share_in_its_number_as_before(groups: tuple, share: float, counts: list[int]) -> None:
    assert [group.count for group in shared_out(groups, share)] == counts


def test_groups_that_had_nobody_share_alike(groups: tuple) -> None:
    nobody = shared_out(groups, 0.0)
    assert [group.count for group in shared_out(nobody, 0.4)] == [6, 4, 4, 6]


def test_share_of_a_kind_that_no_group_is_of_is_refused(good: AgentGroup, bad: AgentGroup) -> None:
    with pytest.raises(ScenarioError, match="no group of agents is out to do harm"):
        shared_out((replace(good, count=10),), 0.2)
    with pytest.raises(ScenarioError, match="no group of agents is harmless"):
        shared_out((replace(bad, count=10),), 0.2)


def test_share_is_the_same_however_it_is_come_by(scenario: Scenario) -> None:
    ten = scenario.with_values({"good.count": 9})
    at_once = ten.with_values({"harmful_share": 0.4})
    assert [group.count for group in at_once.agents] == [6, 4]
    assert ten.with_values({"harmful_share": 0.0}).with_values({"harmful_share": 0.4}) == at_once
    assert at_once.with_knobs(num_words=30).agents == at_once.agents


def test_scenario_without_agents_is_refused(scenario: Scenario) -> None:
    with pytest.raises(ScenarioError, match="agents is empty"):
        scenario.with_values({"agents.count": 0})


def test_run_with_a_group_of_nobody_is_that_without_the_group(scenario: Scenario, task: Task) -> None:
    alone = simulate(scenario.with_knobs(agents=scenario.agents[:1]), task, 1)
    nobody = simulate(scenario.with_values({"bad.count": 0}), task, 1)
    assert nobody.state.wallet.tolist() == alone.state.wallet.tolist()
    assert nobody.state.weights.tolist() == alone.state.weights.tolist()
    assert nobody.final_accuracy == alone.final_accuracy
