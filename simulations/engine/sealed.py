"""What an agent does at a wake where the judge is sealed.

1. It seals, if the epoch is over: whoever wakes first does. Gas costs nothing here, so a seal's is paid with nothing.
2. It settles its own contributions, oldest first, as soon as the rules let it: what was agreed or promised, and of what
   is at risk whatever the judge agrees with by now or its standing pays for.
3. It chooses, as ever, knowing what the judge says of the next sample and whether its own standing would do for a
   disagreement; and contributes if its offer covers the price of the case.
4. It wakes again as long as it has money or something open.

Everything is a plain function, readable by both interpreters.
"""

from functools import cache

from earnest.core.compilable import compilable, inlined
from earnest.core.incentives import ledger, refusals
from earnest.core.incentives.sealed import AT_RISK, awaited_sealed, awaited_with_lesson
from earnest.core.models.registry import MODELS
from earnest.simulations.agents import dispatch, streams
from earnest.simulations.engine import book, loop, models, sealed_book, served, sorting, wakes
from earnest.simulations.engine import incentives as incentive
from earnest.simulations.engine.compiled import compiled, fingerprint
from earnest.simulations.engine.sealed_book import AWAITED, BUDGET, EPOCH, SEALED_AT, SealedBook
from earnest.simulations.engine.types import (
    ACCEPTED,
    COLLECT,
    LEARNED,
    NONE,
    REFUND,
    SATURATED,
    SEALS,
    Draws,
    State,
    World,
)
from earnest.simulations.errors import EngineError
from earnest.simulations.scenario import Scenario
from earnest.simulations.task import Task

#: Of a seal's gas: simulated gas is free.
_NO_COST = 0

# CONTRIBUTING


@inlined
def _contribute(
    world: World, state: State, draws: Draws, accuracy: float, now: int, agent: int, turn: int, step: int
) -> int:
    """Offer a sample, if the agent wants to, and have it accepted, if the offer covers the price. Returns the fate."""
    chosen, case = offered(world, state, draws, accuracy, now, agent, turn, step)
    if chosen.fate == ACCEPTED:
        take(world, state, now, agent, chosen, case)
    else:
        loop.held_back(state.tally[agent], chosen.fate, step)
    return chosen.fate


@inlined
def offered(
    world: World, state: State, draws: Draws, accuracy: float, now: int, agent: int, turn: int, step: int
) -> tuple[loop.Decision, int]:
    """What an agent wants to do at a step of its wake, whether its offer covers the price, and the sample's case."""
    kind, p = world.incentive, world.parameters
    case = AT_RISK
    chosen = loop.wanted(world, state, draws, accuracy, now, agent, turn, step)
    if chosen.fate == ACCEPTED:
        agrees = served.predicted_of(world, state, chosen.sample) == chosen.label
        case = incentive.case_of(kind, p, agrees, served.standing_of(world, state, agent))
        chosen = loop.priced(state, chosen, incentive.deposit_of(kind, p, case))
    return chosen, case


@inlined
def take(world: World, state: State, now: int, agent: int, chosen: loop.Decision, case: int) -> None:
    """Accept a contribution whose offer covers the price."""
    kind, p, totals, book = world.incentive, world.parameters, state.totals, state.book
    standing = served.standing_of(world, state, agent)
    index, price = totals[ledger.COUNT], chosen.price
    value = ledger.value_needed(price, state.credit[agent])
    state.wallet[agent] -= value
    ledger.settle_payment(state.credit, totals, agent, price, value)
    slot = sealed_book.opened(book, index, chosen.sample, agent, chosen.label, case, price)
    ledger.settle_contribution(book.slots["deposit"], totals, slot, price, now)
    book.slots[slot].standing = incentive.standing_after(kind, p, case, standing)
    _keep_standing(world, state, slot)
    book.clock[AWAITED] = incentive.awaited_after(kind, p, case, book.clock[AWAITED])
    if case == AT_RISK:
        book.at_risk[sealed_book.place_of(book.clock[EPOCH])] += price
    loop.accepted(world, state, now, index, agent, chosen.sample, chosen.label, chosen.is_new, price)


@compilable
def standing_of_author(world: World, state: State, slot: int) -> int:
    """That of a contribution's author: the agent's, or the account's of which nothing else comes."""
    slots = state.book.slots
    author = slots[slot].author
    return int(slots[slot].standing if world.choices.renews[author] else state.book.standing[author])


