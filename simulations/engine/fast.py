"""The fast engine: agents wake, contribute and claim, on arrays, by the contracts' rules compiled from `earnest.core`.

Everything is a plain function, readable by both interpreters; `advance` at the end is the compiled one. Python decides
nothing inside: it calls `advance` up to the next second at which it wants to look, and refills draws in between.

One wake of an agent:
1. It chooses: to abstain, or a label for the next sample of the one shared stream or for a copy of the last one; and
   contributes if its offer covers the price; otherwise the sample stays for whoever wakes next. It pays the price only,
   from its credit first.
2. It queues its next wake, unless it has no money left: then it never wakes again.
3. It claims, oldest first, what the incentive lets it: it collects what is past its windows, its own it refunds,
   others' it reports; once the data are used up it only collects. `engine_open` finds what is worth trying.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from earnest.core import dispatch
from earnest.core.compilable import compilable
from earnest.core.incentives import dispatch as incentive
from earnest.core.incentives import ledger, refusals
from earnest.core.models import sparse_perceptron as learner
from earnest.simulations.agents import behaviours
from earnest.simulations.agents import streams as agents
from earnest.simulations.agents.behaviours import View
from earnest.simulations.agents.streams import Choices, Draws
from earnest.simulations.engine import book as engine_open
from earnest.simulations.engine import evaluation as engine_evaluation
from earnest.simulations.engine import models, wakes
from earnest.simulations.engine.book import Book
from earnest.simulations.engine.compiled import compiled, fingerprint
from earnest.simulations.engine.evaluation import Evaluation
from earnest.simulations.task import Numbers

#: What `advance` answers: the clock has reached `until`; an agent needs new draws; nothing can happen any more; the
#: open contributions, or the journal, need more room.
REACHED, DRAWS_NEEDED, FINISHED, ROOM_NEEDED = range(4)

NONE = engine_open.NONE

#: Positions in `State.counters`. The last four are about the last accepted contribution.
QUEUED, NEXT_SAMPLE, BURNED, NOW, JOURNALLED, LAST_SAMPLE, LAST_LABEL, LAST_AUTHOR, LAST_PRICE = range(9)

#: Columns of `State.tally`: contributions by fate, then money in units, then how often its range held a weight back;
#: "wrong" ones bear another label than the true.
(
    ACCEPTED, WRONG, LEARNED, ABSTAINED, SAME_SECOND, PRICE_ABOVE_OFFER, REFUNDS, WRONG_REFUNDS, REPORTS, COLLECTS,
    PAID, REFUNDED, REPORTED, COLLECTED, RIGHT_PAID, RIGHT_RETURNED, SATURATED,
) = range(17)  # fmt: skip

#: What a row of `State.journal` is about, and its columns.
CONTRIBUTE, REFUND, REPORT, COLLECT = range(4)
VERB, SECOND, INDEX, AGENT, AMOUNT, LEFT_OR_LABEL = range(6)


class World(NamedTuple):
    """What a run never changes.

    Attributes:
        starts: int64 (samples + 1,), where each sample's features start in `features`.
        features: uint16, the word indices of all samples, or int16, their vectors, one after the other.
        labels: uint8 (samples,), true labels.
        order: int32, the stream: which sample comes when.
        parameters: int64, the pool's numbers, see `incentives.base.Terms`.
        steps: int64 (2,), the learner's eta0 and tau.
        initial_weights: int32, the model at hand-over.
        depleted_below: int64 (agents,), the balance in units below which an agent counts as depleted.
        learner: see `models.KINDS`.
        choices: the agents' traits.
        classes: how many the samples are of.
        incentive: its number, see `incentives.dispatch`.
    """

    starts: NDArray[np.int64]
    features: Numbers
    labels: NDArray[np.uint8]
    order: NDArray[np.int32]
    parameters: NDArray[np.int64]
    steps: NDArray[np.int64]
    initial_weights: NDArray[np.int32]
    depleted_below: NDArray[np.int64]
    learner: int
    choices: Choices
    classes: int
    incentive: int


class State(NamedTuple):
    """What a run changes; all money in units, all times in seconds.

    Attributes:
        weights: int32, the model's.
        moments: int64 (classes,), see `models.moments_of`.
        scores: int64 (classes,), room to work in.
        wallet: int64 (agents,), money outside the pool.
        credit: int64 (agents,), what the pool owes.
        verified: int64 (agents,), refunded contributions.
        depleted_at: int64 (agents,), second of depletion or NONE.
        totals: int64 (4,), see `ledger`.
        heap: int64 (agents,), the queue of wakes.
        tally: int64 (agents, 17), what became of each agent's contributions and claims.
        journal: int64 (rows, 6), all accepted calls in order; of length 0 where nobody asked for it.
        counters: int64 (9,).
        book: the open contributions.
    """

    weights: NDArray[np.int32]
    moments: NDArray[np.int64]
    scores: NDArray[np.int64]
    wallet: NDArray[np.int64]
    credit: NDArray[np.int64]
    verified: NDArray[np.int64]
    depleted_at: NDArray[np.int64]
    totals: NDArray[np.int64]
    heap: NDArray[np.int64]
    tally: NDArray[np.int64]
    journal: NDArray[np.int64]
    counters: NDArray[np.int64]
    book: Book


def new_state(
    world: World, wallets: NDArray[np.int64], first_waits: NDArray[np.int64], *, journal: bool = False
) -> State:
    """The state at second 0: the pool is created, nobody has contributed.

    Args:
        world: of the run.
        wallets: int64 (agents,), start balances in units.
        first_waits: int64 (agents,), second of each agent's first wake.
        journal: whether to keep all accepted calls.
    """
    members = len(wallets)
    counters = np.zeros(9, np.int64)
    counters[[LAST_SAMPLE, LAST_LABEL, LAST_AUTHOR]] = NONE
    heap = np.zeros(members, np.int64)
    for agent in range(members):
        counters[QUEUED] = wakes.push(heap, int(counters[QUEUED]), int(first_waits[agent]) * members + agent)
    return State(
        weights=world.initial_weights.copy(),
        moments=models.moments_of(world.learner, world.initial_weights, world.classes),
        scores=np.zeros(world.classes, np.int64),
        wallet=wallets.copy(),
        credit=np.zeros(members, np.int64),
        verified=np.zeros(members, np.int64),
        depleted_at=np.full(members, NONE, np.int64),
        totals=np.zeros(4, np.int64),
        heap=heap,
        tally=np.zeros((members, 17), np.int64),
        journal=np.zeros((1024 if journal else 0, 6), np.int64),
        counters=counters,
        book=engine_open.new_book(members),
    )


def with_room(state: State) -> State:
    """The same with more room for what is open and for the journal."""
    if not engine_open.has_room(state.book):
        state = state._replace(book=engine_open.grown(state.book))
    if not _journal_has_room(state):
        state = state._replace(journal=np.concatenate([state.journal, np.zeros_like(state.journal)]))
    return state


@compilable
def _journal_has_room(state: State) -> bool:
    needed = state.counters[JOURNALLED] + state.book.marks[engine_open.OPEN] + 2
    return len(state.journal) == 0 or needed <= len(state.journal)


@compilable
def note(state: State, verb: int, now: int, index: int, agent: int, amount: int, left_or_label: int) -> None:
    """Write an accepted call into the journal, if there is one."""
    if len(state.journal) > 0:
        row = state.journal[state.counters[JOURNALLED]]
        row[VERB], row[SECOND], row[INDEX], row[AGENT], row[AMOUNT] = verb, now, index, agent, amount
        row[LEFT_OR_LABEL] = left_or_label
        state.counters[JOURNALLED] += 1


@compilable
def run_until(world: World, state: State, draws: Draws, accuracy: float, until: int) -> int:
    """Let all agents act that wake before second `until` or in it.

    Args:
        world: of the run.
        state: changed in place.
        draws: numbers drawn ahead; `used` is moved on.
        accuracy: of the model when last evaluated.
        until: second of simulated time.

    Returns:
        REACHED, DRAWS_NEEDED (refill, then call again), ROOM_NEEDED (see `with_room`) or FINISHED.
    """
    counters = state.counters
    members = len(state.wallet)
    block = draws.wait.shape[1]
    while True:
        exhausted = counters[NEXT_SAMPLE] >= len(world.order)
        if counters[QUEUED] == 0 or (exhausted and state.book.marks[engine_open.OPEN] == 0):
            return FINISHED
        now = state.heap[0] // members
        agent = state.heap[0] % members
        if now > until:
            return REACHED
        turn = draws.used[agent]
        if turn == block:
            return DRAWS_NEEDED
        if not engine_open.has_room(state.book) or not _journal_has_room(state):
            return ROOM_NEEDED
        draws.used[agent] = turn + 1
        counters[NOW] = now
        counters[QUEUED] = wakes.pop(state.heap, counters[QUEUED])

        if not exhausted:
            _maybe_contribute(world, state, draws, accuracy, now, agent, turn)
        if state.wallet[agent] + state.credit[agent] > 0:
            wake = now + draws.wait[agent, turn]
            counters[QUEUED] = wakes.push(state.heap, counters[QUEUED], wake * members + agent)
        _claim(world, state, now, agent)


@compilable
def action_of(world: World, state: Any, draws: Draws, accuracy: float, agent: int, turn: int) -> int:
    """What an agent chooses at this wake; see `behaviours`."""
    choices, counters = world.choices, state.counters
    last_author = counters[LAST_AUTHOR]
    view = View(
        int(world.labels[world.order[counters[NEXT_SAMPLE]]]),
        accuracy,
        draws.participation[agent, turn],
        draws.mistake[agent, turn],
        choices.margin[agent],
        choices.mistake_rate[agent],
        choices.patience[agent],
        state.verified[agent],
        choices.number[agent],
        counters[LAST_LABEL],
        last_author != NONE and choices.team[last_author] == choices.team[agent],
        world.classes,
    )
    return behaviours.choose(choices.kind[agent], view)


@compilable
def price_at(world: World, totals: Any, now: int) -> int:
    """What a contribution costs in this second, in units; the pool's clock starts at its creation, in second 0."""
    elapsed = ledger.elapsed_since(now, totals[ledger.LAST_ACCEPTED])
    return incentive.price_rounded_down(world.incentive, world.parameters, elapsed)


