"""The fast engine: agents wake, contribute and claim, on arrays, by the contracts' rules compiled from `earnest.core`.

Everything is a plain function, readable by both interpreters; `compiled_for` answers the compiled ones. Python decides
nothing inside: it lets them run up to the next second at which it wants to look, and refills draws in between.

What happens at a wake says `loop`; `book` finds which claims are worth trying.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from earnest.core.compilable import compilable, inlined
from earnest.core.incentives import ledger, refusals
from earnest.simulations.agents import dispatch, streams
from earnest.simulations.agents.streams import AgentStreams
from earnest.simulations.engine import book, evaluation, loop, models, sealed, sealed_book, served, sorting, wakes
from earnest.simulations.engine import incentives as incentive
from earnest.simulations.engine.compiled import compiled, fingerprint
from earnest.simulations.engine.types import (
    ACCEPTED,
    COLLECT,
    LEARNED,
    NONE,
    REFUND,
    REPORT,
    SATURATED,
    Draws,
    Evaluation,
    State,
    World,
)  # fmt: skip
from earnest.simulations.engine.world import new_state, start_balances, world_of
from earnest.simulations.scenario import Scenario
from earnest.simulations.task import Task


@inlined
def _contribute(
    world: World, state: State, draws: Draws, accuracy: float, now: int, agent: int, turn: int, step: int
) -> int:
    """Offer a sample, if the agent wants to, and have it accepted, if the offer covers the price. Returns the fate."""
    totals, tally = state.totals, state.tally[agent]
    chosen = loop.decision_of(world, state, draws, accuracy, now, agent, turn, step)
    if chosen.fate != ACCEPTED:
        loop.held_back(tally, chosen.fate, step)
        return chosen.fate
    index, price = totals[ledger.COUNT], chosen.price
    value = ledger.value_needed(price, state.credit[agent])
    state.wallet[agent] -= value
    ledger.settle_payment(state.credit, totals, agent, price, value)
    slot = book.opened(state.book, index, chosen.sample, agent, chosen.label, now)
    _learn(world, state, tally, slot, chosen.sample, chosen.label, index)
    ledger.settle_contribution(state.book.slots["claimable"], totals, slot, price, now)
    state.book.slots[slot].deposit = price
    loop.accepted(world, state, now, index, agent, chosen.sample, chosen.label, chosen.is_new, price)
    loop.taught(state, now, index, agent, chosen.sample, chosen.label)
    return chosen.fate


@inlined
def _learn(world: World, state: State, tally: Any, slot: int, sample: int, label: int, accepted: int) -> None:
    """Judge a new contribution, then learn from it if the model wants to."""
    features = world.features[world.starts[sample] : world.starts[sample + 1]]
    marks = state.book.marks
    predicted, value = models.predict(world.model, state.weights, state.moments, state.scores, world.settings, features)
    # Judged before the update: the update that follows counts as learning since.
    book.judge(world.model, world.settings, state.book.slots, marks, slot, predicted, value, features)
    held_back = models.learn(
        world.model, state.weights, state.moments, state.scores, world.initial_weights, world.settings, features, label,
        value, accepted,
    )  # fmt: skip
    if held_back >= 0:
        tally[SATURATED] += held_back
        tally[LEARNED] += 1
        up, down = models.amount(world.model, state.weights, state.moments, world.settings, features, label, accepted)
        marks[book.UP] += up
        marks[book.DOWN] += down


@inlined
def _claim(world: World, state: State, now: int, agent: int) -> None:
    """Claim, oldest first, what the rules give this agent now."""
    kind, p, totals = world.incentive, world.parameters, state.totals
    if incentive.guard_refusal(kind, p, totals, now) != refusals.OK:
        return
    slots, marks, candidates = state.book.slots, state.book.marks, state.book.candidates
    while marks[book.OLDEST] != NONE:
        slot = marks[book.OLDEST]
        is_open = book.is_open(slots, slot)
        if incentive.collect_refusal(kind, p, totals, now, slots[slot].time, is_open) != refusals.OK:
            break
        _collect(world, state, now, agent, slot)
    if loop.is_exhausted(world, state):
        return
    while marks[book.RIPENING] != NONE:
        time = slots[marks[book.RIPENING]].time
        if now < incentive.refund_window(kind, p, totals, time, now)[0]:
            break
        book.ripen(world, state, now >= incentive.report_window(kind, p, totals, time, now)[0])
    while marks[book.REPORTING] != marks[book.RIPENING]:
        time = slots[marks[book.REPORTING]].time
        if now < incentive.report_window(kind, p, totals, time, now)[0]:
            break
        book.ripen_reports(state.book)
    for place in range(book.gather(world, state, agent)):
        entry = candidates[place]
        slot = entry % book.SLOTS
        # a contribution may stand in the log twice, and be closed at the second time
        if slots[slot].index == entry // book.SLOTS:
            _refund_or_report(world, state, now, agent, slot)


@inlined
def _collect(world: World, state: State, now: int, agent: int, slot: int) -> None:
    slots, is_burned = state.book.slots, incentive.burns_leftover(world.incentive, world.parameters)
    amount = ledger.settle_collect(slots["claimable"], state.credit, state.totals, slot, agent, is_burned)
    loop.claimed(world, state, COLLECT, now, agent, slots[slot], amount, 0, is_burned)
    if world.choices.renews[agent]:
        loop.left_behind(state, agent)
    book.close(state.book, slot)


@inlined
def _refund_or_report(world: World, state: State, now: int, agent: int, slot: int) -> None:
    slots, reported = state.book.slots, state.book.reported
    kind, p, totals = world.incentive, world.parameters, state.totals
    time, is_open, agrees = slots[slot].time, book.is_open(slots, slot), slots[slot].agrees
    is_author, done = slots[slot].author == agent, book.has_reported(reported, slot, agent)
    # an agent refunds for nobody else, even where it might
    if is_author and incentive.refund_refusal(kind, p, totals, now, time, is_open, is_author, agrees) == refusals.OK:
        verb = REFUND
        amount = ledger.settle_refund(slots["claimable"], state.credit, state.verified, totals, slot, agent)
    elif (
        incentive.report_refusal(
            kind, p, totals, now, time, is_open, is_author, state.verified[agent], done, agrees
        ) == refusals.OK
    ):  # fmt: skip
        share = incentive.share_rounded_down(
            kind, p, slots[slot].deposit, slots[slot].claimable, state.verified[agent], totals[ledger.TOTAL_VERIFIED]
        )
        verb = REPORT
        amount = ledger.settle_report(slots["claimable"], state.credit, slot, agent, share)
        book.note_report(reported, slot, agent)
    else:
        return
    loop.claimed(world, state, verb, now, agent, slots[slot], amount, slots[slot].claimable, False)
    if verb == REFUND and world.choices.renews[agent]:
        loop.left_behind(state, agent)
    if slots[slot].claimable == 0:
        book.close(state.book, slot)


#: Of a contribution under the published incentive and its like.
LIFE = loop.Life(_contribute, _claim, book.prey_of, loop.is_guarded, loop.has_money, loop.has_room)

run_until = loop.waking(LIFE)


@compilable
def learn_all(
    kind: int, starts: Any, features: Any, labels: Any, order: Any, settings: Any, initial: Any, model: Any
) -> None:
    """Contribute samples in order and with true labels; changes `model`: weights, moments, and room to work in."""
    weights, moments, scores = model
    for nth in range(len(order)):
        index = order[nth]
        sample = features[starts[index] : starts[index + 1]]
        models.judge_and_learn(kind, weights, moments, scores, initial, settings, sample, int(labels[index]), nth)


class Compiled(NamedTuple):
    """The compiled functions.

    Attributes:
        run_until: see `loop.waking`.
        correct: how many test samples a model judges right.
        train_baseline: see `learn_all`.
    """

    run_until: loop.RunUntil
    correct: Callable[..., int]
    train_baseline: Callable[..., None]


def _compiled(sources: int, *, allocates: bool) -> Compiled:
    """The compiled functions; see `compiled.fingerprint` about the first argument."""

    def correct(kind: int, known: Evaluation, weights: Any, moments: Any, scores: Any, settings: Any) -> int:
        if models.adds_words(kind):
            return evaluation.count_correct(known, weights) if sources else 0
        return evaluation.count_each(kind, known, weights, moments, scores, settings)

    def baseline(
        kind: int, starts: Any, features: Any, labels: Any, order: Any, settings: Any, initial: Any, model: Any
    ) -> None:
        if sources:
            learn_all(kind, starts, features, labels, order, settings, initial, model)

    return Compiled(
        compiled(loop.waking(LIFE, sources), allocates=allocates),
        compiled(correct, allocates=allocates),
        compiled(baseline, allocates=allocates),
    )


@cache
def _compiled_once(*, allocates: bool) -> Compiled:
    """See `compiled_for`; not before it is needed, so that guests may import this module."""
    modules = (models, streams, evaluation, book, sealed_book, served, loop, sorting, wakes)
    sources = fingerprint(*modules, *models.sources(), *dispatch.sources(), *incentive.sources())
    return _compiled(sources, allocates=allocates)


@cache
def compiled_for(kind: int) -> Compiled:
    """The compiled functions for a model of this number; see `models`."""
    return _compiled_once(allocates=models.allocates(kind))


class FastEngine(loop.Runner):
    """The compiled ledger.

    Args:
        scenario: all parameters.
        task: data and initial model.
        seed: of all random draws.
        block: draws that an agent holds at a time; never changes the outcome.
        journal: whether to keep all accepted calls, and what taught, in `state.journal`.
    """

    def __init__(
        self, scenario: Scenario, task: Task, seed: int, *, block: int | None = None, journal: bool = False
    ) -> None:
        world, streams = world_of(scenario, task), AgentStreams(scenario, seed, block)
        kept = sealed.book_of(scenario, world, task) if scenario.terms.incentive.is_sealed else None
        state = new_state(world, start_balances(scenario), streams.first_waits, journal=journal, kept=kept)
        super().__init__(world, state, streams)
        self._run_until = compiled_for(world.model).run_until if kept is None else sealed.compiled_for(world.model)

    def run_until(self, accuracy: float, until: int) -> int:
        """See `loop.waking`."""
        return self._run_until(self.world, self.state, self._streams.draws, accuracy, until)
