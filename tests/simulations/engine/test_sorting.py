"""Sorting without an array of its own: both interpreters, with and without room behind what is sorted."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from earnest.simulations.engine import sorting

COMPILED: Any = njit(sorting.sort)
ENTRIES = st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3), max_size=100)


@pytest.mark.parametrize("sort", [sorting.sort, COMPILED])
@given(entries=ENTRIES, room=st.integers(0, 120))
def test_sorts_what_it_is_told_to(sort: Any, entries: list[int], room: int) -> None:
    given_ = np.array([*entries, *range(room)], dtype=np.int64)
    sort(given_, len(entries))
    assert given_[: len(entries)].tolist() == sorted(entries)


@pytest.mark.parametrize("room", [0, 100])
def test_leaves_alone_what_is_behind_its_room(room: int) -> None:
    given_ = np.array([*range(100, 0, -1), *[7] * room, 8, 9], dtype=np.int64)
    COMPILED(given_, 100)
    assert given_[:100].tolist() == list(range(1, 101))
    assert given_[-2:].tolist() == [8, 9]
