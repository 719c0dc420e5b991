"""What agents do when they wake, once for all engines; an engine says how a call is made and how claims are found.

One wake of an agent:
1. It chooses: to abstain, or a label for the next sample of the one shared stream or for a copy of the last one; and
   contributes if its offer covers the price; otherwise the sample stays for whoever wakes next. It pays the price only,
   from its credit first. Some kinds do several of these, and claim in between, all in one second; see `behaviour`.
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

from earnest.core.compilable import compilable, inlined
from earnest.core.incentives import ledger, refusals
from earnest.simulations.agents import streams
from earnest.simulations.agents.behaviour import ABSTAIN, ANY_PRICE, CLAIM, COPY, KEEP, POISON, PREY, TRIGGER, View
from earnest.simulations.agents.dispatch import choose
from earnest.simulations.agents.streams import AgentStreams
from earnest.simulations.engine import book, models, sealed_book, served, wakes
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
    PREY_LABEL,
    PREY_SAMPLE,
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
    SEES_PENDING,
    SEES_POISON,
    SEES_PREDICTED,
    SEES_PREY,
    SEES_TRIGGER,
    TEACH,
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

#: What `Decision.fate` is where the agent wants to claim.
CLAIMS = -1


class Life(NamedTuple):
    """What an engine does at a wake under incentives of one life of contributions.

    Attributes:
        contribute: `(world, state, draws, accuracy, now, agent, turn, step)`: what follows a choice, while there are
            data; answers the fate, see `Decision`.
        claim: `(world, state, now, agent)`: whatever the incentive lets the agent claim.
        prey_of: `(world, state, now, agent)`: see `book.prey_of`.
        claims_first: `(world, state)`: whether claims come before the choice.
        wakes_again: `(state, agent)`: whether the agent has anything left to wake for.
        has_room: `(state, steps)`: whether a wake of so many steps can contribute, and claim all that is open.
    """

    contribute: Callable[[World, State, Draws, float, int, int, int, int], int]
    claim: Callable[[World, State, int, int], None]
    prey_of: Callable[[World, State, int, int], tuple[int, int]]
    claims_first: Callable[[World, State], bool]
    wakes_again: Callable[[State, int], bool]
    has_room: Callable[[State, int], bool]


def waking(life: Life, sources: int = 0) -> RunUntil:
    """The loop of an engine.

    Args:
        life: that contributions have.
        sources: where the loop is compiled, see `compiled.fingerprint`. It is held here, since a function around the
            loop that held it would have all of it written out and compiled twice.

    Returns:
        `run_until(world, state, draws, accuracy, until)`, which lets all agents act that wake before second `until` or
        in it: it changes `state`, moves `draws.used` on, and answers REACHED, DRAWS_NEEDED (refill, then call again),
        ROOM_NEEDED (see `with_room`) or FINISHED. `accuracy` is the model's when last evaluated.
    """
    contribute, claim, prey_of, claims_first, wakes_again, has_room = life

    def run_until(world: World, state: State, draws: Draws, accuracy: float, until: int) -> int:
        if sources < 0:
            return FINISHED
        counters, choices = state.counters, world.choices
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
            turn, steps, asks = draws.used[agent], choices.steps[agent], choices.asks[agent]
            if turn == block:
                return DRAWS_NEEDED
            # of the one that comes after it, the next draws are looked at too
            if asks & SEES_PENDING and draws.used[_second(state.heap, counters[QUEUED]) % members] == block:
                return DRAWS_NEEDED
            if not has_room(state, steps):
                return ROOM_NEEDED
            draws.used[agent] = turn + 1
            counters[NOW] = now
            counters[QUEUED] = wakes.pop(state.heap, counters[QUEUED])

            first = claims_first(world, state)
            claims, ends, looks, step = first, False, asks & SEES_PREY and not exhausted, 0
            # one call in the source for each part: compiled code has it written out there
            while True:
                if claims:
                    claim(world, state, now, agent)
                    claims = False
                if ends:
                    break
                if looks:
                    counters[PREY_SAMPLE], counters[PREY_LABEL] = prey_of(world, state, now, agent)
                    looks = False
                if step < steps and not is_exhausted(world, state):
                    fate = contribute(world, state, draws, accuracy, now, agent, turn, step)
                    claims = fate == CLAIMS
                    step = step + 1 if claims or fate == ACCEPTED else steps
                else:
                    if wakes_again(state, agent):
                        wake = now + draws.wait[agent, turn]
                        counters[QUEUED] = wakes.push(state.heap, counters[QUEUED], wake * members + agent)
                    claims, ends = not first, True

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
                self.state = with_room(self.world, self.state)
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


def with_room(world: World, state: State) -> State:
    """The same with more room for what is open and for the journal."""
    steps = int(world.choices.steps.max())
    kept: Any = sealed_book if sealed_book.is_sealed(state.book) else book
    if not kept.has_room(state.book, steps):
        state = state._replace(book=kept.grown(state.book))
    if not journal_has_room(state, steps):
        state = state._replace(journal=np.concatenate([state.journal, np.zeros_like(state.journal)]))
    return state


@inlined
def has_room(state: State, steps: int) -> bool:
    """Whether a wake of so many steps can contribute, and claim all that is open, in the published life."""
    return bool(book.has_room(state.book, steps) and journal_has_room(state, steps))


@compilable
def journal_has_room(state: State, steps: int) -> bool:
    """Whether a wake of so many steps can contribute, and claim all that is open."""
    # a contribution, and what can be claimed of it, may each teach
    needed = state.counters[JOURNALLED] + 2 * (state.book.marks[book.OPEN] + 1 + steps)
    return len(state.journal) == 0 or needed <= len(state.journal)


# CONTRIBUTING


class Decision(NamedTuple):
    """What becomes of an agent's wake, or of a step of it, while there are data.

    Attributes:
        fate: ACCEPTED where it makes an offer that covers the price; otherwise CLAIMS, ABSTAINED, SAME_SECOND,
            KEPT_BACK or PRICE_ABOVE_OFFER.
        sample: that it would contribute.
        label: for it.
        is_new: whether the sample is the stream's next one, not another.
        price: units.
        offer: the most that it pays, in units.
    """

    fate: int
    sample: int
    label: int
    is_new: bool
    price: int
    offer: int


@inlined
def decision_of(
    world: World, state: State, draws: Draws, accuracy: float, now: int, agent: int, turn: int, step: int
) -> Decision:
    """What an agent wants to do at a step of its wake, and whether the price lets it; in the published life."""
    chosen = wanted(world, state, draws, accuracy, now, agent, turn, step)
    return priced(state, chosen, price_at(world, state, now)) if chosen.fate == ACCEPTED else chosen


@inlined
def wanted(
    world: World, state: State, draws: Draws, accuracy: float, now: int, agent: int, turn: int, step: int
) -> Decision:
    """What an agent wants to do at a step of its wake, whatever it costs. A sample that it keeps back is gone."""
    totals, counters, choices = state.totals, state.counters, world.choices
    poison = poison_of(world, state) if choices.asks[agent] & SEES_POISON else NONE
    triggered = triggered_of(world, state) if choices.asks[agent] & SEES_TRIGGER else NONE
    action = action_of(world, state, draws, accuracy, now, agent, turn, step, poison, triggered)
    balance = state.wallet[agent] + state.credit[agent]
    if action == CLAIM:
        return Decision(CLAIMS, 0, 0, False, 0, 0)
    if balance == 0 or action == ABSTAIN:
        return Decision(ABSTAINED, 0, 0, False, 0, 0)
    if choices.steps[agent] == 1 and streams.waits_for_next_second(now, totals[ledger.LAST_ACCEPTED]):
        return Decision(SAME_SECOND, 0, 0, False, 0, 0)
    if action == KEEP:
        counters[NEXT_SAMPLE] += 1
        return Decision(KEPT_BACK, 0, 0, False, 0, 0)
    what = action % ANY_PRICE // COPY * COPY
    is_new = what == 0
    sample = int(world.order[counters[NEXT_SAMPLE]])
    if what == COPY:
        sample = int(counters[LAST_SAMPLE])
    elif what == PREY:
        sample = int(counters[PREY_SAMPLE])
    elif what == POISON:
        sample = poison
    elif what == TRIGGER:
        sample = triggered
    label = action % COPY
    if action < 0 or action >= 2 * ANY_PRICE or label >= world.classes or not 0 <= sample < len(world.labels):
        # no action at all, of a guest's that was taken in for what it answers elsewhere
        return Decision(ABSTAINED, 0, 0, False, 0, 0)
    offer = balance if action >= ANY_PRICE else streams.offer(draws.deposit[agent, turn], balance)
    return Decision(ACCEPTED, sample, label, is_new, 0, offer)


@compilable
def priced(state: State, chosen: Decision, price: int) -> Decision:
    """The same with its price, and whether the agent's offer covers it."""
    fate = ACCEPTED if ledger.price_refusal(price, chosen.offer) == refusals.OK else PRICE_ABOVE_OFFER
    return Decision(fate, chosen.sample, chosen.label, chosen.is_new, price, chosen.offer)