@compilable
def _keep_standing(world: World, state: State, slot: int) -> None:
    """Where its author is no new account each time, a contribution's standing is the agent's."""
    slots = state.book.slots
    author = slots[slot].author
    if not world.choices.renews[author]:
        state.book.standing[author] = slots[slot].standing


# SETTLING


@inlined
def _claim(world: World, state: State, now: int, agent: int) -> None:
    """Seal, if it is time, and settle whatever of the agent's own can be settled."""
    kind, p, book = world.incentive, world.parameters, state.book
    if incentive.seal_refusal(kind, p, book.clock[SEALED_AT], now) == refusals.OK:
        seal(world, state, now, agent)
    slots, epoch = book.slots, book.clock[EPOCH]
    slot, before = book.first[agent], NONE
    while slot != NONE:
        following, made, case = slots[slot].following, slots[slot].epoch, slots[slot].case
        code = incentive.settle_refusal(
            kind, p, epoch, made, case, True, True, True, standing_of_author(world, state, slot)
        )
        if code == refusals.TOO_FEW_SEALS:
            break
        if code == refusals.OK and settles(world, state, slot):
            settle(world, state, now, agent, slot)
            sealed_book.close(book, slot, before)
        else:
            before = slot
        slot = following


@compilable
def settles(world: World, state: State, slot: int) -> bool:
    """Whether a contribution that is old enough, and not expired, can be settled now."""
    kind, p, slots, epoch = world.incentive, world.parameters, state.book.slots, state.book.clock[EPOCH]
    case = slots[slot].case
    if case == AT_RISK and slots[slot].asked != epoch:
        slots[slot].asked = epoch
        slots[slot].agrees = served.predicted_of(world, state, slots[slot].sample) == slots[slot].label
    code = incentive.settle_refusal(
        kind, p, epoch, slots[slot].epoch, case, True, True, slots[slot].agrees != 0,
        standing_of_author(world, state, slot),
    )  # fmt: skip
    return bool(code == refusals.OK)


@inlined
def settle(world: World, state: State, now: int, agent: int, slot: int) -> None:
    """Refund a contribution, and let it teach."""
    kind, p, book, slots = world.incentive, world.parameters, state.book, state.book.slots
    case, agrees = slots[slot].case, slots[slot].agrees != 0
    slots[slot].standing = incentive.standing_settled(kind, p, case, agrees, standing_of_author(world, state, slot))
    amount = ledger.settle_refund(slots["deposit"], state.credit, state.verified, state.totals, slot, agent)
    if case == AT_RISK:
        book.at_risk[sealed_book.place_of(slots[slot].epoch)] -= amount
    _teach(world, state, now, agent, slot)
    _keep_standing(world, state, slot)
    loop.claimed(world, state, REFUND, now, agent, slots[slot], amount, 0, False)
    if world.choices.renews[agent]:
        loop.left_behind(state, agent)


@inlined
def _teach(world: World, state: State, now: int, agent: int, slot: int) -> None:
    """Let the learner learn from a contribution, if the rules let it teach."""
    kind, p, book, slots = world.incentive, world.parameters, state.book, state.book.slots
    start, end = served.bounds_of(world, slots[slot].sample)
    features, label = world.features[start:end], slots[slot].label
    gap = models.gap(world.model, book.reference, len(state.scores), features, label)
    if not incentive.may_teach(kind, p, book.clock[EPOCH], slots[slot].epoch, gap):
        return
    predicted, value = models.predict(world.model, state.weights, state.moments, state.scores, world.settings, features)
    cost = incentive.teaching_cost(kind, p, slots[slot].case, predicted == label, slots[slot].standing)
    if cost < 0:
        return
    slots[slot].standing -= cost
    book.clock[AWAITED] = awaited_with_lesson(book.clock[AWAITED])
    held_back = models.learn(
        world.model, state.weights, state.moments, state.scores, world.initial_weights, world.settings, features, label,
        value, state.totals[ledger.COUNT],
    )  # fmt: skip
    if held_back >= 0:
        state.tally[agent][SATURATED] += held_back
        state.tally[agent][LEARNED] += 1
    loop.taught(state, now, slots[slot].index, agent, slots[slot].sample, label)


