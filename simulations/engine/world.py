"""What an engine starts from: a scenario and its data as arrays."""

import numpy as np
from numpy.typing import NDArray

from earnest.core.incentives import ledger
from earnest.simulations.agents.poison import with_poison
from earnest.simulations.agents.streams import choices_of
from earnest.simulations.agents.trigger import trigger_of, with_triggered
from earnest.simulations.engine import book, models, wakes
from earnest.simulations.engine.incentives import number_of
from earnest.simulations.engine.sealed_book import SealedBook
from earnest.simulations.engine.types import (
    LAST_AUTHOR,
    LAST_LABEL,
    LAST_SAMPLE,
    NONE,
    PREY_LABEL,
    PREY_SAMPLE,
    QUEUED,
    SEES_POISON,
    SEES_TRIGGER,
    TALLY,
    Book,
    State,
    World,
)  # fmt: skip
from earnest.simulations.scenario import Scenario
from earnest.simulations.task import Task

#: An agent is depleted once its balance is below this part of its start.
DEPLETED_PERCENT = 1


def world_of(scenario: Scenario, task: Task) -> World:
    """What a run of this scenario on these data never changes."""
    order = np.arange(len(task.stream.labels), dtype=np.int32) if task.order is None else task.order
    model, choices = models.number_of(scenario.model), choices_of(scenario)
    # whoever asks for none pays for none
    samples = with_poison(task, scenario.model) if (choices.asks & SEES_POISON).any() else task.stream
    first_triggered = len(samples.labels)
    if (choices.asks & SEES_TRIGGER).any() and (trigger := trigger_of(scenario, task.stream)) is not None:
        samples = with_triggered(samples, task.stream, trigger)
    return World(
        *samples,
        order,
        np.array(scenario.terms.numbers, dtype=np.int64),
        models.settings_of(model, task.initial_weights, task.classes, models.choices(model, scenario, task.derived)),
        task.initial_weights,
        # Below 1 % of the start, on integers: 100 b < s exactly when b < ceil(s / 100).
        -(-start_balances(scenario) * DEPLETED_PERCENT // 100),
        model,
        choices,
        task.classes,
        number_of(scenario.incentive),
        len(task.stream.labels),
        first_triggered,
    )


def start_balances(scenario: Scenario) -> NDArray[np.int64]:
    """Units that each agent starts with."""
    coins = [group.start_balance for group in scenario.agents for _ in range(group.count)]
    return np.array(coins, dtype=np.int64) * scenario.units_per_coin


def new_state(
    world: World,
    wallets: NDArray[np.int64],
    first_waits: NDArray[np.int64],
    *,
    journal: bool = False,
    kept: Book | SealedBook | None = None,
) -> State:
    """The state at second 0: the pool is created, nobody has contributed.

    Args:
        world: of the run.
        wallets: int64 (agents,), start balances in units.
        first_waits: int64 (agents,), second of each agent's first wake.
        journal: whether to keep all accepted calls, and what taught.
        kept: the empty book; of the published life unless another is given.
    """
    members = len(wallets)
    counters = np.zeros(11, np.int64)
    counters[[LAST_SAMPLE, LAST_LABEL, LAST_AUTHOR, PREY_SAMPLE, PREY_LABEL]] = NONE
    heap = np.zeros(members, np.int64)
    for agent in range(members):
        counters[QUEUED] = wakes.push(heap, int(counters[QUEUED]), int(first_waits[agent]) * members + agent)
    return State(
        weights=world.initial_weights.copy(),
        moments=models.moments_of(world.model, world.initial_weights, world.classes),
        scores=np.zeros(world.classes, np.int64),
        wallet=wallets.copy(),
        credit=np.zeros(members, np.int64),
        verified=np.zeros(members, np.int64),
        depleted_at=np.full(members, NONE, np.int64),
        totals=np.zeros(ledger.TOTALS, np.int64),
        heap=heap,
        tally=np.zeros((members, TALLY), np.int64),
        journal=np.zeros((1024 if journal else 0, 6), np.int64),
        counters=counters,
        book=book.new_book(members) if kept is None else kept,
    )
