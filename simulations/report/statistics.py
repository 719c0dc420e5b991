"""Means, intervals, tests and regressions over seeds.

What varies between runs of one point is the seed alone: the agents' draws, not the data. So an interval here is about
the draws on these data in this order, and about nothing else. Runs of one seed share their draws; so levels are
compared in pairs of the same seed, and regressions have an intercept a seed.
"""

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from statsmodels.api import OLS
from statsmodels.duration.survfunc import survdiff
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from earnest.core.statistics import CONFIDENCE, UNBOUNDED, Bounds, Mean, kaplan_meier, mean_of, quantile
from earnest.simulations.report.idle import Rows
from earnest.simulations.report.sweeps import Axis, Sweeps, meaning

__all__ = [
    "CONFIDENCE", "UNBOUNDED", "Bounds", "Contrast", "Effect", "Mean", "Survival", "contrast", "depends_on_seed",
    "effects", "expected_range", "log_rank", "mean_of", "steps", "survivals",
]  # fmt: skip


@dataclass(frozen=True)
class Contrast:
    """A difference between two levels.

    Attributes:
        before, after: levels.
        difference: mean of the second less mean of the first.
        low, high: interval; NaN where there is none.
        seeds: pairs it rests on, or the smaller number of runs if the seeds differ.
        exact: the difference is the same for every seed.
    """

    before: Any
    after: Any
    difference: float
    low: float
    high: float
    seeds: int
    exact: bool

    @property
    def same(self) -> bool:
        """Whether there is no difference under any seed."""
        return self.exact and self.difference == 0

    @property
    def sign(self) -> int:
        """1 or -1 if the interval leaves out 0, else 0."""
        if self.exact or not math.isnan(self.low):
            return int(self.low > 0) - int(self.high < 0)
        return 0


@dataclass(frozen=True)
class Survival:
    """Kaplan and Meier's estimate for one level.

    Attributes:
        level: of the axis.
        days: at which a run was depleted, from 0.
        alive: share of runs not depleted yet, from that day on.
        low, high: 95 % interval of that share.
        depleted: runs that were.
        runs: runs in all.
        censored: days at which runs ended without a depletion.
        share: 95 % interval of the share of runs that are ever depleted (Clopper and Pearson).
    """

    level: Any
    days: NDArray[np.float64]
    alive: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    depleted: int
    runs: int
    censored: NDArray[np.float64]
    share: tuple[float, float]


@dataclass(frozen=True)
class Effect:
    """What a factor does to a measure, by ordinary least squares with an intercept a seed.

    Attributes:
        measure, knob: what on what.
        slope: standard deviations of the measure for one of the factor; NaN for a factor of names.
        low, high: its 95 % interval (HC3).
        partial: partial R^2 of the straight line; NaN for a factor of names.
        eta: partial eta^2 of the factor's levels as categories: the share of variance, after the other factors and
            the seeds, that goes with the level.
        p: that the levels do not matter, by F on the categories.
        holm: the same, corrected for all tests of the report (Holm).
        bent: p that a straight line says as much as the categories do; NaN where it cannot be told.
        count: runs it rests on.
    """

    measure: str
    knob: str
    slope: float
    low: float
    high: float
    partial: float
    eta: float
    p: float
    holm: float
    bent: float
    count: int


