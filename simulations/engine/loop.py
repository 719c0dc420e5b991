"""What agents do when they wake, once for all engines; an engine says how a call is made and how claims are found.

One wake of an agent:
1. It chooses: to abstain, or a label for the next sample of the one shared stream or for a copy of the last one; and
   contributes if its offer covers the price; otherwise the sample stays for whoever wakes next. It pays the price only,
   from its credit first.
2. It queues its next wake, unless it has no money left: then it never wakes again.
3. It claims, oldest first, what the incentive lets it: it collects what is past its windows, its own it refunds,
   others' it reports; once the data are used up it only collects. Where the judge is sealed, see `sealed`.
   Under a guard it does so before it contributes, since nothing can be claimed in the second of a contribution; where
   somebody else's was accepted in this second already, it claims nothing.

Everything is a plain function, readable by both interpreters.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from earnest.core.compilable import compilable
from earnest.core.incentives import ledger, refusals
from earnest.simulations.agents import streams
from earnest.simulations.agents.behaviour import ABSTAIN, COPY, KEEP, View
from earnest.simulations.agents.dispatch import choose
from earnest.simulations.agents.streams import AgentStreams
from earnest.simulations.engine import book, sealed_book, wakes
from earnest.simulations.engine import incentives as incentive
from earnest.simulations.engine.types import (
    ABSTAINED,
    ACCEPTED,
    AGENT,
    AMOUNT,
    BURNED,
    COLLECTED,
    COLLECTS,
    CONTRIBUTE,
    GONE_AT,
    INDEX,
    JOURNALLED,
    KEPT_BACK,
    LAST_AUTHOR,
    LAST_LABEL,
    LAST_PRICE,
    LAST_SAMPLE,
    LEFT_OR_LABEL,
    LOST,
    NEXT_SAMPLE,
    NONE,
    NOW,
    PAID,
    PRICE_ABOVE_OFFER,
    QUEUED,
    REFUND,
    REFUNDED,
    REFUNDS,
    REPORT,
    REPORTED,
    REPORTS,
    RIGHT_PAID,
    RIGHT_RETURNED,
    SAME_SECOND,
    SECOND,
    VERB,
    WRONG,
    WRONG_REFUNDS,
    Draws,
    State,
    World,
)  # fmt: skip

#: What a loop answers: the clock has reached `until`; an agent needs new draws; nothing can happen any more; the open
#: contributions, or the journal, need more room.
REACHED, DRAWS_NEEDED, FINISHED, ROOM_NEEDED = range(4)

#: Part of its start that an agent must have lost, be it to others or to nobody, to count as having nothing left.
GONE_PERCENT = 90

RunUntil = Callable[[World, State, Draws, float, int], int]


class Life(NamedTuple):
    """What an engine does at a wake under incentives of one life.

    Attributes:
        contribute: `(world, state, draws, accuracy, now, agent, turn)`: what follows an offer, while there are data.
        claim: `(world, state, now, agent)`: whatever the incentive lets the agent claim.
        claims_first: `(world, state)`: whether that comes before the offer.
        wakes_again: `(state, agent)`: whether the agent has anything left to wake for.
        has_room: `(state)`: whether a wake can contribute, and claim all that is open.
    """

    contribute: Callable[[World, State, Draws, float, int, int, int], None]
    claim: Callable[[World, State, int, int], None]
    claims_first: Callable[[World, State], bool]
    wakes_again: Callable[[State, int], bool]
    has_room: Callable[[State], bool]


def waking(life: Life) -> RunUntil:
    """The loop of an engine.

    Args:
        life: that contributions have.

    Returns:
        `run_until(world, state, draws, accuracy, until)`, which lets all agents act that wake before second `until` or
        in it: it changes `state`, moves `draws.used` on, and answers REACHED, DRAWS_NEEDED (refill, then call again),
        ROOM_NEEDED (see `with_room`) or FINISHED. `accuracy` is the model's when last evaluated.
    """
    contribute, claim, claims_first, wakes_again, has_room = life

    def run_until(world: World, state: State, draws: Draws, accuracy: float, until: int) -> int:
        counters = state.counters
        members = len(state.wallet)
        block = draws.wait.shape[1]
        while True:
            exhausted = is_exhausted(world, state)
            if counters[QUEUED] == 0 or (exhausted and state.book.marks[book.OPEN] == 0):
                return FINISHED
            now = state.heap[0] // members
            agent = state.heap[0] % members
            if now > until:
                return REACHED
            turn = draws.used[agent]
            if turn == block:
                return DRAWS_NEEDED
            if not has_room(state):
                return ROOM_NEEDED
            draws.used[agent] = turn + 1
            counters[NOW] = now
            counters[QUEUED] = wakes.pop(state.heap, counters[QUEUED])

            first = claims_first(world, state)
            if first:
                claim(world, state, now, agent)
            if not exhausted:
                contribute(world, state, draws, accuracy, now, agent, turn)
            if wakes_again(state, agent):
                wake = now + draws.wait[agent, turn]
                counters[QUEUED] = wakes.push(state.heap, counters[QUEUED], wake * members + agent)
            if not first:
                claim(world, state, now, agent)

    return run_until


class Runner(ABC):
    """An engine: it runs the agents of a scenario under a seed.

    Args:
        world: of the run.
        state: at second 0.
        streams: the agents' draws.

    Attributes:
        world: of the run.
        state: as it is now.
    """

    def __init__(self, world: World, state: State, streams: AgentStreams) -> None:
        self.world, self.state, self._streams = world, state, streams

    @abstractmethod
    def run_until(self, accuracy: float, until: int) -> int:
        """See `waking`."""

    def advance(self, accuracy: float, until: int) -> bool:
        """Let all agents act that wake up to `until`; whether nothing can happen any more."""
        while True:
            answer = self.run_until(accuracy, until)
            if answer == DRAWS_NEEDED:
                self._streams.refill()
            elif answer == ROOM_NEEDED:
                self.state = with_room(self.state)
            else:
                return answer == FINISHED


@compilable
def is_guarded(world: World, state: State) -> bool:
    """Whether the incentive lets nobody claim in a second in which something was accepted."""
    accepted = state.totals[ledger.LAST_ACCEPTED]
    code = incentive.guard_refusal(world.incentive, world.parameters, state.totals, accepted)
    return bool(code != refusals.OK)


@compilable
def has_money(state: State, agent: int) -> bool:
    """Whether an agent has anything in its wallet or in the pool."""
    return bool(state.wallet[agent] + state.credit[agent] > 0)


@compilable
def is_exhausted(world: World, state: State) -> bool:
    """Whether the data are used up."""
    return bool(state.counters[NEXT_SAMPLE] >= len(world.order))


# ROOM


def with_room(state: State) -> State:
    """The same with more room for what is open and for the journal."""
    kept = sealed_book if sealed_book.is_sealed(state.book) else book
    if not kept.has_room(state.book):
        state = state._replace(book=kept.grown(state.book))
    if not journal_has_room(state):
        state = state._replace(journal=np.concatenate([state.journal, np.zeros_like(state.journal)]))
    return state


@compilable
def has_room(state: State) -> bool:
    """Whether a wake can contribute, and claim all that is open, in the published life."""
    return bool(book.has_room(state.book) and journal_has_room(state))


@compilable
def journal_has_room(state: State) -> bool:
    """Whether a wake can contribute, and claim all that is open."""
    needed = state.counters[JOURNALLED] + state.book.marks[book.OPEN] + 2
    return len(state.journal) == 0 or needed <= len(state.journal)


# CONTRIBUTING


class Decision(NamedTuple):
    """What becomes of an agent's wake while there are data.

    Attributes:
        fate: ACCEPTED where it makes an offer that covers the price; otherwise ABSTAINED, SAME_SECOND, KEPT_BACK or
            PRICE_ABOVE_OFFER.
        sample: that it would contribute.
        label: for it.
        is_new: whether the sample is the stream's next one, not a copy of the last.
        price: units.
        offer: the most that it pays, in units.
    """

    fate: int
    sample: int
    label: int
    is_new: bool
    price: int
    offer: int


@compilable
def decision_of(world: World, state: State, draws: Draws, accuracy: float, now: int, agent: int, turn: int) -> Decision:
    """What an agent wants to do at this wake, and whether the price lets it; in the published life."""
    chosen = wanted(world, state, draws, accuracy, now, agent, turn, NONE, False)
    if chosen.fate != ACCEPTED:
        return chosen
    return priced(state, draws, agent, turn, chosen, price_at(world, state, now))


@compilable
def wanted(
    world: World, state: State, draws: Draws, accuracy: float, now: int, agent: int, turn: int, said: int, trusted: bool
) -> Decision:
    """What an agent wants to do at this wake, whatever it costs; see `behaviour.View` for the last two arguments.

    A sample that it keeps back is gone: the next one comes.
    """
    totals, counters = state.totals, state.counters
    action = action_of(world, state, draws, accuracy, agent, turn, said, trusted)
    balance = state.wallet[agent] + state.credit[agent]
    if balance == 0 or action == ABSTAIN:
        return Decision(ABSTAINED, 0, 0, False, 0, 0)
    if streams.waits_for_next_second(now, totals[ledger.LAST_ACCEPTED]):
        return Decision(SAME_SECOND, 0, 0, False, 0, 0)
    if action == KEEP:
        counters[NEXT_SAMPLE] += 1
        return Decision(KEPT_BACK, 0, 0, False, 0, 0)
    is_new = action < COPY
    sample = int(world.order[counters[NEXT_SAMPLE]]) if is_new else int(counters[LAST_SAMPLE])
    label = action if is_new else action - COPY
    if not (0 <= label < world.classes and 0 <= sample < len(world.labels)):
        # no action at all, of a guest's that was taken in for what it answers elsewhere
        return Decision(ABSTAINED, 0, 0, False, 0, 0)
    return Decision(ACCEPTED, sample, label, is_new, 0, 0)


@compilable
def priced(state: State, draws: Draws, agent: int, turn: int, chosen: Decision, price: int) -> Decision:
    """The same with the price, and whether the agent's offer covers it."""
    offer = streams.offer(draws.deposit[agent, turn], state.wallet[agent] + state.credit[agent])
    fate = ACCEPTED if ledger.price_refusal(price, offer) == refusals.OK else PRICE_ABOVE_OFFER
    return Decision(fate, chosen.sample, chosen.label, chosen.is_new, price, offer)


