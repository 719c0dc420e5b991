"""Bounds of every request, before anything of it is parsed: its address, its headers, the size and depth of its body.

One ASGI middleware in front of every route. A body arrives there whole and once, so that a route holds no more memory
than its bound, whatever the client announces.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from earnest.core.errors import JsonInvalid
from earnest.core.strict_json import require_shallow
from earnest.web.problems import problem

#: Largest body, in bytes, unless `_LARGER` says otherwise.
MAX_BODY = 2**20
#: A thousand samples, or a text of the longest that is encoded with every character escaped, whichever is more.
MAX_SAMPLES = 8 * 2**20
#: A pool's data set, or a question's; its `csv` or `file` has at most 50,000,000 characters.
MAX_DATA = 64 * 2**20
#: Longest path and query together, and all headers together, in bytes.
MAX_TARGET, MAX_HEADERS = 8_192, 32_768

#: Most bytes of bodies that are held at once, over all connections; small bodies are read whatever others hold.
MOST_HELD, SMALL = 512 * 2**20, 2**16
#: Set in a request's scope once its body is known not to be nested too deep.
SHALLOW = "earnest.shallow"
#: Seconds that a body may take to arrive.
BODY_SECONDS = 30.0

_DATA = ("/v1/pools", "/v1/pools/check", "/v1/advice")
_SAMPLES = re.compile(
    r"(/v1)?/pools/[^/]+(/predictions|/quotes|/submissions|/prepared/contribute|/try|/contribute)?|/v1/transactions"
)
#: Of a body that is refused so much is read and thrown away, so that the client sees the answer before the end.
_DISCARDED = 32 * 2**20
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass
class _Held:
    """What of a request's body counts among all that are held.

    Attributes:
        counted: its bytes.
        refused: whether there was no room for it.
        ended: whether its last part has come, so that waiting for more would be in vain.
    """

    counted: int = 0
    refused: bool = False
    ended: bool = False


class BoundedRequests:
    """The middleware.

    Args:
        app: what comes after.
        is_operator: whether a bearer token is the operator's, who alone may send a data set.
    """

    def __init__(self, app: ASGIApp, is_operator: Callable[[str | None], bool]) -> None:
        self._app = app
        self._is_operator = is_operator
        # of one event loop alone, and so without a lock
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through that keeps to the bounds, and answer any other."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if len(scope["raw_path"] or b"") + len(scope["query_string"]) > MAX_TARGET:
            answer = problem(414, "address-too-long", "Address too long", f"At most {MAX_TARGET:,} bytes are read.")
            await answer(scope, receive, send)
            return
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADERS:
            answer = problem(431, "headers-too-large", "Headers too large", f"At most {MAX_HEADERS:,} bytes are read.")
            await answer(scope, receive, send)
            return
        if "\0" in scope["path"] or b"\0" in unquote_to_bytes(scope["query_string"]):
            # no name and no number here has one, and PostgreSQL keeps none
            answer = problem(400, "address-malformed", "Address malformed", "The address holds a NUL character.")
            await answer(scope, receive, send)
            return
        headers = Headers(scope=scope)
        announced = headers.get("content-length", "0")
        if announced == "0" and "transfer-encoding" not in headers:
            await self._app(scope, receive, send)
            return
        most = self._bound(scope, headers)
        fits = announced.isdecimal() and int(announced[:20]) <= most
        held = _Held()
        try:
            await self._read_and_pass_on(scope, receive, send, headers, most, held, fits=fits)
        finally:
            self._held -= held.counted

    async def _read_and_pass_on(
        self, scope: Scope, receive: Receive, send: Send, headers: Headers, most: int, held: _Held, *, fits: bool
    ) -> None:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                # the server has refused a body that is longer than it says
                body = await self._read(receive, most, held) if fits else None
                if body is None and not held.ended and "expect" not in headers:
                    await _discard(receive)
        except TimeoutError:
            await _too_slow()(scope, receive, send)
            return
        if held.refused:
            await _too_many()(scope, receive, send)
            return
        if body is None:
            await _too_large(most)(scope, receive, send)
            return
        if not headers.get("content-type", "").startswith(_FORMS):
            try:
                require_shallow(body)
            except JsonInvalid as error:
                await malformed(error)(scope, receive, send)
                return
            scope[SHALLOW] = True
        await self._app(scope, _replay(body, receive), send)

    async def _read(self, receive: Receive, most: int, held: _Held) -> bytes | None:
        """The whole body; None when it is longer, or others hold too much, or the client went away."""
        parts, size = [], 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return None
            part = message.get("body", b"")
            size += len(part)
            held.ended = not message.get("more_body", False)
            if size > most:
                return None
            if size > SMALL:
                if self._held + size - held.counted > MOST_HELD:
                    held.refused = True
                    return None
                self._held += size - held.counted
                held.counted = size
            parts.append(part)
            if held.ended:
                return b"".join(parts)

    def _bound(self, scope: Scope, headers: Headers) -> int:
        path = scope["path"]
        if path in _DATA:
            scheme, _, token = headers.get("authorization", "").partition(" ")
            return MAX_DATA if scheme.lower() == "bearer" and self._is_operator(token.strip()) else MAX_BODY
        return MAX_SAMPLES if _SAMPLES.fullmatch(path) else MAX_BODY


def malformed(error: JsonInvalid) -> ASGIApp:
    """The answer to a body that is no JSON, or ambiguous."""
    return problem(400, "body-malformed", "Body malformed", f"The body is refused. {error}")


def _too_large(most: int) -> ASGIApp:
    detail = f"The body is larger than {most:,} bytes, the most that is read here: send less at once."
    answer = problem(413, "body-too-large", "Body too large", detail, most=most)
    # what is left of the body must not be taken for the next request
    answer.headers["Connection"] = "close"
    return answer


def _too_slow() -> ASGIApp:
    detail = f"The body did not arrive within {BODY_SECONDS:.0f} seconds: send it again."
    answer = problem(408, "body-too-slow", "Body too slow", detail)
    answer.headers["Connection"] = "close"
    return answer


def _too_many() -> ASGIApp:
    detail = "So many large bodies are on their way to the service that it reads no other now: send it again later."
    answer = problem(503, "bodies-too-many", "Bodies too many", detail)
    answer.headers["Retry-After"] = "10"
    answer.headers["Connection"] = "close"
    return answer


async def _discard(receive: Receive) -> None:
    size = 0
    while size < _DISCARDED:
        message = await receive()
        size += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return


def _replay(body: bytes, receive: Receive) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay
