"""A client of the service: typed, synchronous and asynchronous, for managed accounts and for keys of one's own.

    with Client("http://127.0.0.1:8000", token="...") as client:
        pool = client.pools()[0]
        print(client.predict(pool.id, ["A wonderful film."]))

What changes something is sent with an Idempotency-Key, so that what is tried again is never done twice.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from earnest.client.asynchronous import AsyncClient
    from earnest.client.errors import ClientError, NotDecided, Refused, Unreachable, Untrustworthy
    from earnest.client.synchronous import Client

__all__ = ["AsyncClient", "Client", "ClientError", "NotDecided", "Refused", "Unreachable", "Untrustworthy"]

_HOMES = {
    "AsyncClient": "earnest.client.asynchronous",
    "Client": "earnest.client.synchronous",
    **dict.fromkeys(("ClientError", "NotDecided", "Refused", "Unreachable", "Untrustworthy"), "earnest.client.errors"),
}


def __getattr__(name: str) -> object:
    """Import a public name from where it is at home: the commands know this package, and have to start without it.

    Raises:
        AttributeError: there is no such name.
    """
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
