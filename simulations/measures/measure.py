"""What a measure of a run is, and what it is taken from."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from earnest.simulations.engine import types as engine
from earnest.simulations.run import Outcome
from earnest.simulations.scenario import SECONDS_PER_DAY, AgentGroup, Scenario

#: A value of a row; None where there is none.
Value = float | int | str | None


@dataclass(frozen=True)
class Measured:
    """A run that has ended, or the part of it that some of its agents had in it.

    Attributes:
        scenario: of the run.
        outcome: of the run.
        members: indices of the agents that are looked at.
        group: that they are; None for all agents.
    """

    scenario: Scenario
    outcome: Outcome
    members: slice = field(default_factory=lambda: slice(None))
    group: AgentGroup | None = None

    @cached_property
    def tally(self) -> list[int]:
        """What became of these agents' contributions and claims; see `engine.State.tally`."""
        counts: list[int] = self.outcome.state.tally[self.members].sum(axis=0).tolist()
        return counts

    @cached_property
    def balance_units(self) -> int:
        """What these agents have at the end, wallet and credit."""
        return int(self.outcome.observations[-1].balances[self.members].sum())

    @property
    def start_balance(self) -> int:
        """Coins that these agents started with."""
        groups = self.scenario.agents if self.group is None else (self.group,)
        return sum(group.start_balance * group.count for group in groups)

    def coins(self, units: int) -> float:
        """Units as coins."""
        return units / self.scenario.units_per_coin


@dataclass(frozen=True)
class Measure:
    """One number that is reported of a run, or of each group of agents in it.

    Attributes:
        name: its column in the rows; of a group, after the group's name and a low line.
        words: what it is called on a page, in lower case; of a group, "{}" stands for the group's name.
        of: takes it from what has ended.
        meaning: what it says, in a sentence; for whoever reads the rows.
        unit: what it is counted in; nothing for a number, a share or a day.
        low: least value that there can be.
        high: largest value that there can be.
        money: it tells of money, and so means nothing where contributions cost nothing.
        group: it is of a group of agents.
        event: it is the day of something that may never happen; None then.
        rank: its place among the measures that readers ask for first, from 1; 0 for the others.
        form: how a table writes it, as for `format`; empty for a measure that the table of one run leaves out.
        absent: what a table writes instead of None.
        record: it stands in the rows for the record, and in no report.
    """

    name: str
    words: str
    of: Callable[[Measured], Value]
    meaning: str
    unit: str = ""
    low: float = 0.0
    high: float = math.inf
    money: bool = False
    group: bool = False
    event: bool = False
    rank: int = 0
    form: str = ""
    absent: str = "none"
    record: bool = False

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the largest value that there can be."""
        return self.low, self.high

    def column(self, group: str = "") -> str:
        """Its column, of a group or of the whole run."""
        return f"{group}_{self.name}" if self.group else self.name

    def columns(self, groups: Iterable[str]) -> list[str]:
        """All its columns, where there are these groups of agents."""
        return [self.column(group) for group in groups] if self.group else [self.column()]

    def told(self, group: str = "") -> str:
        """Its name in words, of a group or of the whole run."""
        return self.words.format(group)

    def shown(self, value: Value) -> str:
        """A value as a table writes it."""
        return self.absent if value is None else format(value, self.form)


def last_depletion_day(depleted_at: NDArray[np.int64]) -> float | None:
    """Day on which the last of these agents was depleted; None if one never was, or there are none."""
    if len(depleted_at) == 0 or (depleted_at == engine.NONE).any():
        return None
    return int(depleted_at.max()) / SECONDS_PER_DAY
