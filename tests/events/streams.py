"""Reads server-sent events as a browser does."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx

from tests.fixtures.service import Service


class Received(NamedTuple):
    """One event."""

    kind: str
    id: str
    data: dict[str, Any]


def received(lines: Iterator[str]) -> Iterator[Received]:
    """The events of a stream; comments and events without data are passed over."""
    kind, place, data = "message", "", ""
    for line in lines:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            kind = value
        elif name == "id":
            place = value
        elif name == "data":
            data += value
        elif not line:
            if data:
                yield Received(kind, place, json.loads(data))
            kind, data = "message", ""


@contextmanager
def stream(service: Service, path: str, last: str | None = None) -> Iterator[httpx.Response]:
    """An open stream."""
    headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last} if last is not None else {})
    with (
        httpx.Client(base_url=service.url, timeout=30, trust_env=False) as http,
        http.stream("GET", "/v1" + path, headers=headers) as answer,
    ):
        yield answer


class Listener:
    """Follows a stream in a thread of its own, so that what happens meanwhile is told to it."""

    def __init__(self, service: Service, path: str, last: str | None = None) -> None:
        self.events: list[Received] = []
        self.opened, self._more = threading.Event(), threading.Condition()
        self.ended = False
        self._thread = threading.Thread(target=self._run, args=(service, path, last), daemon=True)
        self._thread.start()
        assert self.opened.wait(20)

    def _run(self, service: Service, path: str, last: str | None) -> None:
        try:
            with stream(service, path, last) as answer:
                assert answer.status_code == 200, answer.read()

                def lines() -> Iterator[str]:
                    for line in answer.iter_lines():
                        self.opened.set()
                        yield line

                for event in received(lines()):
                    with self._more:
                        self.events.append(event)
                        self._more.notify_all()
        except httpx.HTTPError:
            pass
        with self._more:
            self.ended = True
            self._more.notify_all()

    def until(self, count: int, seconds: float = 30) -> list[Received]:
        """The events, once there are so many."""
        with self._more:
            assert self._more.wait_for(lambda: len(self.events) >= count, seconds), self.events
            return list(self.events)

    def wait_for_end(self, seconds: float) -> None:
        with self._more:
            assert self._more.wait_for(lambda: self.ended, seconds)