def contrast(rows: Rows, axis: Axis, measure: str, before: Any, after: Any, comparisons: int = 1) -> Contrast:
    """Compare two levels, in pairs of the same seed where there are two or more.

    Args:
        rows: of one slice.
        axis: whose levels.
        measure: a column.
        before: a level.
        after: another level.
        comparisons: made together; the interval is widened so that all of them hold at once (Bonferroni).
    """
    # of a hundred columns two, since every step of every slice is compared
    told = rows[[axis.column, "seed", measure]]
    first, second = (told[told[axis.column] == level].set_index("seed")[measure].dropna() for level in (before, after))
    common = first.index.intersection(second.index)
    part = 1 - (1 - CONFIDENCE) / comparisons / 2
    if len(common) >= 2 and first.index.is_unique and second.index.is_unique:
        pairs = (second[common] - first[common]).to_numpy(dtype=np.float64)
        mean, exact = float(pairs.mean()), bool(np.ptp(pairs) == 0)
        half = 0.0 if exact else float(stats.t.ppf(part, len(pairs) - 1)) * pairs.std(ddof=1) / len(pairs) ** 0.5
        return Contrast(before, after, mean, mean - half, mean + half, len(pairs), exact)
    difference = float(second.mean() - first.mean()) if len(first) and len(second) else math.nan
    if min(len(first), len(second)) < 2:
        return Contrast(before, after, difference, math.nan, math.nan, min(len(first), len(second)), False)
    parts = [float(part.var(ddof=1)) / len(part) for part in (first, second)]
    error = math.sqrt(sum(parts))
    if error == 0:
        return Contrast(before, after, difference, difference, difference, min(len(first), len(second)), True)
    freedom = sum(parts) ** 2 / sum(part**2 / (len(of) - 1) for part, of in zip(parts, (first, second), strict=True))
    half = float(stats.t.ppf(part, freedom)) * error
    return Contrast(
        before, after, difference, difference - half, difference + half, min(len(first), len(second)), False
    )


def steps(rows: Rows, axis: Axis, measure: str) -> list[Contrast]:
    """Every level against the next; the intervals hold together."""
    levels = [level for level in axis.levels if (rows[axis.column] == level).any()]
    pairs = list(itertools.pairwise(levels))
    return [contrast(rows, axis, measure, before, after, len(pairs)) for before, after in pairs]


def survivals(rows: Rows, axis: Axis | None, measure: str = "depletion_day") -> list[Survival]:
    """Kaplan and Meier's estimates by level; a run that ends without a depletion is censored at its end.

    Runs in which nobody pays are left out.
    """
    told = meaning(rows, measure)
    every = "all runs" if len(told) == len(rows) else "runs in which agents pay"
    parts = [(level, told[told[axis.column] == level]) for level in axis.levels] if axis else [(every, told)]
    return [_survival(level, part, measure) for level, part in parts if len(part)]


def log_rank(rows: Rows, axis: Axis, measure: str = "depletion_day") -> float:
    """P that depletion comes alike at all levels; NaN where nothing was depleted, or where only one level pays."""
    rows = meaning(rows, measure)
    if rows[measure].notna().sum() == 0 or rows[axis.column].nunique() < 2:
        return math.nan
    time = rows[measure].fillna(rows["days"]).to_numpy(dtype=np.float64)
    levels = rows[axis.column].astype("category").cat.codes.to_numpy()
    try:
        return float(survdiff(time, rows[measure].notna().to_numpy(dtype=np.int64), levels)[1])
    except np.linalg.LinAlgError:
        return math.nan


def effects(sweeps: Sweeps) -> list[Effect]:
    """Regress every measure on all axes; measures that are the same for every seed are left out."""
    found = []
    for measure in sweeps.measures:
        for axis in sweeps.axes if depends_on_seed(sweeps, measure) else ():
            rows = sweeps.along(axis)
            told = rows[measure].notna() & rows[axis.column].notna()  # combined sweeps need not share their knobs
            effect = _effect(sweeps, rows[told], measure, axis)
            found += [] if effect is None else [effect]
    tested = [place for place, effect in enumerate(found) if not math.isnan(effect.p)]
    if tested:
        corrected = multipletests([found[place].p for place in tested], method="holm")[1]
        for place, p in zip(tested, corrected, strict=True):
            found[place] = Effect(**(vars(found[place]) | {"holm": float(p)}))
    return found


def depends_on_seed(sweeps: Sweeps, measure: str) -> bool:
    """Whether a measure differs between runs of one point."""
    columns = [axis.column for axis in sweeps.axes]
    if not columns:
        return bool(sweeps.rows[measure].nunique(dropna=False) > 1)
    return bool((sweeps.rows.groupby(columns, dropna=False)[measure].nunique(dropna=False) > 1).any())


