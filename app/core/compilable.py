"""Mark a rule as readable by both interpreters: Python itself and numba."""

from collections.abc import Callable
from typing import TypeVar

from numba.extending import register_jitable

Function = TypeVar("Function", bound=Callable[..., object])


def compilable(function: Function) -> Function:
    """Return the plain Python function, and let compiled code call it too.

    Interpreted, it is exact on Python's integers. Compiled (`numba.njit(function)`, or a call from a compiled loop), it
    works on int64: the caller proves that every product stays below 2**63.
    """
    registered: Function = register_jitable(function)
    return registered
