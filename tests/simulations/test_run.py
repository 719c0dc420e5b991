"""A run, its row and its series."""

from dataclasses import replace

import numpy as np
import pytest

from earnest.core.incentives.registry import INCENTIVES
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.simulations import measures, run
from earnest.simulations.engine import types
from earnest.simulations.errors import TaskError
from earnest.simulations.measures.gas import gas_of, gas_snapshot
from earnest.simulations.measures.of_run import accuracy_area
from earnest.simulations.scenario import AgentGroup, Scenario
from earnest.simulations.task import Samples, Task
from tests.simulations.worlds import random_scenario


def test_same_scenario_and_seed_give_identical_rows(scenario: Scenario, task: Task) -> None:
    one, other = run.simulate(scenario, task, 4), run.simulate(scenario, task, 4, block=7)
    assert measures.row_of(scenario, task, 4, one) == measures.row_of(scenario, task, 4, other)
    assert measures.series_of(scenario, 4, one) == measures.series_of(scenario, 4, other)


def test_another_seed_gives_another_course(scenario: Scenario, task: Task) -> None:
    one, other = run.simulate(scenario, task, 4), run.simulate(scenario, task, 5)
    assert measures.series_of(scenario, 4, one) != measures.series_of(scenario, 4, other)


def test_run_ends_when_data_are_used_up_and_nothing_is_open(scenario: Scenario, task: Task) -> None:
    outcome = run.simulate(scenario, task, 1)
    assert outcome.ended == "exhausted"
    assert outcome.observations[-1].accepted == len(task.stream.labels)
    assert outcome.observations[-1].open == 0
    assert outcome.final_accuracy == run.measure(outcome.state.weights, task.test)


def test_run_ends_at_the_last_day_at_the_latest(scenario: Scenario, task: Task) -> None:
    outcome = run.simulate(scenario.with_knobs(max_days=1), task, 1)
    assert outcome.ended == "max_days"
    assert outcome.observations[-1].time == 86_400
    assert outcome.state.counters[types.NOW] <= 86_400


def test_run_ends_when_nobody_has_money(scenario: Scenario, task: Task, bad: AgentGroup) -> None:
    poor = scenario.with_knobs(agents=(replace(bad, start_balance=7),), price="fixed", cost=7)
    assert run.simulate(poor, task, 1).ended == "agents"


def test_accuracy_is_measured_at_the_set_seconds_and_at_both_ends(scenario: Scenario, task: Task) -> None:
    outcome = run.simulate(scenario, task, 1)
    measured = [seen.time for seen in outcome.observations if seen.measured]
    assert measured[:4] == [0, 1000, 21_000, 41_000]
    assert measured[-1] == outcome.observations[-1].time
    times = [seen.time for seen in outcome.observations]
    assert times == sorted(set(times))


def test_baseline_is_the_same_model_on_all_samples_with_true_labels(scenario: Scenario, task: Task) -> None:
    model = SparsePerceptron.from_weights(task.initial_weights)
    starts, features, labels = task.stream
    for index, label in enumerate(labels):
        model.learn_one(features[starts[index] : starts[index + 1]], int(label))
    assert run.simulate(scenario, task, 1).baseline_accuracy == run.measure(model.weights_, task.test)


def test_progress_is_told_how_many_contributions_were_accepted(scenario: Scenario, task: Task) -> None:
    told: list[int] = []
    run.simulate(scenario, task, 1, told.append)
    assert told == sorted(told)
    assert told[-1] == len(task.stream.labels)


def test_row_names_the_gap_the_balances_and_the_versions(scenario: Scenario, task: Task) -> None:
    outcome = run.simulate(scenario, task, 1)
    row = measures.row_of(scenario, task, 1, outcome)
    assert row["accuracy_gap"] == outcome.baseline_accuracy - outcome.final_accuracy
    units = row["good_balance_units"] + row["bad_balance_units"] + row["burned_units"]
    assert units == 800 * scenario.units_per_coin
    assert row["numpy_version"] == np.__version__