def expected_range(found: Mean, count: int, bounds: Bounds = UNBOUNDED) -> tuple[float, float]:
    """Where the mean of `count` further runs falls in 95 of 100 sweeps, if they are runs like ours, within bounds."""
    if found.count < 2:
        return math.nan, math.nan
    half = quantile(found.count - 1) * found.deviation * math.sqrt(1 / found.count + 1 / count)
    return max(found.mean - half, bounds[0]), min(found.mean + half, bounds[1])


def _survival(level: Any, rows: Rows, measure: str) -> Survival:
    event = rows[measure].notna().to_numpy()
    time = rows[measure].fillna(rows["days"]).to_numpy(dtype=np.float64)
    depleted, runs = int(event.sum()), len(event)
    low, high = proportion_confint(depleted, runs, 1 - CONFIDENCE, "beta")
    share = (float(np.nan_to_num(low, nan=0.0)), float(np.nan_to_num(high, nan=1.0)))
    if depleted == 0:
        flat = np.ones(1)
        return Survival(level, np.zeros(1), flat, flat, flat, 0, runs, np.sort(time), share)
    estimate = kaplan_meier(time, event)
    return Survival(
        level, estimate.times, estimate.alive, estimate.low, estimate.high, depleted, runs, np.sort(time[~event]), share
    )


def _effect(sweeps: Sweeps, rows: Rows, measure: str, axis: Axis) -> Effect | None:
    """One factor of one measure's regression; None where there are too few runs."""
    if rows[axis.column].nunique() < 2:
        return None
    y = rows[measure].to_numpy(dtype=np.float64)
    base = [np.ones((len(y), 1)), _dummies(rows["seed"])]
    base += [_dummies(rows[other.column]) for other in sweeps.axes if other is not axis]
    without, levels = np.hstack(base), _dummies(rows[axis.column])
    full = np.hstack([without, levels])
    freedom = len(y) - np.linalg.matrix_rank(full)
    added = np.linalg.matrix_rank(full) - np.linalg.matrix_rank(without)
    if freedom < 3 or added == 0:
        return None
    reduced, complete = (_residual(y, design) for design in (without, full))
    eta = (reduced - complete) / reduced if reduced > 0 else math.nan
    # where the seeds leave nothing, there is nothing to test either
    p = 0.0 if reduced > 0 else math.nan
    if complete > 0:
        p = float(stats.f.sf((reduced - complete) / added / (complete / freedom), added, freedom))
    slope = low = high = partial = bent = math.nan
    x = rows[axis.column].to_numpy(dtype=np.float64) if axis.numeric else np.zeros(len(y))
    line = np.hstack([without, ((x - x.mean()) / x.std(ddof=1))[:, None]]) if axis.numeric else without
    # sweeps that were combined may leave factors that cannot be told apart: then there is no slope of one of them
    if axis.numeric and np.ptp(y) > 0 and np.linalg.matrix_rank(line) == line.shape[1]:
        fitted = OLS((y - y.mean()) / y.std(ddof=1), line).fit(cov_type="HC3", use_t=True)
        slope = float(fitted.params[-1])
        low, high = (float(bound) for bound in fitted.conf_int(1 - CONFIDENCE)[-1])
        straight = _residual(y, line)
        partial = (reduced - straight) / reduced if reduced > 0 else math.nan
        if added > 1 and complete > 0:
            ratio = (straight - complete) / (added - 1) / (complete / freedom)
            bent = float(stats.f.sf(ratio, added - 1, freedom))
    return Effect(measure, axis.knob, slope, low, high, partial, eta, p, math.nan, bent, len(y))


def _dummies(values: Any) -> NDArray[np.float64]:
    codes = values.astype("category").cat.codes.to_numpy().astype(np.int64)
    codes -= codes.min()
    columns: NDArray[np.float64] = (codes[:, None] == np.arange(1, codes.max() + 1)).astype(np.float64)
    return columns


def _residual(y: NDArray[np.float64], design: NDArray[np.float64]) -> float:
    """Sum of squares that is left; what rounding leaves of an exact fit counts as none."""
    left = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    total = float(left @ left)
    return total if total > 1e-18 * max(1.0, float(y @ y)) else 0.0