@compilable
def action_of(
    world: World, state: State, draws: Draws, accuracy: float, agent: int, turn: int, said: int, trusted: bool
) -> int:
    """What an agent chooses at this wake; see `behaviour`."""
    choices, counters = world.choices, state.counters
    last_author = counters[LAST_AUTHOR]
    view = View(
        int(world.labels[world.order[counters[NEXT_SAMPLE]]]),
        accuracy,
        draws.participation[agent, turn],
        draws.mistake[agent, turn],
        state.verified[agent],
        choices.number[agent],
        counters[LAST_LABEL],
        last_author != NONE and choices.team[last_author] == choices.team[agent],
        world.classes,
        said,
        trusted,
    )
    return choose(choices.kind[agent], view, choices.knobs[choices.first_knob[agent] :])


@compilable
def price_at(world: World, state: State, now: int) -> int:
    """What a contribution costs in this second, in units; the pool's clock starts at its creation, in second 0."""
    elapsed = ledger.elapsed_since(now, state.totals[ledger.LAST_ACCEPTED])
    return int(incentive.price_rounded_down(world.incentive, world.parameters, elapsed))


@compilable
def accepted(
    world: World, state: State, now: int, index: int, agent: int, sample: int, label: int, is_new: bool, price: int
) -> None:
    """Write down that a contribution was accepted, once it is paid and learned."""
    counters, tally = state.counters, state.tally[agent]
    if is_new:
        counters[NEXT_SAMPLE] += 1
    counters[LAST_SAMPLE], counters[LAST_LABEL], counters[LAST_AUTHOR] = sample, label, agent
    counters[LAST_PRICE] = price
    tally[ACCEPTED] += 1
    tally[PAID] += price
    if label == world.labels[sample]:
        tally[RIGHT_PAID] += price
    else:
        tally[WRONG] += 1
    _note(state, CONTRIBUTE, now, index, agent, price, label)
    if state.depleted_at[agent] == NONE and state.wallet[agent] + state.credit[agent] < world.depleted_below[agent]:
        state.depleted_at[agent] = now