def test_saturated_is_zero_with_small_steps_and_counts_what_the_lanes_hold_back_with_large_ones(
    scenario: Scenario, task: Task
) -> None:
    rows = [
        measures.row_of(changed, task, 1, run.simulate(changed, task, 1))
        for changed in (scenario, scenario.with_knobs(eta0=300))
    ]
    assert rows[0]["saturated"] == 0
    # the second move in one direction already meets the end of a range of 511
    assert 0 < rows[1]["saturated"] < rows[1]["learned"] * len(task.initial_weights)


def test_depletion_day_is_when_the_last_harmful_agent_falls_below_one_percent(scenario: Scenario, task: Task) -> None:
    outcome = run.simulate(scenario, task, 1)
    outcome.state.depleted_at[:] = [4321, 43_200]
    assert measures.row_of(scenario, task, 1, outcome)["depletion_day"] == 0.5
    outcome.state.depleted_at[1] = types.NONE
    assert measures.row_of(scenario, task, 1, outcome)["depletion_day"] is None


def test_depletion_day_is_none_where_nobody_does_harm(scenario: Scenario, task: Task, good: AgentGroup) -> None:
    honest = scenario.with_knobs(agents=(good,))
    assert measures.row_of(honest, task, 1, run.simulate(honest, task, 1))["depletion_day"] is None


def test_sample_longer_than_the_contract_takes_is_refused() -> None:
    with pytest.raises(TaskError, match="1025 features"):
        Samples.of(np.ones((1, 1025), dtype=np.uint8), [0])


def test_sample_without_features_is_refused() -> None:
    with pytest.raises(TaskError, match="no feature"):
        Samples.of(np.array([[1], [0]], dtype=np.uint8), [0, 1])


def test_label_beyond_the_classes_is_refused() -> None:
    with pytest.raises(TaskError, match="0 or 1"):
        Samples.of(np.array([[1]], dtype=np.uint8), [2])


def test_stop_rule_depleted_ends_the_run_at_the_look_after_the_depletion(scenario: Scenario, task: Task) -> None:
    scenario = scenario.with_values({"cost": 20, "bad.start_balance": 60, "series_interval": 60})
    settled = run.simulate(scenario, task, 1)
    stopped = run.simulate(scenario.with_knobs(stop="depleted"), task, 1)
    day = measures.row_of(scenario, task, 1, settled)["depletion_day"]
    assert day is not None
    assert stopped.ended == "depleted"
    assert 0 <= stopped.observations[-1].time - day * 86_400 <= scenario.series_interval
    assert measures.row_of(scenario, task, 1, stopped)["depletion_day"] == day
    assert [seen.time for seen in stopped.observations] == sorted({seen.time for seen in stopped.observations})


def test_measures_add_up_in_every_kind_of_run(task: Task) -> None:
    for seed in range(6):
        scenario = random_scenario(seed, len(task.initial_weights) - 1).with_knobs(gas_price=0.5)
        outcome = run.simulate(scenario, task, seed)
        row, tally = measures.row_of(scenario, task, seed, outcome), outcome.state.tally.sum(axis=0)
        unit, names = scenario.units_per_coin, [group.name for group in scenario.agents]
        profits = sum(row[f"{name}_profit"] for name in names)
        left = int(outcome.state.book.slots["claimable"][outcome.state.book.slots["index"] >= 0].sum())
        assert profits * unit == pytest.approx(-row["burned_units"] - left)
        assert sum(row[f"{name}_accepted"] for name in names) == row["accepted"]
        returned = tally[types.REFUNDED] + tally[types.REPORTED] + tally[types.COLLECTED]
        assert returned + row["burned_units"] + left == tally[types.PAID]
        assert row["honest_loss"] >= 0
        assert row["wrong_refunded_share"] is None or 0 <= row["wrong_refunded_share"] <= 1
        gas = sum(row[f"{name}_profit"] - row[f"{name}_profit_after_gas"] for name in names)
        assert gas == pytest.approx(gas_of(tally.tolist(), scenario.terms) * 0.5 / 1e6)
        assert gas > 0


