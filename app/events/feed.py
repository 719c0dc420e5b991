"""The newest events in memory, so that however many follow them, the tables are asked once."""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from earnest.db.engine import Sessions
from earnest.db.queries.events import events_after, newest_event
from earnest.db.tables import Event

log = logging.getLogger(__name__)

#: Events in memory, and read at a time.
REMEMBERED, PAGE = 2_000, 500
#: Seconds between two looks at the tables while somebody listens, and after one that failed.
LOOK_SECONDS, RETRY_SECONDS = 0.25, 2.0


class Feed:
    """One thread that reads what is new, and wakes all who wait for it.

    The tables are asked, not the sync: another process may write them.

    Args:
        sessions: the database.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._changed = threading.Condition()
        self._recent: deque[Event] = deque(maxlen=REMEMBERED)
        #: everything up to here was read or is in the tables
        self._newest: int | None = None
        #: before here, events have to be looked up
        self._from = 0
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="events", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, and let all who wait go."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._wake()
        if self._thread.is_alive():
            self._thread.join(2)

    def since(self, sequence: int) -> tuple[Sequence[Event], int] | None:
        """The events after a place, and up to where that is all; None where the tables have to be asked."""
        with self._changed:
            if self._newest is None or not self._from <= sequence <= self._newest:
                return None
            return [event for event in self._recent if event.sequence > sequence], self._newest

    async def wait(self, sequence: int, seconds: float) -> None:
        """Return once there may be something after a place, or after some seconds."""
        me = (asyncio.get_running_loop(), asyncio.Event())
        with self._changed:
            if self._newest is not None and self._newest > sequence:
                return
            self._waiting.add(me)
            self._changed.notify_all()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await me[1].wait()
        finally:
            with self._changed:
                self._waiting.discard(me)

    # THE THREAD

    def _run(self) -> None:
        while self._is_wanted():
            pause = LOOK_SECONDS
            try:
                if self._look():
                    self._wake()
            except SQLAlchemyError as error:
                # whoever listens goes on listening
                log.warning("Events cannot be read: %s", str(error).splitlines()[0])
                pause = RETRY_SECONDS
            with self._changed:
                if not self._stopping:
                    self._changed.wait_for(lambda: self._stopping, pause)

    def _is_wanted(self) -> bool:
        """Whether to look once more; waits until somebody listens."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._stopping)
            return not self._stopping

    def _look(self) -> bool:
        """Read what is new; whether something is."""
        with self._sessions() as session:
            newest = newest_event(session)
            known = self._newest
            if known is not None and known <= newest <= known + PAGE:
                found = events_after(session, known, PAGE) if newest > known else []
            else:
                # the first look, or there is too much for memory, or the tables are others
                found, known = [], None
        with self._changed:
            if known is None:
                self._recent.clear()
                self._newest = self._from = newest
                return True
            for event in found:
                if len(self._recent) == REMEMBERED:
                    self._from = self._recent[0].sequence
                self._recent.append(event)
                self._newest = event.sequence
            return bool(found)

    def _wake(self) -> None:
        with self._changed:
            waiting = list(self._waiting)
        for loop, event in waiting:
            # whoever waited may be gone, and its loop with it
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(event.set)