@compilable
def _maybe_contribute(
    world: World, state: State, draws: Draws, accuracy: float, now: int, agent: int, turn: int
) -> None:
    """Offer a sample, if the agent wants to, and have it accepted, if the offer covers the price."""
    totals, counters, tally = state.totals, state.counters, state.tally[agent]
    action = action_of(world, state, draws, accuracy, agent, turn)
    balance = state.wallet[agent] + state.credit[agent]
    if balance == 0 or action == behaviours.ABSTAIN:
        tally[ABSTAINED] += 1
        return
    if agents.waits_for_next_second(now, totals[ledger.LAST_ACCEPTED]):
        tally[SAME_SECOND] += 1
        return
    price = price_at(world, totals, now)
    if ledger.price_refusal(price, agents.offer(draws.deposit[agent, turn], balance)) != refusals.OK:
        tally[PRICE_ABOVE_OFFER] += 1
        return

    index = totals[ledger.COUNT]
    if action >= behaviours.COPY:
        sample, label = counters[LAST_SAMPLE], action - behaviours.COPY
    else:
        sample, label = np.int64(world.order[counters[NEXT_SAMPLE]]), action
        counters[NEXT_SAMPLE] += 1
    value = ledger.value_needed(price, state.credit[agent])
    state.wallet[agent] -= value
    ledger.settle_payment(state.credit, totals, agent, price, value)
    slot = engine_open.opened(state.book, index, sample, agent, label, now)
    _learn(world, state, tally, slot, sample, label, index)
    ledger.settle_contribution(state.book.slots["claimable"], totals, slot, price, now)
    state.book.slots[slot].deposit = price
    counters[LAST_SAMPLE], counters[LAST_LABEL], counters[LAST_AUTHOR] = sample, label, agent
    counters[LAST_PRICE] = price
    tally[ACCEPTED] += 1
    tally[PAID] += price
    if label == world.labels[sample]:
        tally[RIGHT_PAID] += price
    else:
        tally[WRONG] += 1
    note(state, CONTRIBUTE, now, index, agent, price, label)
    if state.depleted_at[agent] == NONE and state.wallet[agent] + state.credit[agent] < world.depleted_below[agent]:
        state.depleted_at[agent] = now