@inlined
def action_of(
    world: World,
    state: State,
    draws: Draws,
    accuracy: float,
    now: int,
    agent: int,
    turn: int,
    step: int,
    poison: int,
    triggered: int,
) -> int:
    """What an agent chooses at a step of its wake; see `behaviour`. `poison`, `triggered` are samples, or NONE."""
    choices, counters = world.choices, state.counters
    asks = choices.asks[agent]
    pending = prey = taught = NONE
    is_turned = False
    if asks & SEES_PENDING:
        pending = _pending_of(world, state, draws, accuracy, now, agent)
    if asks & SEES_PREY and counters[PREY_SAMPLE] != NONE:
        prey = int(counters[PREY_LABEL])
        is_turned = served.predicted_of(world, state, counters[PREY_SAMPLE]) != prey
    if poison != NONE:
        taught = (int(world.labels[poison]) + 1) % world.classes
    meant = NONE if triggered == NONE else int(world.labels[triggered])
    view = _view_of(world, state, draws, accuracy, now, agent, turn, step, pending, prey, is_turned, taught, meant)
    return choose(choices.kind[agent], view, choices.knobs[choices.first_knob[agent] :])


@compilable
def _view_of(
    world: World,
    state: State,
    draws: Draws,
    accuracy: float,
    now: int,
    agent: int,
    turn: int,
    step: int,
    pending: int,
    prey: int,
    is_turned: bool,
    poison: int,
    trigger: int,
) -> View:
    choices, counters, tally = world.choices, state.counters, state.tally[agent]
    last_author, upcoming = counters[LAST_AUTHOR], world.order[counters[NEXT_SAMPLE]]
    predicted = NONE
    if choices.asks[agent] & SEES_PREDICTED:
        predicted = served.predicted_of(world, state, upcoming)
    return View(
        int(world.labels[upcoming]),
        accuracy,
        draws.participation[agent, turn],
        draws.mistake[agent, turn],
        state.verified[agent],
        choices.number[agent],
        counters[LAST_LABEL],
        last_author != NONE and choices.team[last_author] == choices.team[agent],
        world.classes,
        tally[ACCEPTED],
        tally[WRONG],
        now,
        counters[NEXT_SAMPLE] / len(world.order),
        step,
        served.said_of(world, state, upcoming),
        served.is_trusted(world, state, agent),
        predicted,
        pending,
        prey,
        is_turned,
        poison,
        trigger,
    )


