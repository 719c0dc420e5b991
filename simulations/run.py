"""One run: a scenario under one seed, from the first wake to the last claim."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from earnest.core.incentives import ledger
from earnest.core.models.registry import DEFAULT
from earnest.data.features import Features
from earnest.simulations.agents.registry import BEHAVIOURS
from earnest.simulations.agents.trigger import trigger_of, triggered
from earnest.simulations.engine import evaluation as evaluating
from earnest.simulations.engine import models
from earnest.simulations.engine.book import OPEN
from earnest.simulations.engine.fast import FastEngine, compiled_for
from earnest.simulations.engine.loop import Runner
from earnest.simulations.engine.sealed_book import is_sealed
from earnest.simulations.engine.types import LAST_PRICE, NEXT_SAMPLE, NONE, NOW, Evaluation, State
from earnest.simulations.scan import looked_at
from earnest.simulations.scenario import OFF, SECONDS_PER_DAY, Scenario
from earnest.simulations.task import Samples, Task

#: Tasks of which what is the same for all seeds is kept.
_TASKS_KEPT = 4

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
        open: contributions that can still be claimed, now or later.
        price: units paid for the last contribution; 0 before the first.
        locked: units that lie in open contributions.
    """

    time: int
    accuracy: float
    measured: bool
    balances: NDArray[np.int64]
    accepted: int
    open: int
    price: int
    locked: int = 0


class Backdoor(NamedTuple):
    """What a trigger does to the test samples.

    Attributes:
        trigger_success: of those of other classes than the target, the share that the model takes for it.
        accuracy_under_trigger: the share of all that it still judges right.
    """

    trigger_success: float
    accuracy_under_trigger: float


class Scanned(NamedTuple):
    """What a scan flags, and what the initial model comes to that learns all else again.

    Attributes:
        flagged: share of what the pool's model was given to learn from.
        caught: of what a harmful agent crafted or bears a wrong label, the share that is flagged; None without any.
        false_alarms: of all else, the share that is flagged; None without any.
        told: the same as the scan itself says by trusted samples; None where it cannot.
        accuracy: of the model.
        backdoor: what a trigger does to the test samples; None where no agent has one.
    """

    flagged: float
    caught: float | None
    false_alarms: float | None
    told: float | None
    accuracy: float
    backdoor: Backdoor | None


@dataclass(frozen=True)
class Outcome:
    """What a run came to.

    Attributes:
        observations: in order of time, the first at second 0, the last at the end.
        initial_accuracy: of the model at hand-over.
        final_accuracy: after the last claim.
        baseline_accuracy: of the same model, had every remaining sample been contributed once, in the same order and
            with its true label.
        state: at the end.
        backdoor: what a trigger does to the test samples at the end; None where no agent has one.
        scanned: what a scan flags at the end, and what is learned without it; None where there is none.
        ended: "exhausted" (data used up, nothing open), "agents" (nobody had money left), "max_days", or
            "depleted" (the scenario's stop rule).
    """

    observations: list[Observation]
    initial_accuracy: float
    final_accuracy: float
    baseline_accuracy: float
    state: State
    ended: str
    backdoor: Backdoor | None = None
    scanned: Scanned | None = None


def simulate(
    scenario: Scenario,
    task: Task,
    seed: int,
    progress: Progress | None = None,
    block: int | None = None,
    runner: Runner | None = None,
) -> Outcome:
    """Run a scenario under a seed.

    Args:
        scenario: all parameters, those that follow from data by `as_derived` among them.
        task: data and initial model; must be the scenario's.
        seed: of all random draws.
        progress: called now and then with the number of contributions accepted so far.
        block: draws that an agent holds at a time; never changes the outcome.
        runner: an engine of the same scenario, task and seed, with a journal where the scenario has a scan; by default
            a fast one.

    Raises:
        ValueError: the runner keeps no journal, and the scenario has a scan.

    Returns:
        the outcome; the same for the same scenario, task and seed, whatever the engine.
    """
    runner = runner or FastEngine(scenario, task, seed, block=block, journal=scenario.scan != OFF)
    if scenario.scan != OFF and not len(runner.state.journal):
        raise ValueError("A scan looks at what a run taught: the runner needs a journal.")
    kind, settings = runner.world.model, runner.world.settings
    evaluation = new_evaluation(task, kind)
    accuracy = initial_accuracy = _measure(kind, settings, evaluation, served(runner.state))
    observations = [_observe(runner.state, 0, accuracy, measured=True)]

    harmful = harmful_agents(scenario)
    stops_early = scenario.stop == "depleted" and bool(harmful.any())
    finished = False
    for until, measures in looks(scenario):
        finished = runner.advance(accuracy, until)
        if finished:
            break
        if measures:
            accuracy = _measure(kind, settings, evaluation, served(runner.state))
        observations.append(_observe(runner.state, until, accuracy, measured=measures))
        if progress:
            progress(observations[-1].accepted)
        if stops_early and (runner.state.depleted_at[harmful] != NONE).all():
            break

    state = runner.state
    final_accuracy = _measure(kind, settings, evaluation, served(state))
    last = int(state.counters[NOW]) if finished else observations[-1].time
    # A look later than the last event would make the series step back in time.
    observations = [seen for seen in observations if seen.time < last]
    observations.append(_observe(state, last, final_accuracy, measured=True))
    samples = len(task.stream.labels) if task.order is None else len(task.order)
    exhausted = state.counters[NEXT_SAMPLE] >= samples and state.book.marks[OPEN] == 0
    return Outcome(
        observations,
        initial_accuracy,
        final_accuracy,
        baseline_accuracy(task, kind, tuple(settings.tolist())),
        state,
        "exhausted" if exhausted else "agents" if finished else _cut_short(scenario, last),
        _backdoor(scenario, task, kind, settings, served(state)),
        None if scenario.scan == OFF else _scanned(scenario, task, runner),
    )


