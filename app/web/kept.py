"""Answers that are kept for a moment, so that however many look at one thing, it is worked out once.

What a pool, its contributions and the pages about it show follows from the tables, from what keeps the service from
serving, and from the chain's time. An answer is kept until either of the first two changes, whatever the change was
about, and half a second at most: less than the chain, which counts whole seconds, can tell. Who waits for one that is
worked out already takes it, however long that took. Who writes and then reads is answered from what was written.
Whoever says who they are is answered by themselves.
"""

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Seconds that an answer is kept at most.
FRESH_SECONDS = 0.5
#: Most bytes of one answer that is kept, and of all together, with so much for each besides its body.
MOST_OF_ONE, MOST_OF_ALL, BESIDES = 2**20, 2**25, 2_048
#: Longest address, cookies and headers that an answer is kept by.
MOST_KEY = 1_024
#: What a header takes besides its name and value, about.
_OF_HEADER = 64

#: What is shown to anybody alike: pools and their contributions, and the pages about them.
_SHOWN = re.compile(r"/(?:v1/pools(?:/[^/]+(?:/contributions(?:/[0-9]+)?)?)?|pools/[^/]+(?:/contributions/[0-9]+)?)?")
_COOKIE = b"cookie"
#: What an answer may be made by besides, of nobody in particular.
_MADE_BY = frozenset({b"host", b"accept", b"accept-language"})
#: Who sends one is known by it, or wants less than all.
_OWN = frozenset({b"authorization", b"range", b"if-range", b"if-none-match", b"if-modified-since"})
#: Headers of answers that are one person's, or differ by more than is looked at.
_APART = frozenset({b"set-cookie", b"vary"})


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
        choices: cookies that say how a page is shown, and not to whom; who sends any other is answered by themselves.
        clock: seconds.
    """

    def __init__(
        self,
        app: ASGIApp,
        version: Callable[[], Hashable],
        choices: Collection[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._version = version
        self._choices = frozenset(name.encode() for name in choices)
        self._clock = clock
        # of one event loop alone, and so without a lock
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._size = 0
        #: what is being worked out, and of which version
        self._under_way: dict[Hashable, tuple[Hashable, asyncio.Future[_Kept | None]]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with what is kept, or pass a request on and keep its answer."""
        key = self._key(scope)
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

    def _key(self, scope: Scope) -> Hashable:
        """What an answer differs by; None for one that is not kept."""
        if scope["type"] != "http" or scope["method"] != "GET" or not _SHOWN.fullmatch(scope["path"]):
            return None
        said = []
        length = len(scope["path"]) + len(scope["query_string"])
        for name, value in scope["headers"]:
            if name in _OWN or (name == _COOKIE and not self._only_choices(value)):
                return None
            if name in _MADE_BY or name == _COOKIE:
                said.append((name, value))
                # many empty ones are as long as few full ones
                length += len(name) + len(value) + _OF_HEADER
        return None if length > MOST_KEY else (scope["scheme"], scope["path"], scope["query_string"], *said)

    def _only_choices(self, cookies: bytes) -> bool:
        return all(one.partition(b"=")[0].strip() in self._choices for one in cookies.split(b";"))

    def _holds(self, found: _Kept, version: Hashable) -> bool:
        return found.version == version and self._clock() - found.begun < FRESH_SECONDS

    async def _work_out(self, key: Hashable, version: Hashable, scope: Scope, receive: Receive, send: Send) -> None:
        begun, outcome = self._clock(), asyncio.get_running_loop().create_future()
        mine = self._under_way[key] = (version, outcome)
        held: list[Message] = []
        size = 0

        def settle(made: _Kept | None) -> None:
            if self._under_way.get(key) == mine:
                del self._under_way[key]
            if made is not None:
                self._keep(key, made)
            outcome.set_result(made)

        async def watch(message: Message) -> None:
            nonlocal size
            if outcome.done():
                await send(message)
                return
            held.append(message)
            size += len(message.get("body", b""))
            whole = message["type"] == "http.response.body" and not message.get("more_body", False)
            if not whole and size <= MOST_OF_ONE:
                return
            # before anything is sent: a client that reads slowly, or nothing, holds up nobody else
            settle(_worth_keeping(version, begun, held, scope) if whole and size <= MOST_OF_ONE else None)
            for one in held:
                await send(one)

        try:
            await self._app(scope, receive, watch)
        finally:
            if not outcome.done():
                settle(None)

    def _keep(self, key: Hashable, made: _Kept) -> None:
        former = self._kept.pop(key, None)
        self._size += len(made.body) + BESIDES - (len(former.body) + BESIDES if former is not None else 0)
        self._kept[key] = made
        while self._size > MOST_OF_ALL:
            _, oldest = self._kept.popitem(last=False)
            self._size -= len(oldest.body) + BESIDES


def _worth_keeping(version: Hashable, begun: float, held: list[Message], scope: Scope) -> _Kept | None:
    start, *rest = held
    headers = tuple((name, value) for name, value in start.get("headers", ()))
    if start.get("status") != HTTPStatus.OK or any(name.lower() in _APART for name, _ in headers):
        return None
    body = b"".join(message.get("body", b"") for message in rest)
    return _Kept(version, begun, headers, body, scope.get("route"))
