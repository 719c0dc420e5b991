"""One run: a scenario under one seed, from the first wake to the last claim."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulations import engine
from simulations.agents import AgentStreams, choices_of
from simulations.behaviours import BEHAVIOURS
from simulations.engine import State, World
from simulations.scenario import SECONDS_PER_DAY, Scenario
from simulations.task import Samples, Task

#: An agent is depleted once its balance is below this part of its start.
DEPLETED_PERCENT = 1

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Observation:
    """The world at one second.

    Attributes:
        time: seconds since the pool's creation.
        accuracy: when last measured.
        measured: whether it was measured at this second.
        balances: int64 (agents,), wallet + credit in units.
        accepted: contributions so far.
        open: contributions with something left to claim.
    """

    time: int
    accuracy: float
    measured: bool
    balances: NDArray[np.int64]
    accepted: int
    open: int


@dataclass(frozen=True)
class Outcome:
    """What a run came to.

    Attributes:
        observations: in order of time, the first at second 0, the last at the end.
        initial_accuracy: of the model at hand-over.
        final_accuracy: after the last claim.
        baseline_accuracy: of the same learner, had every remaining sample been contributed once, in the same order and
            with its true label.
        state: at the end.
        ended: "exhausted" (data used up, nothing open), "agents" (nobody had money left), "max_days", or
            "depleted" (the scenario's stop rule).
    """

    observations: list[Observation]
    initial_accuracy: float
    final_accuracy: float
    baseline_accuracy: float
    state: State
    ended: str


def simulate(
    scenario: Scenario, task: Task, seed: int, progress: Progress | None = None, block: int | None = None
) -> Outcome:
    """Run a scenario under a seed.

    Args:
        scenario: all parameters.
        task: data and initial model; must be the scenario's.
        seed: of all random draws.
        progress: called now and then with the number of contributions accepted so far.
        block: draws that an agent holds at a time; never changes the outcome.

    Returns:
        the outcome; the same for the same scenario, task and seed.
    """
    world = _world(scenario, task)
    streams = AgentStreams(scenario, seed, block)
    wallets = _start_balances(scenario)
    state = engine.new_state(world, wallets, streams.first_waits)
    accuracy = initial_accuracy = measure(state.weights, task.test)
    observations = [_observe(state, 0, accuracy, measured=True)]

    harmful = harmful_agents(scenario)
    stops_early = scenario.stop == "depleted" and bool(harmful.any())
    finished = False
    for until, measures in _looks(scenario):
        while (answer := engine.advance(world, state, streams.draws, accuracy, until)) == engine.DRAWS_NEEDED:
            streams.refill()
        finished = answer == engine.FINISHED
        if finished:
            break
        if measures:
            accuracy = measure(state.weights, task.test)
        observations.append(_observe(state, until, accuracy, measured=measures))
        if progress:
            progress(observations[-1].accepted)
        if stops_early and (state.depleted_at[harmful] != engine.NONE).all():
            break

    final_accuracy = measure(state.weights, task.test)
    last = int(state.counters[engine.NOW]) if finished else observations[-1].time
    # A look later than the last event would make the series step back in time.
    observations = [seen for seen in observations if seen.time < last]
    observations.append(_observe(state, last, final_accuracy, measured=True))
    exhausted = state.counters[engine.NEXT_SAMPLE] >= len(task.stream.labels) and state.counters[engine.OPEN] == 0
    return Outcome(
        observations,
        initial_accuracy,
        final_accuracy,
        _baseline(world, task),
        state,
        "exhausted" if exhausted else "agents" if finished else _cut_short(scenario, last),
    )


def measure(weights: NDArray[np.int32], test: Samples) -> float:
    """Part of the test samples that the model judges right."""
    return engine.correct(weights, *test) / len(test.labels)


def _world(scenario: Scenario, task: Task) -> World:
    return World(
        *task.stream,
        np.array(scenario.parameters, dtype=np.int64),
        np.array([scenario.eta0, scenario.tau], dtype=np.int64),
        task.initial_weights,
        # Below 1 % of the start, on integers: 100 b < s exactly when b < ceil(s / 100).
        -(-_start_balances(scenario) * DEPLETED_PERCENT // 100),
        choices_of(scenario),
    )


def _start_balances(scenario: Scenario) -> NDArray[np.int64]:
    """Units that each agent starts with."""
    coins = [group.start_balance for group in scenario.agents for _ in range(group.count)]
    return np.array(coins, dtype=np.int64) * scenario.units_per_coin


def _looks(scenario: Scenario) -> Iterator[tuple[int, bool]]:
    """Seconds at which Python looks at the state, in order, and whether the accuracy is measured there."""
    end = scenario.max_days * SECONDS_PER_DAY
    evaluation, row = scenario.first_evaluation, scenario.series_interval
    while (now := min(evaluation, row)) < end:
        yield now, now == evaluation
        if now == evaluation:
            evaluation += scenario.evaluation_interval
        if now == row:
            row += scenario.series_interval
    yield end, False


def _observe(state: State, time: int, accuracy: float, *, measured: bool) -> Observation:
    counters = state.counters
    return Observation(
        time,
        accuracy,
        measured,
        state.wallet + state.credit,
        int(counters[engine.NEXT_SAMPLE]),
        int(counters[engine.OPEN]),
    )


def harmful_agents(scenario: Scenario) -> NDArray[np.bool_]:
    """Which agents are out to do harm, bool (agents,)."""
    return np.array([BEHAVIOURS[group.behaviour].harms for group in scenario.agents for _ in range(group.count)])


def _cut_short(scenario: Scenario, last: int) -> str:
    return "max_days" if last == scenario.max_days * SECONDS_PER_DAY else "depleted"


def _baseline(world: World, task: Task) -> float:
    weights = world.initial_weights.copy()
    engine.train_baseline(weights, world.initial_weights, *task.stream, world.steps)
    return measure(weights, task.test)
