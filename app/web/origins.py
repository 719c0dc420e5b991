"""What a browser sends on behalf of somebody else's page is refused.

A page from anywhere can make its visitor's browser send forms and simple requests here, and with a name that it points
at this machine (DNS rebinding) read the answers too. Browsers say in headers, which no page can change, by which name
they reached this service and whose page asked.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from earnest.config import LOOPBACK
from earnest.web.problems import problem

_READS = ("GET", "HEAD", "OPTIONS")


def names_of(host: str, public: Collection[str]) -> frozenset[str] | None:
    """The names under which a service may be asked for; None for any.

    Args:
        host: the address that it listens on.
        public: names that the operator gave it.
    """
    if not public and host not in LOOPBACK:
        # it listens for others, under names that nobody told it
        return None
    return frozenset(name.lower() for name in (*public, *LOOPBACK, host))


class OwnPagesOnly:
    """The middleware: `Host` is one of ours, and what changes something comes from no other page.

    Programs that are no browsers send neither `Origin` nor `Sec-Fetch-Site`, and are let through.

    Args:
        app: what comes after.
        names: see `names_of`.
        public: names that the operator gave the service, under which its pages may be reached through a proxy.
    """

    def __init__(self, app: ASGIApp, names: frozenset[str] | None, public: Collection[str]) -> None:
        self._app = app
        self._names = names
        self._public = frozenset(name.lower() for name in public)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self._names is not None and _name(host) not in self._names:
            detail = "The service does not answer under this name; its operator adds names with EARNEST_PUBLIC_HOSTS."
            await problem(421, "host-unknown", "Host unknown", detail)(scope, receive, send)
            return
        if scope["method"] not in _READS and not self._is_own(headers, host):
            detail = "The request comes from another site's page, which may change nothing here."
            await problem(403, "origin-foreign", "Origin foreign", detail)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_own(self, headers: Headers, host: str) -> bool:
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site", "none") in ("same-origin", "none")
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        if parts.scheme not in ("http", "https") or not parts.netloc:
            return False
        # behind a proxy that gives the service another Host, the operator's names stand for it
        return parts.netloc.lower() == host.lower() or parts.hostname in self._public


def _name(host: str) -> str | None:
    """The name in a Host header, without its port; none where something else stands before it."""
    if "@" in host:
        return None
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
