"""The open contributions, kept so that a wake touches only those that its agent may be able to claim.

Each open contribution has a slot in `Slots`, given back when it closes. An age list links them oldest first. One whose
windows are open is *ripe*, and stands in one timing wheel (Varghese & Lauck 1987), whose clock is the amount of
learning, at the time at which its class could first have changed:

- the guard, one for all, holds those that the model agrees with; its author's `refundable` list holds them too;
- each author's watch holds those that it disagrees with; when one starts to, it is written to the log, and each agent
  remembers how far it has read the log.

So a wake collects from the front of the age list, ripens, rescores what is due in the guard and in its own watch, and
then looks at its refundable contributions and at the log entries that it has not read. What it does not look at is
provably refused: too early, closed, disagreeing and its own, agreeing and another's, or already reported by it.
"""

from typing import Any

import numpy as np

from earnest.core.compilable import compilable, inlined
from earnest.core.incentives import refusals
from earnest.simulations.engine import incentives as incentive
from earnest.simulations.engine import models, sorting
from earnest.simulations.engine.types import NONE, Book, State, World

#: Spokes of all wheels together; bounds the memory, not the results.
_SPOKES_HELD = 1 << 18

#: A log entry or a candidate is `index * SLOTS + slot`.
SLOTS = 1 << 31

#: What `ripe` says of a slot.
UNRIPE, REFUNDABLE, REPORTABLE = range(3)

#: Directions of learning: towards class 1, which raises scores, and towards class 0.
UP, DOWN = 0, 1

#: Positions in `Book.marks`, after UP and DOWN; RIPENING is the oldest that cannot be refunded yet, REPORTING the one
#: that cannot be reported yet, RESCORED counts the features read to judge again.
OLDEST, NEWEST, RIPENING, REPORTING, OPEN, FREE, LOG_START, LOG_END, RESCORED = range(2, 11)


#: A slot: `index` is the contribution's number in the pool, NONE when free; `sample` which sample it is; `deposit` and
#: `claimable` units; `agrees` whether the model agreed when last asked; `ripe` whether it stands in a wheel, as above;
#: `side` the direction of learning that could change its class, and `due` how much learning in that direction in all
#: could first do so; `spoke` where it stands in its wheel, with `following` and `before` its neighbours there; `older`
#: and `younger` its neighbours in the age list (`younger` also links free slots); `listed_next` and `listed_before`
#: those in its author's refundable list.
SLOT = np.dtype(
    [(name, np.int64) for name in ("index", "time", "deposit", "claimable", "due")]
    + [
        (name, np.int32)
        for name in (
            "sample", "author", "spoke", "following", "before", "older", "younger", "listed_next", "listed_before",
        )
    ]
    + [("label", np.uint8), ("side", np.uint8), ("agrees", np.uint8), ("ripe", np.uint8)],
    align=True,
)  # fmt: skip


