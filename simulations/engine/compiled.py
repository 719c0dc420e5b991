"""Compiling for the engines: cached on disk, and without counting references."""

import hashlib
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


def fingerprint(*sources: ModuleType | str) -> int:
    """63 bits of the hash of sources: modules of ours, and what else tells those of guests.

    The cache on disk looks at the compiled function's own file alone. What that takes from other files has to be part
    of its key, or an edited rule would go on in its old form: so the function holds this number in its closure.
    """
    texts = (source if isinstance(source, str) else inspect.getsource(source) for source in sources)
    return int.from_bytes(hashlib.sha256("".join(texts).encode()).digest()[:8], "big") >> 1


def compiled(function: Function, *, allocates: bool = False) -> Function:
    """The function as machine code; nothing in it may allocate, unless it is said to.

    Arrays then need no reference counts, and counting them (every call takes tuples of arrays apart) would take four
    fifths of an engine's time.
    """
    options: dict[str, Any] = {"cache": True, "_nrt": allocates}
    made: Function = njit(**options)(function)
    return made
