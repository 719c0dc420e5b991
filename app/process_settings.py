"""Settings of the whole process, which a library may change when it is imported."""

import decimal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept() -> Iterator[None]:
    """Put back at the end what imports in this block change for the whole process.

    That is the recursion limit, the longest whole number that is read from text, the context of decimal arithmetic and
    the time-out of sockets. A recursion limit beyond what the stack holds turns an error that can be caught into the
    end of the process.
    """
    recursion, digits = sys.getrecursionlimit(), sys.get_int_max_str_digits()
    context, timeout = decimal.getcontext().copy(), socket.getdefaulttimeout()
    try:
        yield
    finally:
        sys.setrecursionlimit(recursion)
        sys.set_int_max_str_digits(digits)
        decimal.setcontext(context)
        socket.setdefaulttimeout(timeout)
