"""Means, differences and survival over seeds, with their intervals: the same for reports and for pages.

What varies between runs of one point is the seed alone: the agents' draws, not the data. So an interval here is about
the draws on these data in this order, and about nothing else.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# scipy.stats has the same quantiles, and takes seconds to import
from scipy.special import ndtri, stdtrit

CONFIDENCE = 0.95
#: Least and largest value.
Bounds = tuple[float, float]
UNBOUNDED: Bounds = (-math.inf, math.inf)


@dataclass(frozen=True)
class Mean:
    """A mean over seeds.

    Attributes:
        mean: of the runs that have a value; NaN if none has.
        low, high: 95 % interval of the mean (Student's t), cut where the measure's values end; NaN with fewer than two
            values.
        deviation: standard deviation; NaN with fewer than two values.
        count: runs that have a value.
        runs: runs in all.
    """

    mean: float
    low: float
    high: float
    deviation: float
    count: int
    runs: int


@dataclass(frozen=True)
class KaplanMeier:
    """Kaplan and Meier's estimate.

    Attributes:
        times: at which something happened to a run, ascending, 0 in front.
        alive: share of runs that it has not happened to, from that time on.
        low, high: 95 % interval of that share (log-log); NaN where nobody is left.
    """

    times: NDArray[np.float64]
    alive: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def quantile(freedom: float, confidence: float = CONFIDENCE) -> float:
    """Student's t that this part of its values lies within, to both sides."""
    return float(stdtrit(freedom, (1 + confidence) / 2))


def mean_of(values: Any, bounds: Bounds = UNBOUNDED) -> Mean:
    """Mean and interval of a column; missing values are left out and counted.

    Args:
        values: of the runs.
        bounds: least and largest value that there can be; the interval ends there.
    """
    kept = np.asarray(values, dtype=np.float64)
    runs, kept = len(kept), kept[~np.isnan(kept)]
    if len(kept) == 0:
        return Mean(math.nan, math.nan, math.nan, math.nan, 0, runs)
    mean = float(kept.mean())
    if len(kept) == 1:
        return Mean(mean, math.nan, math.nan, math.nan, 1, runs)
    # identical values have no deviation, whatever rounding makes of it
    deviation = 0.0 if np.ptp(kept) == 0 else float(kept.std(ddof=1))
    half = quantile(len(kept) - 1) * deviation / math.sqrt(len(kept))
    return Mean(mean, max(mean - half, bounds[0]), min(mean + half, bounds[1]), deviation, len(kept), runs)


def kaplan_meier(time: NDArray[np.float64], event: NDArray[np.bool_]) -> KaplanMeier:
    """Kaplan and Meier's estimate, with Greenwood's error.

    Args:
        time: when something happened to a run, or its end was reached without.
        event: whether it happened.
    """
    times, place = np.unique(time, return_inverse=True)
    happened = np.bincount(place, weights=event, minlength=len(times))
    left = len(time) - np.concatenate(([0], np.cumsum(np.bincount(place, minlength=len(times)))[:-1]))
    times, happened, left = times[happened > 0], happened[happened > 0], left[happened > 0]
    alive = np.cumprod(1 - happened / left)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = alive * np.sqrt(np.cumsum(happened / (left * (left - happened))))
    times, alive = np.concatenate(([0.0], times)), np.concatenate(([1.0], alive))
    low, high = _log_log_interval(alive, np.concatenate(([0.0], error)))
    return KaplanMeier(times, alive, low, high)


def _log_log_interval(
    alive: NDArray[np.float64], error: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The interval that stays between 0 and 1; none (NaN) where nobody or everybody is left."""
    inner = (alive > 0) & (alive < 1)
    low, high = np.where(alive == 1, 1.0, np.nan), np.where(alive == 1, 1.0, np.nan)
    logs = np.log(alive[inner])
    spread = ndtri((1 + CONFIDENCE) / 2) * error[inner] / (alive[inner] * np.abs(logs))
    low[inner], high[inner] = alive[inner] ** np.exp(spread), alive[inner] ** np.exp(-spread)
    return low, high