def new_book(agents: int, room: int = 256) -> Book:
    """Nothing open.

    Args:
        agents: how many there are.
        room: slots, a power of two; see `grown`.
    """
    # records, so that interpreted code reads them by attribute too
    slots = np.zeros(room, np.dtype((np.record, SLOT)))
    slots["index"] = NONE
    slots["younger"] = np.append(np.arange(1, room), NONE)
    marks = np.zeros(11, np.int64)
    marks[[OLDEST, NEWEST, RIPENING, REPORTING]] = NONE
    return Book(
        slots,
        np.zeros((room, (agents + 63) // 64), np.uint64),
        np.full((2, agents + 1, spokes(agents)), NONE, np.int32),
        np.zeros((2, agents + 1), np.int64),
        np.full(agents, NONE, np.int32),
        np.zeros(2 * room, np.int64),
        np.zeros(agents, np.int64),
        np.zeros(3 * room, np.int64),
        marks,
    )


def spokes(agents: int) -> int:
    """Lists in a wheel, a power of two: many for few agents, so that all wheels together stay small."""
    allowed = _SPOKES_HELD // (2 * (agents + 1))
    return 1 << max(3, min(8, allowed.bit_length() - 1))


def grown(book: Book) -> Book:
    """The same with twice the room."""
    room = len(book.slots)
    larger = new_book(len(book.read), 2 * room)
    larger.slots[:room], larger.reported[:room] = book.slots, book.reported
    larger.wheels[:], larger.turned[:] = book.wheels, book.turned
    larger.refundable[:], larger.read[:] = book.refundable, book.read
    larger.marks[:] = book.marks
    positions = np.arange(book.marks[LOG_START], book.marks[LOG_END])
    larger.log[positions % len(larger.log)] = book.log[positions % len(book.log)]
    # the new half is free, followed by whatever was
    larger.slots["younger"][2 * room - 1] = book.marks[FREE]
    larger.marks[FREE] = room
    return larger


@compilable
def has_room(book: Book, steps: int) -> bool:
    """Whether a wake of so many steps can contribute, and write each open contribution to the log once a claim."""
    marks = book.marks
    opened = marks[OPEN] + steps
    claims = 1 if steps == 1 else steps + 2
    return bool(opened <= len(book.slots) and marks[LOG_END] - marks[LOG_START] + opened * claims <= len(book.log))


# TIMING WHEELS


@compilable
def _holder(slots: Any, wheels: Any, slot: int) -> int:
    return wheels.shape[1] - 1 if slots[slot].agrees else int(slots[slot].author)


@compilable
def _hang(slots: Any, wheels: Any, turned: Any, slot: int) -> None:
    """Put a contribution into its wheel: where it is due, or a turn ahead if that is further away."""
    side, holder, count = slots[slot].side, _holder(slots, wheels, slot), wheels.shape[2]
    spoke = min(slots[slot].due, turned[side, holder] + count) & (count - 1)
    head = wheels[side, holder, spoke]
    slots[slot].spoke, slots[slot].following, slots[slot].before = spoke, head, NONE
    if head != NONE:
        slots[head].before = slot
    wheels[side, holder, spoke] = slot


@compilable
def _take_down(slots: Any, wheels: Any, slot: int) -> None:
    before, after = slots[slot].before, slots[slot].following
    if before == NONE:
        wheels[slots[slot].side, _holder(slots, wheels, slot), slots[slot].spoke] = after
    else:
        slots[before].following = after
    if after != NONE:
        slots[after].before = before


# CLASSES


@compilable
def judge(model: int, settings: Any, slots: Any, marks: Any, slot: int, label: int, value: int, features: Any) -> None:
    """Note a prediction: whether the model agrees, and when that has to be looked at again."""
    side = DOWN if label == 1 else UP
    slots[slot].side = side
    slots[slot].due = marks[side] + models.steps_to_flip(model, settings, features, value)
    slots[slot].agrees = label == slots[slot].label


@compilable
def _rescore(world: World, state: State, slot: int) -> None:
    """Ask the model again."""
    book = state.book
    sample = book.slots[slot].sample
    start, end = world.starts[sample], world.starts[sample + 1]
    book.marks[RESCORED] += end - start
    features = world.features[start:end]
    label, value = models.predict(world.model, state.weights, state.moments, state.scores, world.settings, features)
    judge(world.model, world.settings, book.slots, book.marks, slot, label, value, features)


@compilable
def _attach(book: Book, slot: int) -> None:
    """Put a ripe contribution that was just judged where it belongs."""
    slots, refundable = book.slots, book.refundable
    _hang(slots, book.wheels, book.turned, slot)
    if slots[slot].agrees:
        author = slots[slot].author
        head = refundable[author]
        slots[slot].listed_next, slots[slot].listed_before = head, NONE
        if head != NONE:
            slots[head].listed_before = slot
        refundable[author] = slot
    elif slots[slot].ripe == REPORTABLE:
        _log(slots, book.log, book.marks, slot)


@compilable
def _log(slots: Any, log: Any, marks: Any, slot: int) -> None:
    """Tell all agents that a contribution can be reported."""
    end = marks[LOG_END]
    log[end & (len(log) - 1)] = slots[slot].index * SLOTS + slot
    marks[LOG_END] = end + 1


@compilable
def _unlist(slots: Any, refundable: Any, slot: int) -> None:
    before, after = slots[slot].listed_before, slots[slot].listed_next
    if before == NONE:
        refundable[slots[slot].author] = after
    else:
        slots[before].listed_next = after
    if after != NONE:
        slots[after].listed_before = before


@compilable
def refresh(world: World, state: State, holder: int) -> None:
    """Turn an author's wheels, or the guard's, up to now, and judge again all that has become due."""
    book = state.book
    slots, wheels, marks = book.slots, book.wheels, book.marks
    count = wheels.shape[2]
    for side in range(2):
        now = marks[side]
        first = max(book.turned[side, holder], now - count) + 1
        book.turned[side, holder] = now
        for passed in range(first, now + 1):
            spoke = passed & (count - 1)
            slot = wheels[side, holder, spoke]
            wheels[side, holder, spoke] = NONE
            while slot != NONE:
                following = slots[slot].following
                if slots[slot].due > now:
                    _hang(slots, wheels, book.turned, slot)
                else:
                    _judge_again(world, state, slot)
                slot = following


@compilable
def _judge_again(world: World, state: State, slot: int) -> None:
    """Ask the model about a contribution that was taken out of its wheel, and put it where it belongs now."""
    book = state.book
    slots = book.slots
    agreed = slots[slot].agrees
    _rescore(world, state, slot)
    if slots[slot].agrees == agreed:
        _hang(slots, book.wheels, book.turned, slot)
    else:
        if agreed:
            _unlist(slots, book.refundable, slot)
        _attach(book, slot)


# LIFE OF A CONTRIBUTION


@compilable
def is_open(slots: Any, slot: int) -> int:
    """1 while a slot holds a contribution, else 0; what is left to claim of it may be 0 all along."""
    return 1 if slots[slot].index != NONE else 0


@compilable
def opened(book: Book, index: int, sample: int, author: int, label: int, now: int) -> int:
    """Take a slot for a new contribution; `judge` it next. Returns the slot."""
    slots, marks = book.slots, book.marks
    slot = marks[FREE]
    marks[FREE] = slots[slot].younger
    slots[slot].index, slots[slot].sample, slots[slot].author = index, sample, author
    slots[slot].label, slots[slot].time = label, now
    slots[slot].ripe = UNRIPE
    book.reported[slot] = 0
    slots[slot].older, slots[slot].younger = marks[NEWEST], NONE
    if marks[NEWEST] == NONE:
        marks[OLDEST] = slot
    else:
        slots[marks[NEWEST]].younger = slot
    marks[NEWEST] = slot
    if marks[RIPENING] == NONE:
        marks[RIPENING] = slot
    if marks[REPORTING] == NONE:
        marks[REPORTING] = slot
    marks[OPEN] += 1
    return int(slot)


@compilable
def has_reported(reported: Any, slot: int, agent: int) -> bool:
    """Whether an agent has reported a contribution; `reported` has one bit an agent in each row."""
    bit = np.uint64(1) << np.uint64(agent % 64)
    return bool((reported[slot, agent // 64] & bit) != 0)


@compilable
def note_report(reported: Any, slot: int, agent: int) -> None:
    """Remember that it has; see `has_reported`."""
    reported[slot, agent // 64] |= np.uint64(1) << np.uint64(agent % 64)


@compilable
def ripen(world: World, state: State, reportable: bool) -> None:
    """The oldest unripe contribution can be refunded, and perhaps reported as well."""
    book = state.book
    slots, marks = book.slots, book.marks
    slot = marks[RIPENING]
    marks[RIPENING] = slots[slot].younger
    slots[slot].ripe = REFUNDABLE
    if reportable and marks[REPORTING] == slot:
        slots[slot].ripe = REPORTABLE
        marks[REPORTING] = slots[slot].younger
    if slots[slot].due <= marks[slots[slot].side]:
        _rescore(world, state, slot)
    _attach(book, slot)


@compilable
def ripen_reports(book: Book) -> None:
    """The oldest refundable contribution that could not be reported can be."""
    slots, marks = book.slots, book.marks
    slot = marks[REPORTING]
    marks[REPORTING] = slots[slot].younger
    slots[slot].ripe = REPORTABLE
    if not slots[slot].agrees:
        _log(slots, book.log, marks, slot)


@compilable
def close(book: Book, slot: int) -> None:
    """Nothing is left: take it out of everything, and give the slot back."""
    slots, marks = book.slots, book.marks
    if slots[slot].ripe:
        _take_down(slots, book.wheels, slot)
        if slots[slot].agrees:
            _unlist(slots, book.refundable, slot)
    older, younger = slots[slot].older, slots[slot].younger
    if marks[RIPENING] == slot:
        marks[RIPENING] = younger
    if marks[REPORTING] == slot:
        marks[REPORTING] = younger
    if older == NONE:
        marks[OLDEST] = younger
    else:
        slots[older].younger = younger
    if younger == NONE:
        marks[NEWEST] = older
    else:
        slots[younger].older = older
    slots[slot].index = NONE
    slots[slot].younger = marks[FREE]
    marks[FREE] = slot
    marks[OPEN] -= 1


@inlined
def gather(world: World, state: State, agent: int) -> int:
    """Find what an agent may be able to refund or report now.

    An agent that is not verified can report only what is younger than its first refund, so it has read nothing.

    Returns:
        how many there are in `candidates`, oldest first.
    """
    book, verified = state.book, state.verified[agent]
    slots, marks, candidates, reported = book.slots, book.marks, book.candidates, book.reported
    refresh(world, state, book.wheels.shape[1] - 1)
    refresh(world, state, agent)
    count = 0
    slot = book.refundable[agent]
    while slot != NONE:
        candidates[count] = slots[slot].index * SLOTS + slot
        count += 1
        slot = slots[slot].listed_next
    if verified == 0 and count == 0:
        return 0

    mask = len(book.log) - 1
    while marks[LOG_START] < marks[LOG_END] and not _is_news(slots, book.log[marks[LOG_START] & mask]):
        marks[LOG_START] += 1
    team, teams = world.choices.team[agent], world.choices.team
    end = marks[LOG_END]
    for position in range(max(book.read[agent], marks[LOG_START]), end):
        entry = book.log[position & mask]
        if not _is_news(slots, entry):
            continue
        slot = entry % SLOTS
        author = slots[slot].author
        if teams[author] == team or has_reported(reported, slot, agent):
            continue
        if slots[slot].due <= marks[slots[slot].side]:
            refresh(world, state, author)
            if slots[slot].agrees:
                continue
        candidates[count] = entry
        count += 1
    if verified > 0:
        book.read[agent] = end
    sorting.sort(candidates, count)
    return count


@compilable
def prey_of(world: World, state: State, now: int, agent: int) -> tuple[int, int]:
    """Sample and label of the youngest contribution that an agent could report if the model did not agree with it.

    Returns:
        NONE twice where there is none.
    """
    kind, p, totals, verified = world.incentive, world.parameters, state.totals, state.verified[agent]
    slots, reported, team = state.book.slots, state.book.reported, world.choices.team
    slot = state.book.marks[NEWEST]
    while slot != NONE:
        time, author, sample = slots[slot].time, slots[slot].author, slots[slot].sample
        done = has_reported(reported, slot, agent)
        code = incentive.report_refusal(
            kind, p, totals, now, time, is_open(slots, slot), author == agent, verified, done, 0
        )
        if code == refusals.OK and team[author] != team[agent]:
            features = world.features[world.starts[sample] : world.starts[sample + 1]]
            predicted = models.predict(
                world.model, state.weights, state.moments, state.scores, world.settings, features
            )[0]
            if predicted == slots[slot].label:
                return int(sample), int(slots[slot].label)
        slot = slots[slot].older
    return NONE, NONE


@compilable
def _is_news(slots: Any, entry: int) -> bool:
    """Whether a log entry's contribution is still open and disagreed with."""
    slot = entry % SLOTS
    return slots[slot].index == entry // SLOTS and not slots[slot].agrees
