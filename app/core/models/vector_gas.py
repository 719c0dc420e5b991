"""Bounds of the gas that the contracts of models on vectors take: one set of sums or changes, or one for each class."""

from collections.abc import Sequence

from earnest.core.models import gas

#: One number of a vector, and how many of them a slot holds at least.
_NUMBER, _PER_SLOT = 60, 8
#: A sample after the first of a call: its slot, fresh, its event, and what else a batch does for it.
_FURTHER_SAMPLE = 120_000


def _slots(dimensions: int) -> int:
    """Slots of one set, its count or its bias included."""
    return dimensions // _PER_SLOT + 3


def learning(samples: Sequence[bytes], dimensions: int, sets: int, *, asked: int = 1, written: int = 1) -> int:
    """Bound of judging these samples and learning from all of them.

    Args:
        samples: packed.
        dimensions: numbers in each.
        sets: how many there are.
        asked: how many of them are read before a sample is learned.
        written: in how many of them it is learned.
    """
    held = _slots(dimensions)
    each = asked * (held * (gas.SLOT + gas.COLD_READ) + dimensions * _NUMBER) + (written - 1) * held * gas.SLOT
    fresh = min(len(samples) * written, sets) * held * gas.FRESH_SLOT
    return gas.MODEL + len(samples) * each + (len(samples) - 1) * _FURTHER_SAMPLE + fresh


def judging(dimensions: int, sets: int) -> int:
    """Bound of judging one sample, by all sets."""
    return gas.MODEL + sets * (_slots(dimensions) * (gas.SLOT + gas.COLD_READ) + dimensions * _NUMBER)
