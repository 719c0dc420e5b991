"""What each incentive is worth under each attack: the tables of a sweep over kinds and shares of harmful agents."""

from collections.abc import Callable
from typing import Any

from earnest.simulations.report import words
from earnest.simulations.report.idle import Rows
from earnest.simulations.report.names import bounds_of, name_of
from earnest.simulations.report.statistics import Mean, mean_of
from earnest.simulations.report.sweeps import Axis, Sweeps, meaning
from earnest.simulations.report.table import Table, plain

#: The column of the share, and what columns of kinds of agents end in.
SHARE, KIND = "harmful_share", "_behaviour"
#: What is told at each share, in order.
TOLD = (
    "final_accuracy", "depletion_day", "profit_of_harmful", "profit_of_others", "honest_loss_share", "locked_share",
    "abstained", "refused_price", "wrong_refunded_share", "gas_per_contribution",
)  # fmt: skip
#: Of which the worst share is told, and which end of them is worse.
WORST: dict[str, Callable[[list[tuple[float, Any]]], tuple[float, Any]]] = {
    "final_accuracy": min, "profit_of_harmful": max, "honest_loss_share": max, "wrong_refunded_share": max,
}  # fmt: skip


def attacks(sweeps: Sweeps) -> list[Table]:
    """Two tables where the share and the kind of harmful agents were swept, none otherwise."""
    share = next((axis for axis in sweeps.axes if axis.column == SHARE), None)
    kind = next((axis for axis in sweeps.axes if axis.column.endswith(KIND)), None)
    if share is None or kind is None:
        return []
    # rules first, then the kind, so that kinds stand below each other
    rules = [axis for axis in sweeps.axes if axis not in (share, kind)]
    return [_worst(sweeps, [*rules, kind], share), _by_share(sweeps, [*rules, kind], share)]


def _worst(sweeps: Sweeps, axes: list[Axis], share: Axis) -> Table:
    shown: list[list[str]] = []
    raw: list[list[Any]] = []
    for values, rows in _cells(sweeps, axes):
        cells = []
        for measure, worse in WORST.items():
            found = {level: mean for level in share.levels if (mean := _mean(rows, measure, level)) is not None}
            if not found:
                cells.append("-")
                continue
            _, level = worse([(mean.mean, level) for level, mean in found.items()])
            cells.append(f"{_told(found[level])} at {level:.0%}")
            raw.append([*values, measure, level, *vars(found[level]).values()])
        shown.append([*(words.level(value) for value in values), *cells])
    head = [*(axis.label for axis in axes), "lowest accuracy", "highest profit of the harmful"]
    head += ["most honest deposits lost", "most wrong ones refunded"]
    note = (
        "Each number at that share of harmful agents at which it is worst: mean over seeds, and its 95 % interval, "
        "which is about the agents' draws on these data. A dash: nobody pays, or none was accepted."
    )
    raw_head = [*(axis.knob for axis in axes), "measure", "share", "mean", "low", "high", "deviation", "count", "runs"]
    return Table("attacks", "Every attack at its worst", note, head, shown, raw_head, raw)


def _by_share(sweeps: Sweeps, axes: list[Axis], share: Axis) -> Table:
    shown: list[list[str]] = []
    raw: list[list[Any]] = []
    for values, rows in _cells(sweeps, axes):
        for measure in TOLD:
            found = [_mean(rows, measure, level) for level in share.levels]
            if not any(found):
                continue
            cells = ["-" if mean is None else _told(mean) for mean in found]
            shown.append([*(words.level(value) for value in values), name_of(measure), *cells])
            raw += [
                [*values, measure, level, *vars(mean).values()]
                for level, mean in zip(share.levels, found, strict=True)
                if mean is not None
            ]
    head = [*(axis.label for axis in axes), "measure", *(f"{level:.0%} harmful" for level in share.levels)]
    note = (
        "Mean over seeds, and its 95 % interval. A day of depletion is the mean of the runs that were depleted, whose "
        "number stands behind it where it is not all."
    )
    raw_head = [*(axis.knob for axis in axes), "measure", "share", "mean", "low", "high", "deviation", "count", "runs"]
    return Table("attacks-by-share", "Every attack at every share", note, head, shown, raw_head, raw)


def _cells(sweeps: Sweeps, axes: list[Axis]) -> list[tuple[list[Any], Rows]]:
    by = [axis.column for axis in axes]
    # rows have a hundred columns, and a cell is taken apart for each measure and share
    told = [column for column in dict.fromkeys([*by, SHARE, "incentive", *TOLD]) if column in sweeps.rows]
    return [([plain(value) for value in key], rows) for key, rows in sweeps.rows[told].groupby(by, dropna=False)]


def _mean(rows: Rows, measure: str, level: float) -> Mean | None:
    """None where there is nothing to tell."""
    if measure not in rows:
        return None
    told = meaning(rows[rows[SHARE] == level], measure)[measure]
    if not told.notna().any():
        return None
    return mean_of(told.astype(float), bounds_of(measure))


def _told(mean: Mean) -> str:
    number = words.number(mean.mean)
    if mean.low < mean.high:
        number += f" ({words.number(mean.low)} to {words.number(mean.high)})"
    return number if mean.count == mean.runs else f"{number}, {mean.count} of {mean.runs}"
