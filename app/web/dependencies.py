"""What endpoints ask for: the one service that they need, once it is ready, and what a request carries."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from earnest.readiness import READ, Readiness
from earnest.web.limits import CLIENT
from earnest.web.streams import OpenStreams

Service = TypeVar("Service")

#: Id of the request that this code runs for, as logs and the audit log name it; None outside of requests.
REQUEST: ContextVar[str | None] = ContextVar("request", default=None)

#: What a service is found by in an application's state.
SERVICES, READINESS, LEAVING, LONGEST_WAIT = "services", "readiness", "leaving", "longest_wait"
STREAMS = "streams"

_bearer = HTTPBearer(
    auto_error=False, description="An account's token, a session's access token, an API key, or the admin token."
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


async def _requirement(request: Request) -> Callable[[str], None]:
    return readiness_of(request).require


def readiness_of(request: Request) -> Readiness:
    """What keeps the service that a request came to from serving."""
    found: Readiness = getattr(request.app.state, READINESS)
    return found


#: Refuses, with 503 and the reasons, while the service lacks a capability that only part of an endpoint needs.
Requirement = Annotated[Callable[[str], None], Depends(_requirement)]


def provided(kind: type[Service], *capabilities: str) -> Callable[[Request], Awaitable[Service]]:
    """A dependency on the service of a class, such as `Annotated[PoolService, Depends(provided(PoolService))]`.

    While the service as a whole lacks one of the capabilities (reading, where none is named), requests that depend on
    it are answered with 503 and the reasons; what a single pool lacks, its services know.
    """

    # a plain function would be called on another thread, which costs more than all that it does
    async def provide(request: Request) -> Service:
        for capability in capabilities or (READ,):
            readiness_of(request).require(capability)
        services: Mapping[type, object] = getattr(request.app.state, SERVICES)
        service = services[kind]
        if not isinstance(service, kind):
            raise TypeError(f"what is provided as {kind.__name__} is a {type(service).__name__}")
        return service

    return provide


async def _leaving(request: Request) -> Callable[[], bool]:
    leaving: Callable[[], bool] = getattr(request.app.state, LEAVING)
    return leaving


#: Whether the service is about to end; answers that go on and on then end too.
Leaving = Annotated[Callable[[], bool], Depends(_leaving)]


async def _one_stream(request: Request) -> AsyncIterator[None]:
    """Count an answer that goes on and on, until it has ended."""
    streams: OpenStreams = getattr(request.app.state, STREAMS)
    with streams.one(CLIENT.get()):
        yield


#: Refuses one stream too many; asked for last, so that nothing else can refuse after it.
OneStream = Annotated[None, Depends(_one_stream)]
#: A retry with the same key and body takes up what is not confirmed and resends nothing that is.
IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=200)]


async def _wait(
    request: Request,
    prefer: Annotated[
        str | None,
        Header(description="`wait=20`: be answered once there is an outcome, or after so many seconds (RFC 7240)."),
    ] = None,
) -> float:
    found = re.search(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,9})", prefer or "", re.IGNORECASE)
    # a preference that is not understood is no error
    longest: float = getattr(request.app.state, LONGEST_WAIT)
    return min(float(found[1]), longest) if found else 0.0


#: Seconds that the client wants to wait for an outcome, bounded by the operator.
Wait = Annotated[float, Depends(_wait)]
