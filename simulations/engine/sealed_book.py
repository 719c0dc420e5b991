"""The open contributions where the judge is sealed: each author's own, oldest first; and what is kept beside them.

Nobody but its author can do anything with a contribution, and nothing can change but at a seal or with the author's
standing; so a wake goes through its agent's list, up to the first that is too young.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from earnest.core.compilable import compilable
from earnest.core.incentives.base import Terms
from earnest.core.incentives.judge import judge_from
from earnest.simulations.engine.book import FREE, OPEN
from earnest.simulations.engine.types import NONE

#: Epochs of which deposits at risk are kept apart; more than any pool's windows.
_EPOCHS = 512

#: Positions in `SealedBook.clock`.
EPOCH, SEALED_AT, BUDGET, AWAITED = range(4)

#: A slot: `index` is the contribution's number in the pool, NONE when free; `epoch` when it was accepted; `deposit`
#: units; `asked` the epoch whose judge was asked last, with its answer in `agrees`; `standing` its author's,
#: which counts where that is a new account each time; `following` the author's next one, or the next free slot.
SLOT = np.dtype(
    [(name, np.int64) for name in ("index", "deposit", "epoch", "asked", "standing")]
    + [(name, np.int32) for name in ("sample", "author", "following")]
    + [("label", np.uint8), ("case", np.uint8), ("agrees", np.uint8)],
    align=True,
)


class SealedBook(NamedTuple):
    """The open contributions, the accounts' standing, the judge and the clock.

    Attributes:
        slots: records of dtype `SLOT`.
        first: int32 (agents,), the oldest open contribution of each.
        last: int32 (agents,), the youngest.
        standing: int64 (agents,).
        judge: int32, its weights, within -most - 1 to most.
        moments: int64 (classes,), what is kept beside them.
        reference: int32, within 16 bits; never changes.
        at_risk: int64 (512,), units at risk by the epoch of their contributions.
        clock: int64 (4,): epoch, second of the last seal, units in the budget, coming seals that somebody waits for.
        marks: int64 (11,), of which OPEN and FREE are used, as in `book`.
        most: how far a weight of the judge may go up.
    """

    slots: NDArray[np.void]
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    standing: NDArray[np.int64]
    judge: NDArray[np.int32]
    moments: NDArray[np.int64]
    reference: NDArray[np.int32]
    at_risk: NDArray[np.int64]
    clock: NDArray[np.int64]
    marks: NDArray[np.int64]
    most: int


def new_book(
    agents: int,
    terms: Terms,
    weights: NDArray[np.int32],
    moments: NDArray[np.int64],
    reference: NDArray[np.int32],
    most: int,
    room: int = 256,
) -> SealedBook:
    """Nothing open, at the pool's creation.

    Args:
        agents: how many there are.
        terms: the pool's.
        weights: the learner's at hand-over.
        moments: what it keeps beside them.
        reference: see `incentives.reference`.
        most: how far a weight of the judge may go up.
        room: slots; see `grown`.

    Raises:
        WeightsOutOfRange: one does not fit the judge.
    """
    marks = np.zeros(11, np.int64)
    return SealedBook(
        _slots(room, NONE),
        np.full(agents, NONE, np.int32),
        np.full(agents, NONE, np.int32),
        np.zeros(agents, np.int64),
        judge_from(terms, weights, most),
        moments.copy(),
        reference.astype(np.int32),
        np.zeros(_EPOCHS, np.int64),
        np.zeros(4, np.int64),
        marks,
        most,
    )


def _slots(room: int, after: int) -> NDArray[np.void]:
    # records, so that interpreted code reads them by attribute too
    slots = np.zeros(room, np.dtype((np.record, SLOT)))
    slots["index"] = NONE
    slots["following"] = np.append(np.arange(1, room), after)
    return slots


def grown(book: SealedBook) -> SealedBook:
    """The same with twice the room."""
    room = len(book.slots)
    slots = _slots(2 * room, int(book.marks[FREE]))
    slots[:room] = book.slots
    book.marks[FREE] = room
    return book._replace(slots=slots)


@compilable
def has_room(book: SealedBook, steps: int) -> bool:
    """Whether a wake of so many steps can contribute."""
    return bool(book.marks[OPEN] + steps <= len(book.slots))


@compilable
def opened(book: SealedBook, index: int, sample: int, author: int, label: int, case: int, deposit: int) -> int:
    """Take a slot for a new contribution, its author's youngest. Returns the slot."""
    slots, marks = book.slots, book.marks
    slot = marks[FREE]
    marks[FREE] = slots[slot].following
    slots[slot].index, slots[slot].sample, slots[slot].author = index, sample, author
    slots[slot].label, slots[slot].case, slots[slot].deposit = label, case, deposit
    slots[slot].epoch, slots[slot].asked, slots[slot].following = book.clock[EPOCH], NONE, NONE
    if book.first[author] == NONE:
        book.first[author] = slot
    else:
        slots[book.last[author]].following = slot
    book.last[author] = slot
    marks[OPEN] += 1
    return int(slot)


@compilable
def close(book: SealedBook, slot: int, before: int) -> None:
    """It is settled or has expired: give the slot back.

    Args:
        book: changed in place.
        slot: of the contribution.
        before: that of its author's next older one; NONE for the oldest.
    """
    slots, marks, author = book.slots, book.marks, book.slots[slot].author
    after = slots[slot].following
    if before == NONE:
        book.first[author] = after
    else:
        slots[before].following = after
    if after == NONE:
        book.last[author] = before
    slots[slot].index = NONE
    slots[slot].following = marks[FREE]
    marks[FREE] = slot
    marks[OPEN] -= 1


@compilable
def place_of(epoch: int) -> int:
    """Where the units at risk of an epoch are in `at_risk`."""
    return epoch % _EPOCHS


def is_sealed(book: Any) -> bool:
    """Whether this is the book of a pool with a sealed judge."""
    return isinstance(book, SealedBook)
