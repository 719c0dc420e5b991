"""Finds out which webhooks there is something to do for, and the threads that do it.

Nothing of a request waits here. What is to be done follows from the tables, so that a process that ends forgets
nothing: the next one begins with a look at every webhook.
"""

import logging
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable

from sqlalchemy.exc import SQLAlchemyError

from earnest.db.engine import Sessions
from earnest.db.queries.events import newest_event
from earnest.db.queries.webhooks import active_webhooks, webhooks_due, webhooks_told_of
from earnest.webhooks.courier import Courier

log = logging.getLogger(__name__)

#: Threads that deliver, and how many of them one account may have: a slow receiver holds nobody else up.
WORKERS, WORKERS_OF_OWNER = 16, 2
#: Seconds between two looks at what is new, between two looks at every webhook, and after one that failed.
LOOK_SECONDS, FULL_LOOK_SECONDS, RETRY_SECONDS = 0.5, 300.0, 2.0


class Deliverer:
    """Delivers events to webhooks, those of one webhook in order.

    Args:
        sessions: the database.
        courier: delivers to one webhook.
        workers: threads.
        clock: seconds since 1970.
    """

    def __init__(
        self, sessions: Sessions, courier: Courier, workers: int = WORKERS, clock: Callable[[], float] = time.time
    ) -> None:
        self._sessions = sessions
        self._courier = courier
        self._clock = clock
        self._changed = threading.Condition()
        #: webhooks whose turn comes, with their owners; the next one first
        self._waiting: OrderedDict[str, str | None] = OrderedDict()
        self._busy: dict[str, str | None] = {}
        #: what was put in while it was busy
        self._again: set[str] = set()
        self._stopping = False
        #: up to here, it is known which webhooks events are for; None before the first look
        self._seen: int | None = None
        self._looked_at_all = 0.0
        self._threads = [threading.Thread(target=self._look_on, name="webhooks", daemon=True)]
        self._threads += [
            threading.Thread(target=self._work, name=f"webhooks {number}", daemon=True) for number in range(workers)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    @property
    def is_stopping(self) -> bool:
        """Whether it was stopped."""
        return self._stopping

    def stop(self, timeout: float = 2.0) -> None:
        """Begin no further delivery, and wait a little for those under way; what is cut off is delivered again."""
        until = time.monotonic() + timeout
        with self._changed:
            self._stopping = True
            self._waiting.clear()
            self._changed.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, until - time.monotonic()))

    def put(self, webhook_id: str, owner: str | None) -> None:
        """Have a webhook looked after soon, behind those that wait already."""
        with self._changed:
            if self._stopping:
                return
            if webhook_id in self._busy:
                self._again.add(webhook_id)
            else:
                self._waiting.setdefault(webhook_id, owner)
                # the thread that looks waits for the same: one call could wake it instead of one that works
                self._changed.notify_all()

    def look(self) -> None:
        """Look once at what there is to do.

        Raises:
            SQLAlchemyError: the database does not answer.
        """
        found: list[tuple[str, str | None]] = []
        everything = time.monotonic() - self._looked_at_all >= FULL_LOOK_SECONDS
        with self._sessions() as session:
            newest = newest_event(session)
            if self._seen is None or newest < self._seen or everything:
                found += active_webhooks(session)
                self._looked_at_all = time.monotonic()
            elif newest > self._seen:
                found += webhooks_told_of(session, self._seen)
            found += webhooks_due(session, int(self._clock()))
        # only now: what cannot be read is looked for again
        self._seen = newest
        self._put_all(found)

    def _put_all(self, found: Iterable[tuple[str, str | None]]) -> None:
        for webhook_id, owner in found:
            self.put(webhook_id, owner)

    # THE THREADS

    def _look_on(self) -> None:
        while not self._stopping:
            pause = LOOK_SECONDS
            try:
                self.look()
            except SQLAlchemyError as error:
                log.warning("Webhooks cannot be looked after: %s", str(error).splitlines()[0])
                pause = RETRY_SECONDS
            except Exception:
                log.exception("Webhooks cannot be looked after; it is tried again")
                pause = RETRY_SECONDS
            with self._changed:
                self._changed.wait_for(lambda: self._stopping, pause)

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            webhook_id, owner = taken
            more = False
            try:
                more = self._courier.turn(webhook_id)
            except SQLAlchemyError as error:
                if not self._stopping:
                    log.warning("Webhook %s waits for the database: %s", webhook_id, str(error).splitlines()[0])
                more = self._pause()
            except Exception:
                log.exception("Nothing could be delivered to webhook %s; it is tried again", webhook_id)
                more = self._pause()
            with self._changed:
                del self._busy[webhook_id]
                if (more or webhook_id in self._again) and not self._stopping:
                    self._waiting.setdefault(webhook_id, owner)
                self._again.discard(webhook_id)
                self._changed.notify_all()

    def _pause(self) -> bool:
        """Wait a little after what should not have happened; it is tried again."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopping, RETRY_SECONDS)
        return True

    def _take(self) -> tuple[str, str | None] | None:
        """The next webhook whose owner has a thread left; None at the end."""
        with self._changed:
            while not self._stopping:
                busy = Counter(owner for owner in self._busy.values() if owner is not None)
                for webhook_id, owner in self._waiting.items():
                    if owner is None or busy[owner] < WORKERS_OF_OWNER:
                        del self._waiting[webhook_id]
                        self._busy[webhook_id] = owner
                        return webhook_id, owner
                self._changed.wait()
            return None