@compilable
def _learn(world: World, state: State, tally: Any, slot: int, sample: int, label: int, accepted: int) -> None:
    """Judge a new contribution, then learn from it where the model was wrong."""
    features = world.features[world.starts[sample] : world.starts[sample + 1]]
    marks = state.book.marks
    predicted, value = models.predict(world.learner, state.weights, state.moments, state.scores, features)
    # Judged before the update: the update that follows counts as learning since.
    engine_open.judge(world.learner, state.book.slots, marks, slot, predicted, value, len(features))
    if world.learner != models.PERCEPTRON:
        held_back = models.learn(
            world.learner, state.weights, state.moments, state.scores, world.initial_weights, world.steps, features,
            label, accepted,
        )  # fmt: skip
        if held_back >= 0:
            tally[SATURATED] += held_back
            tally[LEARNED] += 1
            # any score may have moved either way
            marks[engine_open.UP] += 1
            marks[engine_open.DOWN] += 1
    elif predicted != label:
        step = learner.step_rounded_down(world.steps[0], world.steps[1], accepted)
        tally[SATURATED] += learner.learn(state.weights, world.initial_weights, features, label, step)
        tally[LEARNED] += 1
        marks[engine_open.UP if label == 1 else engine_open.DOWN] += step


@compilable
def _claim(world: World, state: State, now: int, agent: int) -> None:
    """Claim, oldest first, what the rules give this agent now."""
    kind, p, totals, book = world.incentive, world.parameters, state.totals, state.book
    slots, marks = book.slots, book.marks
    while marks[engine_open.OLDEST] != NONE:
        slot = marks[engine_open.OLDEST]
        is_open = engine_open.is_open(slots, slot)
        if incentive.collect_refusal(kind, p, totals, now, slots[slot].time, is_open) != refusals.OK:
            break
        _collect(world, state, now, agent, slot)
    if state.counters[NEXT_SAMPLE] >= len(world.order):
        return
    while marks[engine_open.RIPENING] != NONE:
        time = slots[marks[engine_open.RIPENING]].time
        if now < incentive.refund_window(kind, p, totals, time, now)[0]:
            break
        engine_open.ripen(world, state, now >= incentive.report_window(kind, p, totals, time, now)[0])
    while marks[engine_open.REPORTING] != marks[engine_open.RIPENING]:
        time = slots[marks[engine_open.REPORTING]].time
        if now < incentive.report_window(kind, p, totals, time, now)[0]:
            break
        engine_open.ripen_reports(book)
    count = engine_open.gather(world, state, agent)
    while count > 0:
        entry = book.candidates[0]
        count = wakes.pop(book.candidates, count)
        slot = entry % engine_open.SLOTS
        # a contribution may stand in the log twice, and be closed at the second time
        if slots[slot].index == entry // engine_open.SLOTS:
            _refund_or_report(world, state, now, agent, slot)


