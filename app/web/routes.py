"""Routes whose JSON bodies are parsed strictly."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from earnest.core.errors import JsonInvalid
from earnest.core.strict_json import MAX_DEPTH, parse
from earnest.errors import EarnestError
from earnest.web.bodies import MAX_DATA, SHALLOW

#: Bodies above it are parsed beside the requests of others.
_LONG = 2**18


class BodyMalformed(EarnestError):
    """The body is no JSON, or JSON that readers understand differently."""

    status = 400
    type = "body-malformed"
    title = "Body malformed"


class _StrictRequest(Request):
    """A request with the service's own parser.

    The framework's takes members that occur twice, NaN, and UTF-8 that is none.
    """

    _value: Any = None
    _parsed = False

    async def json(self) -> Any:
        """The body's value, parsed once; None when there is no body.

        Raises:
            BodyMalformed: says why.
        """
        if not self._parsed and (body := await self.body()):
            depth = None if self.scope.get(SHALLOW) else MAX_DEPTH
            try:
                if len(body) > _LONG:
                    self._value = await run_in_threadpool(parse, body, max_bytes=MAX_DATA, max_depth=depth)
                else:
                    self._value = parse(body, max_bytes=MAX_DATA, max_depth=depth)
            except JsonInvalid as error:
                raise BodyMalformed(f"The body is refused. {error}") from None
        self._parsed = True
        return self._value


def _is_json(content_type: str) -> bool:
    """Whether the framework would parse a body of this type as JSON."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _without_body(
    handle: Callable[[Request], Coroutine[Any, Any, Response]],
) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """What takes no body gets none, or an empty object, as some clients cannot but send: anything else is a mistake."""

    async def strict(request: Request) -> Response:
        ours = _StrictRequest(request.scope, request.receive)
        if await ours.body() and await ours.json() not in ({}, None):
            raise BodyMalformed("The body is refused. Nothing is asked for here: send no body, or an empty object.")
        return await handle(ours)

    return strict


class StrictRoute(APIRoute):
    """The class of every route under `/v1`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's handler, given a request that was parsed strictly."""
        handle = super().get_route_handler()
        if self.body_field is None:
            return _without_body(handle) if "POST" in (self.methods or ()) else handle

        async def strict(request: Request) -> Response:
            ours = _StrictRequest(request.scope, request.receive)
            if _is_json(request.headers.get("content-type", "")):
                # before the framework does, which makes one sentence of all errors here
                await ours.json()
            return await handle(ours)

        return strict
