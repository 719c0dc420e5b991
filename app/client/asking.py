"""How the service is asked, without saying by what: steps that a synchronous or an asynchronous driver takes.

A flow is a generator. It yields what is to be done next, a request or a pause, and is sent what came of it; so there is
one copy of everything that both clients do.
"""

import random
import uuid
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from earnest.client.errors import Refused, Unreachable
from earnest.core.errors import JsonInvalid
from earnest.core.strict_json import parse

Result = TypeVar("Result")

#: Largest answer that is read, in bytes.
MAX_ANSWER = 64 * 2**20
#: Of answers that say: try again.
AGAIN = (408, 429, 502, 503, 504)
#: Longest pause between two tries, in seconds.
LONGEST_PAUSE = 30.0


@dataclass(frozen=True)
class Ask:
    """A request.

    Attributes:
        again: whether it may be sent again when it is not known what became of it.
    """

    method: str
    path: str
    body: Any = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    again: bool = True


@dataclass(frozen=True)
class Heard:
    """An answer; status 0 where none came, with the reason as its body."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sleep:
    """A pause, in seconds."""

    seconds: float


Flow = Generator[Ask | Sleep, Any, Result]


def get(path: str, wait: float = 0, **parameters: Any) -> Ask:
    """A question."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return Ask("GET", path, parameters=given, headers=_prefer(wait))


def post(path: str, body: Any = None, *, key: str | None = None, wait: float = 0, again: bool = True) -> Ask:
    """What makes or changes something, under a key by which the service knows it again."""
    return Ask("POST", path, body, headers={"Idempotency-Key": key or uuid.uuid4().hex, **_prefer(wait)}, again=again)


def _prefer(wait: float) -> dict[str, str]:
    return {"Prefer": f"wait={int(wait)}"} if wait >= 1 else {}


def answered(ask: Ask, tries: int) -> Flow[Any]:
    """The JSON of an answer; what fails on the way is tried again, unless that could do something twice.

    Raises:
        Unreachable: no answer, or none of this API's, at the last try.
        Refused: with the service's reason.
    """
    for left in reversed(range(tries)):
        heard: Heard = yield ask
        pause = _pause(tries - left)
        if heard.status == 0:
            if not left or not ask.again:
                raise Unreachable(f"The service does not answer: {heard.body.decode()}.")
        elif heard.status in AGAIN and left:
            # it says itself that it did nothing
            pause = min(LONGEST_PAUSE, _seconds(heard.headers.get("retry-after")) or pause)
        else:
            return _read(heard)
        yield Sleep(pause)
    raise Unreachable("The service does not answer.")


def _pause(tried: int) -> float:
    """Longer each time, and not the same for all who wait."""
    return float(min(LONGEST_PAUSE, 0.25 * 2**tried) * random.uniform(0.5, 1))


def _seconds(given: str | None) -> float | None:
    try:
        return float(given) if given else None
    except ValueError:
        return None


def _read(heard: Heard) -> Any:
    if heard.status == 204:
        return None
    try:
        found = parse(heard.body, max_bytes=MAX_ANSWER)
    except JsonInvalid as error:
        if heard.status < 400:
            raise Unreachable(f"The service does not answer as the API does. {error}") from None
        found = {}
    if heard.status >= 400:
        raise Refused(
            heard.status, found if isinstance(found, Mapping) else {}, _seconds(heard.headers.get("retry-after"))
        )
    return found
