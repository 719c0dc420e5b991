"""Compiling for the engines: cached on disk, and without counting references."""

import hashlib
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


def fingerprint(*modules: ModuleType) -> int:
    """63 bits of the sources' hash.

    The cache on disk looks at the compiled function's own file alone. What that takes from other files has to be part
    of its key, or an edited rule would go on in its old form: so the function holds this number in its closure.
    """
    sources = "".join(inspect.getsource(module) for module in modules)
    return int.from_bytes(hashlib.sha256(sources.encode()).digest()[:8], "big") >> 1


def compiled(function: Function, *, allocates: bool = False) -> Function:
    """The function as machine code; nothing in it may allocate, unless it is said to.

    Arrays then need no reference counts, and counting them (every call takes tuples of arrays apart) would take four
    fifths of an engine's time.
    """
    options: dict[str, Any] = {"cache": True, "_nrt": allocates}
    made: Function = njit(**options)(function)
    return made