def test_row_of_a_run_in_which_nobody_pays_has_no_money_in_it(task: Task) -> None:
    for seed in range(6):
        scenario = random_scenario(seed, len(task.initial_weights) - 1).with_knobs(incentive="points", stop="depleted")
        outcome = run.simulate(scenario, task, seed)
        row = measures.row_of(scenario, task, seed, outcome)
        assert row["mean_price"] == row["honest_loss"] == row["burned_units"] == row["refused_price"] == 0
        assert row["depletion_day"] is None
        assert outcome.ended in ("exhausted", "max_days")
        for group in scenario.agents:
            own = {name: row[f"{group.name}_{name}"] for name in ("refunded", "reported", "collected", "profit")}
            assert set(own.values()) == {0.0}
            assert row[f"{group.name}_profit_after_gas"] == 0
            assert row[f"{group.name}_balance"] == group.start_balance * group.count
            assert row[f"{group.name}_depletion_day"] is None
        assert row["refunds"] > 0
        assert {seen["price"] for seen in measures.series_of(scenario, seed, outcome)} == {0.0}


def test_knobs_of_money_change_nothing_where_nobody_pays(scenario: Scenario, task: Task) -> None:
    free = scenario.with_knobs(incentive="points")
    group = {"start_balance": 77, "deposit_mean": 3.0, "deposit_deviation": 9.0}
    knobs = {"price": "fixed", "cost": 9, "weight": 5, "step": 2, "leftover": "anyone", "units_per_coin": 3}
    for given, kind in ((group, AgentGroup), (knobs, Scenario)):
        assert set(given) == {name for name, knob in kind.all_knobs().items() if knob.money}
    other = free.with_knobs(**knobs, agents=tuple(replace(one, **group) for one in free.agents))
    states = [run.simulate(changed, task, 3).state for changed in (free, other)]
    for part in ("weights", "verified", "tally", "totals", "counters"):
        np.testing.assert_array_equal(getattr(states[0], part), getattr(states[1], part), err_msg=part)


def test_accuracy_area_weighs_each_accuracy_by_how_long_it_held(scenario: Scenario, task: Task) -> None:
    outcome = run.simulate(scenario, task, 1)
    seen = outcome.observations[0]
    held = [replace(seen, time=time, accuracy=accuracy) for time, accuracy in ((0, 0.5), (10, 0.8), (40, 0.1))]
    assert accuracy_area(replace(outcome, observations=held)) == pytest.approx((0.5 * 10 + 0.8 * 30) / 40)


def test_series_tells_what_the_last_contribution_cost(scenario: Scenario, task: Task) -> None:
    fixed = scenario.with_knobs(price="fixed", cost=7)
    series = measures.series_of(fixed, 1, run.simulate(fixed, task, 1))
    assert series[0]["price"] == 0
    assert {seen["price"] for seen in series[1:]} == {7.0}


def test_gas_of_each_call_is_in_the_snapshot() -> None:
    for incentive in INCENTIVES.values():
        assert set(incentive.gas.values()) <= set(gas_snapshot())
    assert any(incentive.gas for incentive in INCENTIVES.values())


def test_money_is_locked_while_contributions_are_open(scenario: Scenario, task: Task) -> None:
    outcome = run.simulate(scenario, task, 1)
    locked = [seen.locked for seen in outcome.observations]
    assert locked[0] == locked[-1] == 0
    assert max(locked) > 0
    row = measures.row_of(scenario, task, 1, outcome)
    assert 0 < row["locked_share"] < max(locked) / (scenario.units_per_coin * 800)
    assert row["profit_of_harmful"] == pytest.approx(row["bad_profit"])
    assert row["profit_of_others"] == pytest.approx(row["good_profit"])
    # the honest agent errs at times: what it lost on correct samples is told apart
    assert 0 <= row["honest_loss_share"] <= 1
    assert row["gas_per_contribution"] > 100_000


def test_measures_of_nobody_are_none(scenario: Scenario, task: Task) -> None:
    alone = scenario.with_values({"bad.count": 0})
    row = measures.row_of(alone, task, 1, run.simulate(alone, task, 1))
    assert row["profit_of_harmful"] is None
    assert row["profit_of_others"] == pytest.approx(row["good_profit"])
    free = scenario.with_knobs(incentive="points")
    row = measures.row_of(free, task, 1, run.simulate(free, task, 1))
    assert row["honest_loss_share"] is row["gas_per_contribution"] is None
