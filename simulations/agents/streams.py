"""What agents decide, and the random numbers that they decide with.

An agent's choices are plain functions, compiled into the engine. Whatever is random in them is drawn ahead, in blocks,
from streams that belong to one agent alone, so that neither the size of a block nor another agent changes a draw.
"""

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng
from numpy.typing import NDArray

from earnest.core.compilable import compilable
from earnest.simulations.agents.behaviour import ASKS
from earnest.simulations.agents.registry import BEHAVIOURS
from earnest.simulations.engine.types import Choices, Draws
from earnest.simulations.scenario import AgentGroup, Scenario

#: Draws held for all agents together; bounds the memory, not the results.
DRAWS_HELD = 1 << 16


@compilable
def offer(drawn_deposit: int, balance: int) -> int:
    """The most that the agent pays, in units."""
    return min(drawn_deposit, balance)


@compilable
def waits_for_next_second(now: int, last_accepted: int) -> bool:
    """An agent does not offer in the second of the last accepted contribution.

    The published simulator refused a gap of 0 s; the contract counts it as 1 s, at the highest price.
    """
    return now == last_accepted


class _Positive:
    """Normal draws truncated to integers, redrawn until positive; the same sequence however it is asked for."""

    def __init__(self, stream: Generator, mean: float, deviation: float) -> None:
        self._stream, self._mean, self._deviation = stream, mean, deviation

    def take(self, count: int) -> NDArray[np.int64]:
        kept = np.empty(count, dtype=np.int64)
        filled = 0
        while filled < count:
            # exactly as many as are missing, so that nothing drawn is ever thrown away
            drawn = np.trunc(self._stream.normal(self._mean, self._deviation, count - filled)).astype(np.int64)
            drawn = drawn[drawn > 0]
            kept[filled : filled + len(drawn)] = drawn
            filled += len(drawn)
        return kept


class AgentStreams:
    """The random streams of a run's agents: one seed sequence, one child an agent, one grandchild a purpose.

    Args:
        scenario: whose agents.
        seed: of the run.
        block: draws an agent holds; by default what `DRAWS_HELD` allows.
    """

    def __init__(self, scenario: Scenario, seed: int, block: int | None = None) -> None:
        members = [group for group in scenario.agents for _ in range(group.count)]
        self._unit = scenario.units_per_coin
        self._streams = [
            self._of(group, child) for group, child in zip(members, SeedSequence(seed).spawn(len(members)), strict=True)
        ]
        width = block or min(4096, max(16, DRAWS_HELD // len(members)))
        shape = (len(members), width)
        self.first_waits = np.array([int(waits.take(1)[0]) for waits, *_ in self._streams], dtype=np.int64)
        self.draws = Draws(
            np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape), np.zeros(shape),
            np.full(len(members), width, np.int64),
        )  # fmt: skip
        self.refill()

    @staticmethod
    def _of(group: AgentGroup, sequence: SeedSequence) -> tuple[_Positive, _Positive, Generator, Generator]:
        wait, deposit, mistake, participation = (default_rng(child) for child in sequence.spawn(4))
        return (
            _Positive(wait, group.wait_mean, group.wait_deviation),
            _Positive(deposit, group.deposit_mean, group.deposit_deviation),
            mistake,
            participation,
        )

    def refill(self) -> None:
        """Draw a new block for each agent that has used its own up."""
        draws = self.draws
        width = draws.wait.shape[1]
        for agent in np.flatnonzero(draws.used == width):
            waits, deposits, mistakes, participations = self._streams[agent]
            draws.wait[agent] = waits.take(width)
            draws.deposit[agent] = deposits.take(width) * self._unit
            draws.mistake[agent] = mistakes.random(width)
            draws.participation[agent] = participations.random(width)
            draws.used[agent] = 0


def choices_of(scenario: Scenario) -> Choices:
    """The traits of a scenario's agents, in the order of its groups."""
    groups = scenario.agents
    counts = np.array([group.count for group in groups])
    behaviours = [BEHAVIOURS[group.behaviour] for group in groups]
    knobs = [
        [float(getattr(group, knob.name)) for knob in behaviour.knobs]
        for group, behaviour in zip(groups, behaviours, strict=True)
    ]
    ends = np.cumsum([len(own) for own in knobs])
    number = np.concatenate([np.arange(count) for count in counts])
    allied = np.repeat([behaviour.allied for behaviour in behaviours], counts)
    return Choices(
        np.repeat([BEHAVIOURS.number(group.behaviour) for group in groups], counts),
        np.repeat(ends - [len(own) for own in knobs], counts),
        np.array([value for own in knobs for value in own], dtype=np.float64),
        number,
        (np.arange(len(number)) - number * allied).astype(np.int32),
        np.repeat([sum(1 << ASKS.index(one) for one in behaviour.asks) for behaviour in behaviours], counts),
        np.repeat([behaviour.steps for behaviour in behaviours], counts),
        np.repeat([behaviour.renews for behaviour in behaviours], counts),
    )
