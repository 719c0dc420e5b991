"""Every request has an id, a line in the access log, and is counted."""

import logging
import re
import secrets
import time
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from earnest.operations.counts import METHODS, RequestCounts
from earnest.telemetry import span
from earnest.web.dependencies import REQUEST

access = logging.getLogger("earnest.access")

#: By which a request is named to its client, and may be by a proxy in front.
HEADER = "X-Request-ID"
_RAW_HEADER = HEADER.lower().encode()
#: Where the API is.
API = "/v1"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")
#: Asked for by whoever watches the service, again and again: not in the access log.
_WATCHING = ("/healthz", "/readyz", "/metrics")


class WatchedRequests:
    """The middleware.

    Args:
        app: what comes after.
        counts: of requests, by route and status.
    """

    def __init__(self, app: ASGIApp, counts: RequestCounts) -> None:
        self._app = app
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and write down what came of it; neither query nor headers nor body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER.lower(), "")
        name = given if _GIVEN.fullmatch(given) else secrets.token_hex(16)
        REQUEST.set(name)
        begun, status = time.perf_counter(), 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), (_RAW_HEADER, name.encode())]}
            await send(message)

        try:
            if scope["path"] in _WATCHING:
                await self._app(scope, receive, watch)
            else:
                await self._traced(scope, receive, watch, name, lambda: status)
        finally:
            seconds, route = time.perf_counter() - begun, _route(scope)
            self._counts.note(scope["method"], route, status, seconds)
            if scope["path"] not in _WATCHING:
                client = scope["client"][0] if scope.get("client") else "-"
                access.info("%s %s %d %.1f ms %s", scope["method"], scope["path"][:200], status, seconds * 1000, client)

    async def _traced(self, scope: Scope, receive: Receive, send: Send, name: str, status: Callable[[], int]) -> None:
        """Pass a request on within a span, which is a child of the client's where that names its own."""
        method = scope["method"] if scope["method"] in METHODS else "other"
        with span(method, _parent(scope), http__request__method=method, earnest__request_id=name) as told:
            try:
                await self._app(scope, receive, send)
            finally:
                route = _route(scope)
                told.rename(f"{method} {route}")
                told.say(http__route=route, http__response__status_code=status())


def _route(scope: Scope) -> str:
    """The route's own address, so that there are as many series as routes."""
    route: str = getattr(scope.get("route"), "path", None) or "other"
    if route != "other" and scope["path"].startswith(f"{API}/") and not route.startswith(f"{API}/"):
        # a room's routes do not know under which address the whole has them
        return API + route
    return route


def _parent(scope: Scope) -> dict[str, str]:
    """What a client says of its own trace."""
    given = Headers(scope=scope).get("traceparent")
    return {"traceparent": given} if given else {}
