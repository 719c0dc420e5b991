"""Mark a rule as readable by both interpreters: Python itself and numba, where numba is installed."""

from collections.abc import Callable
from typing import TypeVar

try:
    from numba import njit
    from numba.extending import overload, register_jitable
except ModuleNotFoundError:
    # a service without simulations: the rules are interpreted, which is exact too
    njit = overload = register_jitable = None  # type: ignore[assignment]

Function = TypeVar("Function", bound=Callable[..., object])


def compilable(function: Function) -> Function:
    """Return the plain Python function, and let compiled code call it too.

    Interpreted, it is exact on Python's integers. Compiled (`numba.njit(function)`, or a call from a compiled loop), it
    works on int64: the caller proves that every product stays below 2**63.
    """
    if register_jitable is None:
        return function
    registered: Function = register_jitable(function)
    return registered


def inlined(function: Function) -> Function:
    """As `compilable`, and compiled code gets it written out where it calls it.

    For what engines call at every step with all their arrays: a call would pass them as some two hundred words. Worth
    it where there are few such calls in the source; every one makes compiled code longer.
    """
    if register_jitable is None:
        return function
    registered: Function = register_jitable(forceinline=True)(function)
    return registered


def compiled_as(loops: Function) -> Callable[[Function], Function]:
    """Interpreted the function itself; compiled code calls another one in its place, which has to give the same.

    For arithmetic on whole arrays: numpy is fast where it is interpreted, and makes arrays; compiled, loops are as fast
    and make none.

    Args:
        loops: takes the same arguments, by the same names.
    """

    def mark(function: Function) -> Function:
        if overload is not None:
            overload(function, strict=False)(lambda *arguments: loops)
        return function

    return mark


def compiled_where_possible(function: Function) -> Function:
    """The function as machine code, compiled at its first call; itself where numba is not installed."""
    if njit is None:
        return function
    compiled: Function = njit(function)
    return compiled
