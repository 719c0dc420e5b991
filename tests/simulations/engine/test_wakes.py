"""The queue of wakes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from earnest.simulations.engine import wakes


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=60), st.data())
def test_wakes_leave_in_order_whatever_the_order_they_came_in(entries: list[int], data: st.DataObject) -> None:
    heap = np.zeros(len(entries), np.int64)
    size, waiting = 0, []
    for entry in entries:
        size = wakes.push(heap, size, entry)
        waiting.append(entry)
        if data.draw(st.booleans()):
            assert heap[0] == min(waiting)
            waiting.remove(int(heap[0]))
            size = wakes.pop(heap, size)
    for entry in sorted(waiting):
        assert heap[0] == entry
        size = wakes.pop(heap, size)
    assert size == 0