@compilable
def _collect(world: World, state: State, now: int, agent: int, slot: int) -> None:
    slots, tally = state.book.slots, state.tally[agent]
    is_burned = incentive.burns_leftover(world.incentive, world.parameters)
    amount = ledger.settle_collect(slots["claimable"], state.credit, state.totals, slot, agent, is_burned)
    if is_burned:
        state.counters[BURNED] += amount
    else:
        tally[COLLECTED] += amount
        if slots[slot].author == agent and slots[slot].label == world.labels[slots[slot].sample]:
            tally[RIGHT_RETURNED] += amount
    tally[COLLECTS] += 1
    note(state, COLLECT, now, slots[slot].index, agent, amount, 0)
    engine_open.close(state.book, slot)


@compilable
def _refund_or_report(world: World, state: State, now: int, agent: int, slot: int) -> None:
    kind, p, totals = world.incentive, world.parameters, state.totals
    slots, tally = state.book.slots, state.tally[agent]
    time, is_open, agrees = slots[slot].time, engine_open.is_open(slots, slot), slots[slot].agrees
    is_author, right = slots[slot].author == agent, slots[slot].label == world.labels[slots[slot].sample]
    word, bit = agent // 64, np.uint64(1) << np.uint64(agent % 64)
    done = (state.book.reported[slot, word] & bit) != 0
    if incentive.refund_refusal(kind, p, totals, now, time, is_open, is_author, agrees) == refusals.OK:
        amount = ledger.settle_refund(slots["claimable"], state.credit, state.verified, totals, slot, agent)
        tally[REFUNDS] += 1
        tally[REFUNDED] += amount
        if right:
            tally[RIGHT_RETURNED] += amount
        else:
            tally[WRONG_REFUNDS] += 1
        note(state, REFUND, now, slots[slot].index, agent, amount, 0)
    elif (
        incentive.report_refusal(
            kind, p, totals, now, time, is_open, is_author, state.verified[agent], done, agrees
        ) == refusals.OK
    ):  # fmt: skip
        share = incentive.share_rounded_down(
            kind, p, slots[slot].deposit, slots[slot].claimable, state.verified[agent], totals[ledger.TOTAL_VERIFIED]
        )
        amount = ledger.settle_report(slots["claimable"], state.credit, slot, agent, share)
        state.book.reported[slot, word] |= bit
        tally[REPORTS] += 1
        tally[REPORTED] += amount
        note(state, REPORT, now, slots[slot].index, agent, amount, slots[slot].claimable)
    else:
        return
    if slots[slot].claimable == 0:
        engine_open.close(state.book, slot)


