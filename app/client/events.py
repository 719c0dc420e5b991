"""Reads server-sent events, whatever the lines come from."""

from collections.abc import Mapping
from typing import Any

from earnest.client.answers import Event
from earnest.client.errors import Unreachable
from earnest.core.errors import JsonInvalid
from earnest.core.strict_json import parse

#: Longest event that is read, in characters.
MAX_EVENT = 2**20
#: Whether the chain's node answers: said between the events, and none of them.
NODE = "node"


class EventReader:
    """Takes lines, and gives an event when one is whole.

    Attributes:
        last: place of the newest event; who is cut off goes on from there.
    """

    def __init__(self, last: str | None = None) -> None:
        self.last = last
        self._kind, self._data = "message", ""

    def line(self, line: str) -> Event | None:
        """Take one line.

        Raises:
            Unreachable: what comes is no event of the API's.
        """
        if not line:
            kind, data = self._kind, self._data
            self._kind, self._data = "message", ""
            return self._event(kind, data) if data and kind != NODE else None
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "id":
            self.last = value
        elif name == "event":
            self._kind = value
        elif name == "data":
            self._data += value
            if len(self._data) > MAX_EVENT:
                raise Unreachable("The service sends an event that has no end.")
        return None

    def _event(self, kind: str, data: str) -> Event:
        try:
            found: Any = parse(data, max_bytes=4 * MAX_EVENT)
        except JsonInvalid as error:
            raise Unreachable(f"The service sends what is no event. {error}") from None
        if kind == "reset" or not isinstance(found, Mapping):
            found = {}
        return Event.read({**found, "kind": kind, "id": self.last or ""})