@compilable
def _second(heap: Any, size: int) -> int:
    """The entry of a queue that comes after the first; the first one where there is no other."""
    if size < 3:
        return int(heap[size - 1])
    return int(min(heap[1], heap[2]))


@compilable
def _pending_of(world: World, state: State, draws: Draws, accuracy: float, now: int, agent: int) -> int:
    """The label that the agent who wakes next would give the next sample; NONE where that is no stranger's plan."""
    choices, counters, members = world.choices, state.counters, len(state.wallet)
    if counters[QUEUED] == 0:
        return NONE
    other = state.heap[0] % members
    if choices.team[other] == choices.team[agent] or choices.asks[other] != 0:
        return NONE
    turn = draws.used[other]
    view = _view_of(world, state, draws, accuracy, now, other, turn, 0, NONE, NONE, False, NONE, NONE)
    action = choose(choices.kind[other], view, choices.knobs[choices.first_knob[other] :])
    return action if 0 <= action < COPY else NONE


@compilable
def poison_of(world: World, state: State) -> int:
    """The crafted sample whose wrong label the model does not share, yet would with the least learning; NONE without.

    It is learned, and comes back once the model has turned.
    """
    found, least = NONE, 0
    for sample in range(world.crafted, world.triggered):
        features = world.features[world.starts[sample] : world.starts[sample + 1]]
        predicted, value = models.predict(
            world.model, state.weights, state.moments, state.scores, world.settings, features
        )
        if predicted == (world.labels[sample] + 1) % world.classes:
            continue
        needed = models.steps_to_flip(world.model, world.settings, features, value)
        if found == NONE or needed < least:
            found, least = sample, needed
    return found