# CLAIMING


@compilable
def claimed(
    world: World, state: State, verb: int, now: int, agent: int, contribution: Any, amount: int, left: int, burned: bool
) -> None:
    """Write down that a claim was accepted, once it is paid.

    Args:
        world: of the run.
        state: changed in place.
        verb: REFUND, REPORT or COLLECT.
        now: second.
        agent: who claimed.
        contribution: a record with its `index`, `author`, `sample` and `label`.
        amount: units that it brought.
        left: units that can still be claimed of the contribution.
        burned: whether nobody got them.
    """
    tally = state.tally[agent]
    right = contribution.label == world.labels[contribution.sample]
    if verb == REFUND:
        tally[REFUNDS] += 1
        tally[REFUNDED] += amount
        if right:
            tally[RIGHT_RETURNED] += amount
        else:
            tally[WRONG_REFUNDS] += 1
    elif verb == REPORT:
        tally[REPORTS] += 1
        tally[REPORTED] += amount
        _lost(world, state, now, contribution.author, amount)
    else:
        tally[COLLECTS] += 1
        if burned or contribution.author != agent:
            _lost(world, state, now, contribution.author, amount)
        if burned:
            state.counters[BURNED] += amount
        else:
            tally[COLLECTED] += amount
            if right and contribution.author == agent:
                tally[RIGHT_RETURNED] += amount
    _note(state, verb, now, contribution.index, agent, amount, left)


@compilable
def _lost(world: World, state: State, now: int, author: int, amount: int) -> None:
    """Write down that an agent's deposit, or a part of it, is gone for good."""
    tally = state.tally[author]
    tally[LOST] += amount
    if tally[GONE_AT] == 0 and tally[LOST] >= GONE_PERCENT * world.depleted_below[author]:
        tally[GONE_AT] = now


@compilable
def _note(state: State, verb: int, now: int, index: int, agent: int, amount: int, left_or_label: int) -> None:
    """Write an accepted call into the journal, if there is one."""
    if len(state.journal) > 0:
        row = state.journal[state.counters[JOURNALLED]]
        row[VERB], row[SECOND], row[INDEX], row[AGENT], row[AMOUNT] = verb, now, index, agent, amount
        row[LEFT_OR_LABEL] = left_or_label
        state.counters[JOURNALLED] += 1
