"""Means, intervals, tests and regressions, on numbers whose answers are known."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from earnest.simulations.report import words
from earnest.simulations.report.names import bounds_of
from earnest.simulations.report.published import Published
from earnest.simulations.report.statistics import (
    Mean,
    contrast,
    depends_on_seed,
    effects,
    expected_range,
    log_rank,
    mean_of,
    steps,
    survivals,
)  # fmt: skip
from earnest.simulations.report.sweeps import Axis, Sweeps


def sweeps(rows: Any, *axes: Axis, measures: Sequence[str] = ("y",)) -> Sweeps:
    rows = rows.assign(sweep=0, dataset_sha256="0")
    return Sweeps(rows, pd.DataFrame(), tuple(axes), tuple(measures), (), (), (Path("x"),))


def grid(levels: Sequence[float], seeds: int, y: Any) -> Any:
    return pd.DataFrame([{"x": x, "seed": seed, "y": float(y(x, seed))} for x in levels for seed in range(seeds)])


AXIS = Axis("x", "x", (1, 2, 3))


def test_mean_has_students_interval_and_leaves_missing_values_out() -> None:
    found = mean_of([1.0, 2.0, 3.0, math.nan])
    # t(0.975, 2) = 4.3027, standard error 1 / sqrt(3)
    assert (found.mean, found.count, found.runs) == (2.0, 3, 4)
    assert found.high - found.mean == pytest.approx(4.302653 / 3**0.5, rel=1e-6)


@pytest.mark.parametrize(("values", "count"), [([], 0), ([math.nan], 0), ([5.0], 1)])
def test_mean_of_fewer_than_two_values_has_no_interval(values: list[float], count: int) -> None:
    found = mean_of(values)
    assert found.count == count
    assert math.isnan(found.low)


def test_identical_values_have_an_interval_of_no_width() -> None:
    assert mean_of([0.1 + 0.2] * 10).deviation == 0.0


def test_values_that_every_seed_shares_are_told_as_the_same_and_not_as_uncertain() -> None:
    alike = sweeps(grid([1, 2], 4, lambda _, seed: seed), Axis("x", "x", (1, 2)))
    assert "is the same at x 1 and 2 for every seed (1.5 on average)" in words.along(alike, alike.rows, AXIS, "y")
    other = grid([1, 2], 4, lambda x, seed: seed + x * 0.1 * seed)
    told = words.across(alike, Axis("x", "x", (1, 2)), "y", [alike.rows, other])
    assert "the same in 1, not certain to differ in 1 of 2 combinations" in told


def test_factor_that_leaves_every_seed_as_it_is_has_no_p() -> None:
    (found,) = effects(sweeps(grid([1, 2, 3], 4, lambda _, seed: seed), AXIS))
    assert math.isnan(found.p)
    assert math.isnan(found.holm)
    assert words.effect(found) == "nothing to explain"


def test_levels_are_compared_in_pairs_of_the_same_seed() -> None:
    rng = np.random.default_rng(1)
    luck, noise = rng.normal(0, 10, 8), rng.normal(0, 0.01, (4, 8))
    rows = grid([1, 2, 3], 8, lambda x, seed: x + luck[seed] + noise[x, seed])
    found = contrast(rows, AXIS, "y", 1, 3)
    assert found.difference == pytest.approx(2, abs=0.02)
    assert found.high - found.low < 0.1
    assert found.sign == 1
    # without common seeds the luck does not cancel out
    rows["seed"] = range(len(rows))
    apart = contrast(rows, AXIS, "y", 1, 3)
    assert apart.high - apart.low > 10
    assert apart.sign == 0


def test_difference_that_is_the_same_for_every_seed_is_exact() -> None:
    found = contrast(grid([1, 2, 3], 4, lambda x, _: x), AXIS, "y", 3, 1)
    assert (found.difference, found.low, found.high, found.exact, found.sign) == (-2, -2, -2, True, -1)


def test_steps_hold_together_by_wider_intervals() -> None:
    rng = np.random.default_rng(2)
    noise = rng.normal(0, 1, (4, 8))
    rows = grid([1, 2, 3], 8, lambda x, seed: noise[x, seed])
    step, alone = steps(rows, AXIS, "y")[0], contrast(rows, AXIS, "y", 1, 2)
    assert step.high - step.low > alone.high - alone.low


def test_intervals_of_nothing_cover_zero_in_about_95_of_100_sweeps() -> None:
    rng = np.random.default_rng(3)
    rows = [grid([1, 2], 6, lambda *_: rng.normal()) for _ in range(400)]
    wrong = sum(contrast(part, AXIS, "y", 1, 2).sign != 0 for part in rows)
    assert 8 <= wrong <= 34


def depletions(days: dict[int, list[float | None]], end: float = 100.0) -> Any:
    return pd.DataFrame(
        [
            {"x": x, "seed": seed, "depletion_day": math.nan if day is None else day, "days": end}
            for x, of in days.items()
            for seed, day in enumerate(of)
        ]
    )


def test_survival_steps_down_at_each_depletion_and_keeps_the_censored() -> None:
    (found,) = survivals(depletions({1: [10.0, 20.0, None, None]}), None)
    assert found.days.tolist() == [0, 10, 20]
    assert found.alive.tolist() == pytest.approx([1, 0.75, 0.5])
    assert (found.depleted, found.runs, found.censored.tolist()) == (2, 4, [100.0, 100.0])
    # Clopper and Pearson, 2 of 4
    assert found.share == pytest.approx((0.0676, 0.9324), abs=1e-4)
    assert ((found.low[1:] > 0) & (found.high[1:] < 1)).all()


def test_survival_without_any_depletion_stays_at_one() -> None:
    (found,) = survivals(depletions({1: [None, None]}), None)
    assert found.alive.tolist() == [1.0]
    assert found.share[0] == 0


def test_log_rank_tells_curves_apart_and_says_nothing_where_nothing_happens() -> None:
    early, late = [10.0 + day for day in range(8)], [60.0 + day for day in range(8)]
    assert log_rank(depletions({1: early, 2: late}), AXIS) < 0.001
    assert log_rank(depletions({1: early, 2: early}), AXIS) == pytest.approx(1, abs=1e-6)
    assert math.isnan(log_rank(depletions({1: [None], 2: [None]}), AXIS))


def test_regression_finds_a_straight_line_and_its_size() -> None:
    rng = np.random.default_rng(4)
    noise = rng.normal(0, 0.1, (4, 12))
    (found,) = effects(sweeps(grid([1, 2, 3], 12, lambda x, seed: 2 * x + noise[x, seed]), AXIS))
    assert found.slope == pytest.approx(1, abs=0.02)
    assert found.low <= found.slope <= found.high
    assert found.eta > 0.95
    assert found.holm < 0.001
    assert found.bent > 0.05


def test_regression_notices_what_is_no_straight_line_and_what_is_nothing() -> None:
    rng = np.random.default_rng(5)
    noise = rng.normal(0, 0.1, (2, 4, 12))
    rows = grid([1, 2, 3], 12, lambda x, seed: (x - 2) ** 2 + noise[0, x, seed])
    rows["z"] = [noise[1, x, seed] for x, seed in zip(rows["x"], rows["seed"], strict=True)]
    bent, nothing = effects(sweeps(rows, AXIS, measures=("y", "z")))
    assert bent.bent < 0.001
    assert abs(bent.slope) < 0.2
    assert bent.eta > 0.9
    assert nothing.holm > 0.05
    assert words.effect(nothing) == "not told apart from chance"
    assert "not a straight line" in words.effect(bent)


def test_measure_that_no_seed_changes_is_not_regressed() -> None:
    made = sweeps(grid([1, 2, 3], 5, lambda x, _: x), AXIS)
    assert not depends_on_seed(made, "y")
    assert effects(made) == []
    assert "the same for every seed" in words.along(made, made.rows, AXIS, "y")


def test_names_are_factors_without_a_slope() -> None:
    rng = np.random.default_rng(6)
    rows = grid([1, 2, 3], 6, lambda x, _: x + rng.normal(0, 0.1)).replace({"x": {1: "a", 2: "b", 3: "c"}})
    (found,) = effects(sweeps(rows, Axis("x", "x", ("a", "b", "c"))))
    assert math.isnan(found.slope)
    assert found.eta > 0.9


def test_expected_range_is_wider_for_fewer_runs() -> None:
    ours = Mean(0.0, -1.0, 1.0, 1.0, 10, 10)
    one, six = expected_range(ours, 1), expected_range(ours, 6)
    # t(0.975, 9) = 2.2622
    assert one[1] == pytest.approx(2.262157 * (1 / 10 + 1) ** 0.5, rel=1e-6)
    assert six[1] < one[1]


# WORDS


def test_words_claim_no_difference_that_the_seeds_explain() -> None:
    rng = np.random.default_rng(9)
    noise = rng.normal(0, 1, (4, 6))
    made = sweeps(grid([1, 2, 3], 6, lambda x, seed: noise[x, seed]), AXIS)
    told = words.along(made, made.rows, AXIS, "y")
    assert "differ by no more than the seeds explain" in told
    assert "No step from one value to the next is larger than the seeds may explain" in told


def test_words_tell_a_rise_at_every_step_only_if_every_step_is_certain() -> None:
    noise = np.random.default_rng(8).normal(0, 0.01, (4, 6))
    made = sweeps(grid([1, 2, 3], 6, lambda x, seed: x + noise[x, seed]), AXIS)
    assert "It rises at every step of x." in words.along(made, made.rows, AXIS, "y")
    flat = sweeps(grid([1, 2, 3], 6, lambda x, seed: min(x, 2) + noise[x, seed]), AXIS)
    told = words.along(flat, flat.rows, AXIS, "y")
    assert "It rises from 1 to 2; 1 of 2 steps is uncertain." in told


def test_words_make_no_claim_from_one_seed() -> None:
    made = sweeps(grid([1, 2, 3], 1, lambda x, _: x), AXIS)
    assert "nothing here is more than an example" in words.scope(made)
    rows = made.rows
    assert "the same for every seed" not in words.along(made, rows, AXIS, "y")


@pytest.mark.parametrize(("p", "text"), [(0.0, "p < 0.0001"), (0.012345, "p = 0.012"), (math.nan, "-")])
def test_p_value_is_never_zero(p: float, text: str) -> None:
    assert words.p_value(p) == text


# BOUNDS


@pytest.mark.parametrize(
    ("measure", "values", "low", "high"),
    [
        ("saturated", [0, 0, 9], 0.0, None),
        ("bad_balance", [1.0, 0.0, 500.0], 0.0, None),
        ("depletion_day", [1.0, 90.0], 0.0, None),
        ("wrong_refunded_share", [1.0, 0.5, 1.0], None, 1.0),
        ("final_accuracy", [0.0, 1.0], 0.0, 1.0),
    ],
)
def test_interval_ends_where_the_values_do(
    measure: str, values: list[float], low: float | None, high: float | None
) -> None:
    free, found = mean_of(values), mean_of(values, bounds_of(measure))
    assert free.low < 0 or free.high > 1
    assert found.low == (free.low if low is None else low)
    assert found.high == (free.high if high is None else high)
    assert (found.mean, found.deviation) == (free.mean, free.deviation)


@pytest.mark.parametrize("measure", ["bad_profit", "good_profit_after_gas", "accuracy_gap"])
def test_interval_of_what_may_be_lost_goes_below_zero(measure: str) -> None:
    assert mean_of([0.01, 0.0, -0.1], bounds_of(measure)).low < -0.1


def test_expected_range_ends_at_the_bounds() -> None:
    assert expected_range(Mean(0.5, 0.0, 1.0, 0.9, 3, 3), 1, bounds_of("final_accuracy")) == (0.0, 1.0)


# THE TWO TESTS OF DEPLETION, AND THE FIGURES OF OTHERS


def test_words_say_what_each_test_of_depletion_looks_at() -> None:
    rows = depletions({1: [10.0, 30.0, 50.0, 20.0, 40.0, 30.0], 2: [20.0, 20.0, None, None, None, None]})
    _, when, whole = words.depletion(rows, Axis("x", "x", (1, 2)))
    assert when.startswith("Of the depleted runs alone, the mean day of depletion is 30 at x 1 and 20 at 2 (")
    assert "interval of the difference for the 2 seeds depleted at both -" in when
    assert "the seeds alone may explain it" in when
    assert whole.startswith("Over the whole course, with runs that were not depleted counted until they ended")
    assert "depletion differs between the values of x" in whole


def test_figures_of_others_that_are_not_tested_are_counted_with_their_reason() -> None:
    def theirs(values: list[float]) -> Published:
        ours = mean_of(values)
        return Published("published", "y", 0.5, math.nan, 1, {}, {}, ours, *expected_range(ours, 1))

    (told,) = words.published([theirs([0.4, 0.6]), theirs([0.5, 0.5]), theirs([0.5, 0.5]), theirs([0.5])])
    assert told.startswith("1 of 4 figures of others can be tested; all of these lie where")
    assert "for 2 ours are the same for every seed" in told
    assert "for 1 fewer than two runs of ours have a value" in told
    assert words.published([theirs([0.5])])[0].startswith(
        "None of 1 figures of others can be tested. Not tested: for 1"
    )