# SEALING


@compilable
def seal(world: World, state: State, now: int, agent: int) -> None:
    """Take a part of the learner into the judge; what was at risk for too long is lost, and pays the agent's bounty."""
    kind, p, book = world.incentive, world.parameters, state.book
    epoch = book.clock[EPOCH]
    for place in range(len(book.judge)):
        book.judge[place] = incentive.moved(kind, p, epoch, book.judge[place], state.weights[place], book.most)
    models.write_moments(world.model, book.judge, book.moments, world.settings)
    book.clock[EPOCH], book.clock[SEALED_AT] = epoch + 1, now
    expired = incentive.expired_epoch(kind, p, epoch + 1)
    if expired >= 0:
        _expire(world, state, now, expired)
    bounty = incentive.bounty_of(kind, p, book.clock[BUDGET], book.clock[AWAITED], _NO_COST)
    book.clock[AWAITED] = awaited_sealed(book.clock[AWAITED])
    book.clock[BUDGET] -= bounty
    state.totals[ledger.ESCROW] += bounty
    state.credit[agent] += bounty
    state.tally[agent][SEALS] += 1


@compilable
def _expire(world: World, state: State, now: int, expired: int) -> None:
    """What was at risk, made in an epoch or before, is lost to the budget."""
    book, slots = state.book, state.book.slots
    for author in range(len(book.first)):
        slot, before = book.first[author], NONE
        while slot != NONE and slots[slot].epoch <= expired:
            following = slots[slot].following
            if slots[slot].case == AT_RISK:
                amount = slots[slot].deposit
                state.totals[ledger.ESCROW] -= amount
                book.clock[BUDGET] += amount
                book.at_risk[sealed_book.place_of(slots[slot].epoch)] -= amount
                loop.claimed(world, state, COLLECT, now, author, slots[slot], amount, 0, True)
                sealed_book.close(book, slot, before)
            else:
                before = slot
            slot = following


# THE LOOP


@compilable
def _claims_first(world: World, state: State) -> bool:
    """Settling comes first: it brings credit and standing."""
    return True


@compilable
def _wakes_again(state: State, agent: int) -> bool:
    """As long as there is money, or a deposit that may come back."""
    return bool(state.wallet[agent] + state.credit[agent] > 0 or state.book.first[agent] != NONE)


@inlined
def _has_room(state: State, steps: int) -> bool:
    return sealed_book.has_room(state.book, steps) and loop.journal_has_room(state, steps)


@compilable
def _prey_of(world: World, state: State, now: int, agent: int) -> tuple[int, int]:
    """Nobody can take anything from others."""
    return NONE, NONE


#: Of a contribution whose judge is sealed.
LIFE = loop.Life(_contribute, _claim, _prey_of, _claims_first, _wakes_again, _has_room)

run_until = loop.waking(LIFE)


def _compiled(sources: int, *, allocates: bool) -> loop.RunUntil:
    """The compiled loop; see `compiled.fingerprint` about the first argument."""
    return compiled(loop.waking(LIFE, sources), allocates=allocates)


def book_of(scenario: Scenario, world: World, task: Task) -> SealedBook:
    """Nothing open, in the pool of a scenario.

    Raises:
        EngineError: the task was made without a reference.
        WeightsOutOfRange: a weight of the initial model does not fit the judge.
    """
    if task.reference is None:
        raise EngineError(f"The task has no reference, which incentive {scenario.incentive} needs: make it anew.")
    most = MODELS[scenario.model].KERNELS.most_judged
    moments = models.moments_of(world.model, world.initial_weights, world.classes)
    return sealed_book.new_book(
        scenario.agent_count, scenario.terms, world.initial_weights, moments, task.reference, most
    )


def compiled_for(kind: int) -> loop.RunUntil:
    """The compiled loop for a model of this number; see `models`."""
    return _compiled_once(allocates=models.allocates(kind))


@cache
def _compiled_once(*, allocates: bool) -> loop.RunUntil:
    """See `compiled_for`; not before it is needed, so that guests may import this module."""
    modules = (models, streams, book, sealed_book, served, loop, sorting, wakes)
    sources = fingerprint(*modules, *models.sources(), *dispatch.sources(), *incentive.sources())
    return _compiled(sources, allocates=allocates)
