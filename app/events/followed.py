"""Whose events somebody follows, and what is told of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from earnest.db.tables import Event
from earnest.events.schemas import EventShown


@dataclass(frozen=True)
class Followed:
    """Whose events somebody follows.

    Attributes:
        about: whether an event is one of them.
        read: those after a place, so many at most, from the tables.
        newest: the place of the newest of all events when it was asked for.
    """

    about: Callable[[Event], bool]
    read: Callable[[Session, int, int], Sequence[Event]]
    newest: int


@dataclass(frozen=True)
class Told:
    """Some events.

    Attributes:
        events: in order, each with its place.
        position: there are no others up to here.
        gone: whether some were forgotten before they were told.
    """

    events: Sequence[tuple[int, EventShown]]
    position: int
    gone: bool = False
