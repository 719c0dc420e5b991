"""A scan as a defence in a run: what an owner would leave out who learned everything again.

Looked at is what the pool's model was given to learn from, in order; held against are the first of the test samples,
as a pool's scans are held against its held-out ones. No agent knows of it, and no money moves by it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from earnest.core.scans.registry import SCANS
from earnest.core.scans.scan import Suspects
from earnest.simulations.engine import incentives as incentive
from earnest.simulations.engine import models
from earnest.simulations.engine.sealed_book import is_sealed
from earnest.simulations.engine.types import AGENT, AMOUNT, JOURNALLED, LEFT_OR_LABEL, TEACH, VERB, State, World
from earnest.simulations.scenario import NOTHING, Scenario
from earnest.simulations.task import Samples, Task

#: Test samples that a scan takes for trusted ones: as many as a large pool holds out.
TRUSTED = 4000


class Looked(NamedTuple):
    """What a scan said of a run's contributions.

    Attributes:
        lessons: what the model was given, in order, with the labels that it was given with.
        flagged: bool (n,), which of them.
        bad: bool (n,), which of them a harmful agent crafted, or bear another label than the true one.
        told: share of honest ones that it flags, as it says itself by trusted samples; None where it cannot.
    """

    lessons: Samples
    flagged: NDArray[np.bool_]
    bad: NDArray[np.bool_]
    told: float | None

    @property
    def kept(self) -> NDArray[np.int32]:
        """Places of those that it does not flag, in order."""
        return np.flatnonzero(~self.flagged).astype(np.int32)


def looked_at(scenario: Scenario, task: Task, world: World, state: State) -> Looked:
    """Let a scenario's scan look at a run that kept its journal; seconds for thousands of contributions.

    Args:
        scenario: names the scan, and the rate that it is told; where none is given it is told the truth.
        task: data and initial model.
        world: of the run.
        state: at its end.
    """
    journal = state.journal[: state.counters[JOURNALLED]]
    rows = journal[journal[:, VERB] == TEACH]
    chosen, labels = rows[:, AMOUNT], rows[:, LEFT_OR_LABEL]
    bad = (chosen >= world.crafted) | (world.labels[chosen] != labels)
    lessons = _samples(world, state, chosen, labels)
    if scenario.scan == NOTHING or not len(rows):
        return Looked(lessons, np.zeros(len(rows), dtype=bool), bad, None)
    initial = models.model_of(
        world.model, task.initial_weights, task.classes, models.choices(world.model, scenario, task.derived)
    )
    count = min(TRUSTED, len(task.test.labels))
    starts = task.test.starts[: count + 1]
    found = SCANS[scenario.scan].run(
        Suspects(
            initial.format.matrix(lessons.starts, lessons.features),
            labels,
            _accounts(world, rows[:, AGENT]),
            initial.format.matrix(starts, task.test.features[: starts[-1]]),
            task.test.labels[:count].astype(np.int64),
            initial,
            float(bad.mean()) if scenario.scan_rate is None else scenario.scan_rate,
        )
    )
    return Looked(lessons, found.flagged, bad, found.false_alarms)


def _accounts(world: World, agents: NDArray[np.int64]) -> NDArray[np.int64]:
    """Who made each contribution, as the owner sees it: of agents that renew their account, each its own."""
    renewed = len(world.choices.renews) + np.arange(len(agents))
    return np.where(np.asarray(world.choices.renews, dtype=bool)[agents], renewed, agents)


def _samples(world: World, state: State, chosen: NDArray[np.int64], labels: NDArray[np.int64]) -> Samples:
    """What the model was given of these samples: all of each, or as much as a sealed pool takes."""
    first, ends = world.starts[chosen], world.starts[chosen + 1]
    most = incentive.most_features(world.incentive, world.parameters) if is_sealed(state.book) else 0
    lengths = np.minimum(ends - first, most) if most > 0 else ends - first
    starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    places = np.repeat(first - starts[:-1], lengths) + np.arange(starts[-1])
    return Samples(starts, world.features[places], labels.astype(np.uint8))
