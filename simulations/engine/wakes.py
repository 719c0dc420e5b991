"""The queue of wakes: a binary heap in one int64 array, earliest time first, ties by agent index.

An entry is `time * agents + agent`, so that the order of integers is the order of wakes.
"""

from typing import Any

from earnest.core.compilable import compilable


@compilable
def push(heap: Any, size: int, entry: int) -> int:
    """Add an entry to `heap[:size]`; O(log size). Returns the new size."""
    place = size
    while place > 0:
        parent = (place - 1) // 2
        if heap[parent] <= entry:
            break
        heap[place] = heap[parent]
        place = parent
    heap[place] = entry
    return size + 1


@compilable
def pop(heap: Any, size: int) -> int:
    """Remove `heap[0]`, the earliest entry, from `heap[:size]`; O(log size). Returns the new size."""
    size -= 1
    last = heap[size]
    place = 0
    child = 1
    while child < size:
        if child + 1 < size and heap[child + 1] < heap[child]:
            child += 1
        if last <= heap[child]:
            break
        heap[place] = heap[child]
        place = child
        child = 2 * place + 1
    heap[place] = last
    return size