class Judging(Protocol):
    """What a model judges by: `engine.State`, or weights on their own."""

    @property
    def weights(self) -> NDArray[np.int32]:
        """The model's."""

    @property
    def moments(self) -> NDArray[np.int64]:
        """What it keeps beside them."""

    @property
    def scores(self) -> NDArray[np.int64]:
        """Room to work in."""


class _Model(NamedTuple):
    weights: NDArray[np.int32]
    moments: NDArray[np.int64]
    scores: NDArray[np.int64]


def _backdoor(scenario: Scenario, task: Task, kind: int, settings: NDArray[np.int64], by: Judging) -> Backdoor | None:
    trigger = trigger_of(scenario, task.stream)
    if trigger is None:
        return None
    test = triggered(task.test, trigger)
    others = Features(*test).take(np.flatnonzero(test.labels != trigger.target))
    taken = Samples(others.indptr, others.indices, np.full_like(others.labels, trigger.target))

    def share(samples: Samples) -> float:
        return _measure(kind, settings, evaluating.new_evaluation(*samples, len(task.initial_weights)), by)

    return Backdoor(share(taken), share(test))


def _scanned(scenario: Scenario, task: Task, runner: Runner) -> Scanned:
    world = runner.world
    kind, looked = world.model, looked_at(scenario, task, world, runner.state)
    again = _model(kind, task.initial_weights.copy(), task.classes)
    learn = compiled_for(kind).train_baseline
    learn(kind, *looked.lessons, looked.kept, world.settings, task.initial_weights, again)

    def share(of: NDArray[np.bool_]) -> float | None:
        return float(looked.flagged[of].mean()) if of.any() else None

    return Scanned(
        share(np.ones_like(looked.bad)) or 0.0,
        share(looked.bad),
        share(~looked.bad),
        looked.told,
        _measure(kind, world.settings, evaluating.new_evaluation(*task.test, len(again.weights)), again),
        _backdoor(scenario, task, kind, world.settings, again),
    )


def served(state: State) -> Judging:
    """The model that a pool serves: its judge, where that is sealed, else the one that learns."""
    return _Model(state.book.judge, state.book.moments, state.scores) if is_sealed(state.book) else state


def _model(kind: int, weights: NDArray[np.int32], classes: int) -> _Model:
    return _Model(weights, models.moments_of(kind, weights, classes), np.zeros(classes, np.int64))


def measure(weights: NDArray[np.int32], test: Samples, model: str = DEFAULT, classes: int = models.CLASSES) -> float:
    """Part of the test samples that a model of these weights judges right."""
    kind = models.number_of(model)
    settings = models.settings_of(kind, weights, classes, {})
    return _measure(kind, settings, evaluating.new_evaluation(*test, len(weights)), _model(kind, weights, classes))


def new_evaluation(task: Task, kind: int) -> Evaluation:
    """The test samples; as the initial model judges them, where that helps, which is found once a task."""
    if not models.adds_words(kind):
        return evaluating.new_evaluation(*task.test, len(task.initial_weights))
    first = _first_evaluation(task, kind)
    own = {name: part.copy() for name, part in first._asdict().items() if name != "features"}
    return first._replace(**own)


@lru_cache(maxsize=_TASKS_KEPT)
def _first_evaluation(task: Task, kind: int) -> Evaluation:
    model = _model(kind, task.initial_weights, task.classes)
    settings = models.settings_of(kind, task.initial_weights, task.classes, {})
    evaluation = evaluating.new_evaluation(*task.test, len(model.weights))
    _measure(kind, settings, evaluation, model)
    # side by side what will often be looked at again: samples that the model is uncertain of
    test = Features(*task.test).take(np.argsort(evaluation.margin, kind="stable"))
    evaluation = evaluating.new_evaluation(*test, len(model.weights))
    _measure(kind, settings, evaluation, model)
    return evaluation


def _measure(kind: int, settings: NDArray[np.int64], evaluation: Evaluation, by: Judging) -> float:
    correct = compiled_for(kind).correct(kind, evaluation, by.weights, by.moments, by.scores, settings)
    return correct / len(evaluation.samples)


def looks(scenario: Scenario) -> Iterator[tuple[int, bool]]:
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
        int(state.totals[ledger.COUNT]),
        int(state.book.marks[OPEN]),
        int(counters[LAST_PRICE]),
        int(state.totals[ledger.ESCROW] - state.credit.sum()),
    )


def harmful_agents(scenario: Scenario) -> NDArray[np.bool_]:
    """Which agents are out to do harm, bool (agents,)."""
    return np.array([BEHAVIOURS[group.behaviour].harms for group in scenario.agents for _ in range(group.count)])


def _cut_short(scenario: Scenario, last: int) -> str:
    return "max_days" if last == scenario.max_days * SECONDS_PER_DAY else "depleted"


@lru_cache(maxsize=_TASKS_KEPT)
def baseline_accuracy(task: Task, kind: int, settings: tuple[int, ...]) -> float:
    """Accuracy of the model, had every sample been contributed once with its true label; the same for all seeds."""
    model = _model(kind, task.initial_weights.copy(), task.classes)
    order = np.arange(len(task.stream.labels), dtype=np.int32) if task.order is None else task.order
    train = compiled_for(kind).train_baseline
    given = np.array(settings, dtype=np.int64)
    train(kind, *task.stream, order, given, task.initial_weights, model)
    return _measure(kind, given, evaluating.new_evaluation(*task.test, len(model.weights)), model)
