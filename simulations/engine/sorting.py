"""Integers in order, without making an array: by merging, which guesses no branch, or by a heap for want of room."""

from typing import Any

from earnest.core.compilable import compilable
from earnest.simulations.engine import wakes

#: Entries that are put in order by insertion, before such runs are merged.
_RUN = 8


@compilable
def sort(entries: Any, size: int) -> None:
    """Sort `entries[:size]`, least first; O(size * log size). What `entries` has behind them is room to work in."""
    if 2 * size > len(entries):
        _sort_in_place(entries, size)
        return
    for start in range(0, size, _RUN):
        for sorted_ in range(start + 1, min(start + _RUN, size)):
            entry, place = entries[sorted_], sorted_
            while place > start and entries[place - 1] > entry:
                entries[place] = entries[place - 1]
                place -= 1
            entries[place] = entry
    here, there, width = 0, size, _RUN
    while width < size:
        for start in range(0, size, 2 * width):
            _merge(
                entries,
                here + start,
                here + min(start + width, size),
                here + min(start + 2 * width, size),
                there + start,
            )
        here, there, width = there, here, 2 * width
    if here > 0:
        for place in range(size):
            entries[place] = entries[size + place]


@compilable
def _merge(entries: Any, one: int, middle: int, end: int, to: int) -> None:
    """Two runs side by side, `entries[one:middle]` and `entries[middle:end]`, as one run from `to` on."""
    other = middle
    while one < middle and other < end:
        # without a branch, which would be guessed wrong every other time
        first, second = entries[one], entries[other]
        takes_first = first <= second
        entries[to] = first if takes_first else second
        one += takes_first
        other += not takes_first
        to += 1
    while one < middle:
        entries[to] = entries[one]
        one, to = one + 1, to + 1
    while other < end:
        entries[to] = entries[other]
        other, to = other + 1, to + 1


@compilable
def _sort_in_place(entries: Any, size: int) -> None:
    for count in range(size):
        wakes.push(entries, count, entries[count])
    for count in range(size, 0, -1):
        least = entries[0]
        wakes.pop(entries, count)
        entries[count - 1] = least
    for place in range(size // 2):
        entries[place], entries[size - 1 - place] = entries[size - 1 - place], entries[place]
