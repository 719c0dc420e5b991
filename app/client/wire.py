"""What both clients have in common with httpx."""

from typing import Any

import httpx

from earnest.client.asking import Ask, Heard
from earnest.client.errors import Refused
from earnest.core.errors import JsonInvalid
from earnest.core.strict_json import parse

#: Tries of a request, and seconds to wait for what the chain decides, unless told otherwise.
TRIES, WAIT = 5, 120.0
#: Seconds within which a part of an answer must come; a stream of events has a comment every 15 s.
ANSWER_SECONDS = 60.0
_MAX_PROBLEM = 2**20


def connection(url: str, token: str | None) -> dict[str, Any]:
    """How to connect."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return {
        "base_url": url.rstrip("/") + "/v1",
        "timeout": httpx.Timeout(ANSWER_SECONDS, connect=10),
        "headers": headers,
        # a token is meant for this service, and goes to no proxy and no other address
        "trust_env": False,
        "follow_redirects": False,
    }


def request_of(ask: Ask) -> dict[str, Any]:
    """A request as httpx takes it."""
    return {
        "method": ask.method, "url": ask.path, "json": ask.body, "params": dict(ask.parameters) or None,
        "headers": dict(ask.headers),
    }  # fmt: skip


def heard(answer: httpx.Response) -> Heard:
    """What came."""
    return Heard(answer.status_code, answer.content, {name.lower(): value for name, value in answer.headers.items()})


def silence(error: httpx.HTTPError) -> Heard:
    """That nothing came."""
    return Heard(0, (str(error) or type(error).__name__).encode())


def refused(status: int, body: bytes) -> Refused:
    """The refusal that an answer is."""
    try:
        found = parse(body, max_bytes=_MAX_PROBLEM)
    except JsonInvalid:
        found = {}
    return Refused(status, found if isinstance(found, dict) else {})
