"""Answers that are kept for a moment, so that however many look at one thing, it is worked out once.

What a pool, its contributions and the pages about it show follows from the tables, from what keeps the service from
serving, and from the chain's time. An answer is kept until either of the first two changes, whatever the change was
about, and half a second at most: less than the chain, which counts whole seconds, can tell. Who writes and then reads
is answered from what was written.
"""

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Seconds that an answer is kept at most.
FRESH_SECONDS = 0.5
#: Most bytes of one answer that is kept, and of all together, with so much for each besides its body.
MOST_OF_ONE, MOST_OF_ALL, BESIDES = 2**20, 2**25, 2_048
#: Longest address, and cookies, of an answer that is kept.
MOST_KEY = 1_024

#: What is shown to anybody alike: pools and their contributions, and the pages about them.
_SHOWN = re.compile(r"/(?:v1/pools(?:/[^/]+(?:/contributions(?:/[0-9]+)?)?)?|pools/[^/]+(?:/contributions/[0-9]+)?)?")
#: Of whoever has one, the answer may be about; the cookie of an account of the page, and a bearer's token.
_OWN_COOKIE, _OWN_HEADER = b"earnest_account", b"authorization"


@dataclass(frozen=True)
class _Kept:
    """An answer.

    Attributes:
        version: of what it follows from, before it was worked out.
        begun: when that was.
        headers: those that the route set.
        body: all of it.
        route: which one answered, for whoever counts.
    """

    version: Hashable
    begun: float
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    route: Any


class KeptAnswers:
    """The middleware.

    Args:
        app: what comes after.
        version: changes whenever what answers follow from does.
        clock: seconds.
    """

    def __init__(
        self, app: ASGIApp, version: Callable[[], Hashable], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._version = version
        self._clock = clock
        # of one event loop alone, and so without a lock
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._size = 0
        #: what is being worked out, and of which version
        self._under_way: dict[Hashable, tuple[Hashable, asyncio.Future[_Kept | None]]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with what is kept, or pass a request on and keep its answer."""
        key = _key(scope)
        if key is None:
            await self._app(scope, receive, send)
            return
        version = self._version()
        found = self._kept.get(key)
        if found is None or not self._holds(found, version):
            under_way = self._under_way.get(key)
            if under_way is None or under_way[0] != version:
                await self._work_out(key, version, scope, receive, send)
                return
            # whoever asked before works it out, however long it takes: each by itself would take longer
            found = await asyncio.shield(under_way[1])
        if found is None or found.version != self._version():
            await self._app(scope, receive, send)
            return
        scope["route"] = found.route
        # others add to the headers
        await send({"type": "http.response.start", "status": HTTPStatus.OK, "headers": list(found.headers)})
        await send({"type": "http.response.body", "body": found.body})

    def _holds(self, found: _Kept, version: Hashable) -> bool:
        return found.version == version and self._clock() - found.begun < FRESH_SECONDS

    async def _work_out(self, key: Hashable, version: Hashable, scope: Scope, receive: Receive, send: Send) -> None:
        begun, outcome = self._clock(), asyncio.get_running_loop().create_future()
        mine = self._under_way[key] = (version, outcome)
        started: list[Message] = []
        parts: list[bytes] = []
        made: _Kept | None = None

        async def watch(message: Message) -> None:
            nonlocal made
            if message["type"] == "http.response.start":
                started.append({**message, "headers": tuple(message.get("headers", ()))})
            elif message["type"] == "http.response.body" and sum(map(len, parts)) <= MOST_OF_ONE:
                parts.append(message.get("body", b""))
                if not message.get("more_body", False):
                    made = _worth_keeping(version, begun, started, b"".join(parts), scope)
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            if self._under_way.get(key) == mine:
                del self._under_way[key]
            if made is not None:
                self._keep(key, made)
            if not outcome.done():
                outcome.set_result(made)

    def _keep(self, key: Hashable, made: _Kept) -> None:
        former = self._kept.pop(key, None)
        self._size += len(made.body) + BESIDES - (len(former.body) + BESIDES if former is not None else 0)
        self._kept[key] = made
        while self._size > MOST_OF_ALL:
            _, oldest = self._kept.popitem(last=False)
            self._size -= len(oldest.body) + BESIDES


def _key(scope: Scope) -> Hashable:
    """What an answer differs by; None for one that is not kept."""
    if scope["type"] != "http" or scope["method"] != "GET" or not _SHOWN.fullmatch(scope["path"]):
        return None
    cookies = b""
    for name, value in scope["headers"]:
        if name == b"cookie":
            cookies += b";" + value
        elif name == _OWN_HEADER:
            return None
    if _OWN_COOKIE in cookies or len(scope["path"]) + len(scope["query_string"]) + len(cookies) > MOST_KEY:
        return None
    return scope["path"], scope["query_string"], cookies, scope["scheme"]


def _worth_keeping(version: Hashable, begun: float, started: list[Message], body: bytes, scope: Scope) -> _Kept | None:
    if not started or started[0]["status"] != HTTPStatus.OK or len(body) > MOST_OF_ONE:
        return None
    headers = started[0]["headers"]
    if any(name.lower() == b"set-cookie" for name, _ in headers):
        return None
    return _Kept(version, begun, headers, body, scope.get("route"))