@compilable
def triggered_of(world: World, state: State) -> int:
    """A sample with the trigger that the model agrees with by now, another one as the stream goes on; NONE without."""
    count = len(world.labels) - world.triggered
    if count == 0:
        return NONE
    sample = world.triggered + int(state.counters[NEXT_SAMPLE]) % count
    return sample if served.predicted_of(world, state, sample) == world.labels[sample] else NONE


@inlined
def price_at(world: World, state: State, now: int) -> int:
    """What a contribution costs in this second, in units; the pool's clock starts at its creation, in second 0."""
    elapsed = ledger.elapsed_since(now, state.totals[ledger.LAST_ACCEPTED])
    return int(incentive.price_rounded_down(world.incentive, world.parameters, elapsed))


@compilable
def held_back(tally: Any, fate: int, step: int) -> None:
    """Write down that an agent contributed nothing; that it ends a wake in which it did is no such case."""
    if fate != CLAIMS and (fate != ABSTAINED or step == 0):
        tally[fate] += 1


@inlined
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
    _note(state.journal, state.counters, CONTRIBUTE, now, index, agent, price, label)
    if state.depleted_at[agent] == NONE and state.wallet[agent] + state.credit[agent] < world.depleted_below[agent]:
        state.depleted_at[agent] = now


@compilable
def taught(state: State, now: int, index: int, agent: int, sample: int, label: int) -> None:
    """Write down that the model was given a contribution to learn from."""
    _note(state.journal, state.counters, TEACH, now, index, agent, sample, label)


# CLAIMING


@compilable
def left_behind(state: State, agent: int) -> int:
    """Leave an account for a new one: its credit is withdrawn, its standing is lost. Returns what was withdrawn."""
    amount = ledger.settle_withdrawal(state.credit, state.totals, agent)
    state.wallet[agent] += amount
    state.verified[agent] = 0
    return int(amount)


@inlined
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
        _lost(world.depleted_below, state.tally, now, contribution.author, amount)
    else:
        tally[COLLECTS] += 1
        if burned or contribution.author != agent:
            _lost(world.depleted_below, state.tally, now, contribution.author, amount)
        if burned:
            state.counters[BURNED] += amount
        else:
            tally[COLLECTED] += amount
            if right and contribution.author == agent:
                tally[RIGHT_RETURNED] += amount
    _note(state.journal, state.counters, verb, now, contribution.index, agent, amount, left)


@compilable
def _lost(depleted_below: Any, tally: Any, now: int, author: int, amount: int) -> None:
    """Write down that an agent's deposit, or a part of it, is gone for good."""
    tally[author, LOST] += amount
    if tally[author, GONE_AT] == 0 and tally[author, LOST] >= GONE_PERCENT * depleted_below[author]:
        tally[author, GONE_AT] = now


@compilable
def _note(
    journal: Any, counters: Any, verb: int, now: int, index: int, agent: int, amount: int, left_or_label: int
) -> None:
    """Write a row into the journal, if there is one."""
    if len(journal) > 0:
        row = journal[counters[JOURNALLED]]
        row[VERB], row[SECOND], row[INDEX], row[AGENT], row[AMOUNT] = verb, now, index, agent, amount
        row[LEFT_OR_LABEL] = left_or_label
        counters[JOURNALLED] += 1
