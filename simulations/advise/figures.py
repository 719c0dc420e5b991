"""What the runs of a candidate came to: each measure with its interval over seeds, alone and under each attacker."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from earnest.core.incentives.registry import INCENTIVES
from earnest.simulations.advise import coins
from earnest.simulations.advise.candidates import Candidate
from earnest.simulations.measures import Row
from earnest.simulations.sweep.job import Finished

#: What is told, by name: the column, the words, and what its numbers are.
ACCURACY, LOSS, HONEST, PROFIT, LOCKED, DEPLETED, ACCEPTED, INITIAL = (
    "final_accuracy", "honest_loss_share", "profit_of_others", "profit_of_harmful", "locked", "depletion_day",
    "accepted", "initial_accuracy",
)  # fmt: skip
TOLD: dict[str, str] = {
    INITIAL: "accuracy at the start",
    ACCURACY: "accuracy at the end",
    LOSS: "part of honest deposits lost",
    HONEST: "profit of honest contributors, ETH",
    PROFIT: "profit of attackers, ETH",
    LOCKED: "money locked on average, ETH",
    DEPLETED: "day on which the attackers are depleted",
    ACCEPTED: "contributions accepted",
}
#: Amounts of coins in the rows.
_MONEY = (HONEST, PROFIT)
_BOUNDS = {INITIAL: (0.0, 1.0), ACCURACY: (0.0, 1.0), LOSS: (0.0, 1.0), LOCKED: (0.0, math.inf)}


@dataclass(frozen=True)
class Figure:
    """A mean over seeds.

    Attributes:
        mean: of the runs that have a value.
        low: end of its 95 % interval (Student's t); None with fewer than two values.
        high: the other end.
        lowest, highest: of the values.
        count: runs that have a value: that a depletion happened in, say.
        runs: runs in all.
    """

    mean: float
    low: float | None
    high: float | None
    lowest: float
    highest: float
    count: int
    runs: int

    @property
    def least(self) -> float:
        """The lower end, or the lowest value where that is above it: no draw was worse."""
        return self.lowest if self.low is None else max(self.low, self.lowest)

    @property
    def most(self) -> float:
        """The upper end, or the highest value where that is below it."""
        return self.highest if self.high is None else min(self.high, self.highest)

    def table(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


#: The figures of one candidate under one population, by name; of those that mean something.
Figures = Mapping[str, Figure]


def figures_of(candidate: Candidate, rows: Sequence[Row]) -> dict[str, Figure]:
    """What runs of one candidate under one population came to; measures of money only where somebody pays."""
    found = {}
    pays = INCENTIVES[candidate.incentive].moves_money
    for name in TOLD:
        if not pays and name in (LOSS, HONEST, PROFIT, LOCKED, DEPLETED):
            continue
        values = [value for row in rows if (value := _value(row, name)) is not None]
        if values:
            found[name] = _figure(values, len(rows), _BOUNDS.get(name, (-math.inf, math.inf)))
    return found


def by_place(finished: Iterable[Finished], seeds: int) -> dict[int, list[Row]]:
    """The rows of each point, by its place in the plan."""
    found: dict[int, list[Row]] = {}
    for one in sorted(finished, key=lambda one: one.number):
        found.setdefault(one.number // seeds, []).append(one.row)
    return found


def _value(row: Row, name: str) -> float | None:
    if name == LOCKED:
        share = row["locked_share"]
        whole = sum(row[f"{group}_start_balance"] * row[f"{group}_count"] for group in ("good", "bad"))
        return None if share is None else coins.ether(share * whole)
    value = row[name]
    return None if value is None else coins.ether(value) if name in _MONEY else float(value)


def _figure(values: Sequence[float], runs: int, bounds: tuple[float, float]) -> Figure:
    # takes longer to import than a run
    from earnest.simulations.report.statistics import mean_of

    mean = mean_of(values, bounds)
    low, high = (None if math.isnan(end) else end for end in (mean.low, mean.high))
    return Figure(mean.mean, low, high, min(values), max(values), len(values), runs)
