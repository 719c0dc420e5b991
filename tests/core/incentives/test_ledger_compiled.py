"""The same source interpreted and compiled by numba gives the same answers."""

import inspect
import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earnest.core.incentives import ledger, prices

NOT_COMPILED = {"totals_of", "amounts_named"}
RULES = {
    name: function
    for module in (ledger, prices)
    for name, function in inspect.getmembers(module, inspect.isfunction)
    if function.__module__ == module.__name__ and name not in NOT_COMPILED
}

ACCOUNTS, CONTRIBUTIONS = 3, 4
times = st.integers(0, 50)
amounts = st.integers(0, 2**31 - 1) | st.integers(0, 5)

#: For an integer argument of this name, the values it can have.
ARGUMENTS: dict[str, st.SearchStrategy[Any]] = {
    "n": st.integers(0, 2**63 - 1) | st.integers(0, 2**31).map(lambda root: max(0, root**2 - 1)),
    "weight": st.integers(1, 2**56),
    "step": st.integers(1, 2**56) | st.integers(1, 100),
    "elapsed": st.integers(1, 2**40),
    "now": times,
    "last": times,
    "is_burned": st.booleans(),
    "max_amount": st.integers(2**32, 2**62),
    "index": st.integers(0, CONTRIBUTIONS - 1),
    "account": st.integers(0, ACCOUNTS - 1),
}


@pytest.fixture(scope="module")
def compiled() -> dict[str, Callable[..., Any]]:
    return {name: numba.njit(function) for name, function in RULES.items()}


def arrays(data: st.DataObject, settles: bool) -> dict[str, list[int]]:
    claimable = data.draw(st.lists(amounts, min_size=CONTRIBUTIONS, max_size=CONTRIBUTIONS))
    credit = data.draw(st.lists(amounts, min_size=ACCOUNTS, max_size=ACCOUNTS))
    verified = data.draw(st.lists(st.integers(1, 2**28), min_size=ACCOUNTS, max_size=ACCOUNTS))
    totals = [
        sum(claimable) + sum(credit),
        sum(verified),
        CONTRIBUTIONS,
        0,
        *data.draw(st.lists(times, min_size=3, max_size=3)),
    ]
    return {"claimable": claimable, "credit": credit, "verified": verified, "totals": totals} if settles else {}


@pytest.mark.parametrize("name", sorted(RULES))
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_rule_interpreted_and_compiled_agree(compiled, name, data):
    ledgers = arrays(data, name.startswith("settle_"))
    interpreted: list[Any] = []
    packed: list[Any] = []
    for argument in inspect.signature(RULES[name]).parameters:
        if argument in ledgers:
            interpreted.append(list(ledgers[argument]))
            packed.append(np.array(ledgers[argument], dtype=np.int64))
        else:
            value = data.draw(ARGUMENTS.get(argument, amounts), label=argument)
            interpreted.append(value)
            packed.append(value)

    assert RULES[name](*interpreted) == compiled[name](*packed)
    for ours, theirs in zip(interpreted, packed, strict=True):
        assert ours == (theirs.tolist() if isinstance(theirs, np.ndarray) else theirs)


@given(n=st.integers(0, 2**200))
def test_isqrt_interpreted_is_exact_on_any_integer(n):
    assert prices.isqrt(n) == math.isqrt(n)


def test_every_rule_is_compared():
    assert len(RULES) >= 15