@compilable
def learn_all(
    kind: int, starts: Any, features: Any, labels: Any, order: Any, steps: Any, initial: Any, model: Any
) -> None:
    """Contribute samples in order and with true labels; changes `model`: weights, moments, and room to work in."""
    weights, moments, scores = model
    for nth in range(len(order)):
        index = order[nth]
        sample = features[starts[index] : starts[index + 1]]
        models.learn(kind, weights, moments, scores, initial, steps, sample, int(labels[index]), nth)


class Compiled(NamedTuple):
    """The compiled functions.

    Attributes:
        advance: see `run_until`.
        correct: how many test samples a model judges right.
        train_baseline: see `learn_all`.
    """

    advance: Callable[..., int]
    correct: Callable[..., int]
    train_baseline: Callable[..., None]


def _compiled(sources: int, *, allocates: bool) -> Compiled:
    """The compiled functions; see `compiled.fingerprint` about the first argument."""

    def advance(world: World, state: State, draws: Draws, accuracy: float, until: int) -> int:
        return run_until(world, state, draws, accuracy, until) if sources else FINISHED

    def correct(kind: int, evaluation: Evaluation, weights: Any, moments: Any, scores: Any) -> int:
        if kind == models.PERCEPTRON:
            return engine_evaluation.count_correct(evaluation, weights) if sources else 0
        return engine_evaluation.count_each(kind, evaluation, weights, moments, scores)

    def baseline(
        kind: int, starts: Any, features: Any, labels: Any, order: Any, steps: Any, initial: Any, model: Any
    ) -> None:
        if sources:
            learn_all(kind, starts, features, labels, order, steps, initial, model)

    return Compiled(
        compiled(advance, allocates=allocates),
        compiled(correct, allocates=allocates),
        compiled(baseline, allocates=allocates),
    )


_SOURCES = fingerprint(
    dispatch, incentive.sources(), *models.SOURCES, models, agents, behaviours, engine_evaluation, engine_open, wakes
)
#: For learners on words, and for those on vectors.
_ON_WORDS, _ON_VECTORS = _compiled(_SOURCES, allocates=False), _compiled(_SOURCES, allocates=True)
advance, correct, train_baseline = _ON_WORDS


def compiled_for(kind: int) -> Compiled:
    """The compiled functions for a kind of learner; see `models.KINDS`."""
    return _ON_VECTORS if kind in models.DENSE_KINDS else _ON_WORDS
