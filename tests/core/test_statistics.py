"""Means and survival over seeds, on numbers whose answers are known, and against libraries that know more."""

import numpy as np
import pytest
from scipy import stats

from earnest.core.statistics import kaplan_meier, mean_of, quantile


@pytest.mark.parametrize("freedom", [1, 2, 9, 99.5])
def test_quantile_is_students(freedom: float) -> None:
    assert quantile(freedom) == pytest.approx(float(stats.t.ppf(0.975, freedom)), rel=1e-12)


def test_interval_of_a_mean_ends_where_values_do() -> None:
    found = mean_of([0.99, 1.0, 0.98], (0.0, 1.0))
    assert found.high == 1.0
    assert found.low < found.mean == pytest.approx(0.99)


@pytest.mark.filterwarnings("ignore:The confidence interval is undefined")
@pytest.mark.parametrize("seed", range(5))
def test_survival_is_what_scipy_says(seed: int) -> None:
    random = np.random.default_rng(seed)
    time, event = random.integers(1, 20, 40).astype(float), random.random(40) < 0.6
    found = kaplan_meier(time, event)
    known = stats.ecdf(stats.CensoredData.right_censored(time, ~event)).sf
    ends = known.confidence_interval(0.95, method="log-log")
    assert found.times[0] == 0
    assert found.alive[0] == 1
    for place, day in enumerate(found.times[1:], start=1):
        at = int(np.searchsorted(known.quantiles, day))
        assert found.alive[place] == pytest.approx(known.probabilities[at], abs=1e-12)
        if 0 < found.alive[place] < 1:
            assert found.low[place] == pytest.approx(ends.low.probabilities[at], abs=1e-9)
            assert found.high[place] == pytest.approx(ends.high.probabilities[at], abs=1e-9)


def test_survival_without_an_event_stays_at_all_and_where_all_ended_has_no_interval() -> None:
    nobody = kaplan_meier(np.array([5.0, 5.0]), np.array([False, False]))
    assert (nobody.times.tolist(), nobody.alive.tolist()) == ([0.0], [1.0])
    everybody = kaplan_meier(np.array([1.0, 2.0]), np.array([True, True]))
    assert everybody.alive.tolist() == [1.0, 0.5, 0.0]
    assert np.isnan(everybody.low[-1])
