"""Bounds of the gas that the contracts of models on vectors take: one set of sums or changes, or one for each class.

Sets of which a sample is learned in one, whatever the others say, are told from rows, all of which are read first.
"""

from collections.abc import Sequence

from earnest.core.models import gas

#: One number of a vector, and how many of them a slot holds at least.
_NUMBER, _PER_SLOT = 60, 8
#: A sample after the first of a call: its slot, fresh, its event, and what else a batch does for it.
_FURTHER_SAMPLE = 120_000
#: A word of ten weights in a seal: its changes read cold, moved, hashed, and its code written.
_SEALED_WORD = 15_500
#: A word of eight sums in a snapshot: their changes read cold, added, hashed, and its code written.
_SNAPSHOT_WORD = 10_000


def _slots(dimensions: int) -> int:
    """Slots of one set, its count or its bias included."""
    return dimensions // _PER_SLOT + 3


def learning(samples: Sequence[bytes], dimensions: int, sets: int) -> int:
    """Bound of judging these samples and learning from all of them.

    Args:
        samples: packed.
        dimensions: numbers in each.
        sets: how many there are; a sample is learned in one of them.
    """
    held = _slots(dimensions)
    each = held * (gas.SLOT + gas.COLD_READ) + dimensions * _NUMBER
    fresh = min(len(samples), sets) * held * gas.FRESH_SLOT
    return gas.MODEL + len(samples) * each + (len(samples) - 1) * _FURTHER_SAMPLE + fresh


def judging(dimensions: int, sets: int) -> int:
    """Bound of judging one sample, by all sets."""
    return gas.MODEL + sets * (_slots(dimensions) * (gas.SLOT + gas.COLD_READ) + dimensions * _NUMBER)


def learning_rows(samples: Sequence[bytes], dimensions: int, rows: int, slots: int) -> int:
    """Bound of judging these samples by all rows, and learning from all of them, in one row or in two of more.

    Args:
        samples: packed.
        dimensions: numbers in each.
        rows: how many there are.
        slots: of a row.
    """
    written = min(2, rows)
    once = rows * slots * gas.COLD_READ + min(len(samples) * written, rows) * slots * gas.FRESH_SLOT
    each = rows * (slots * gas.SLOT + dimensions * _NUMBER) + written * slots * gas.SLOT
    return gas.MODEL + once + len(samples) * each + (len(samples) - 1) * _FURTHER_SAMPLE


def judging_rows(dimensions: int, rows: int, slots: int) -> int:
    """Bound of judging one sample, by all rows."""
    return gas.MODEL + rows * (slots * (gas.SLOT + gas.COLD_READ) + dimensions * _NUMBER)


def sealing(words: int) -> int:
    """Bound of sealing a judge of so many words of weights."""
    return words * _SEALED_WORD


def snapshot(words: int) -> int:
    """Bound of sealing so many words of sums as they are."""
    return words * _SNAPSHOT_WORD
