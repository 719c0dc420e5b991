"""One thread that takes up what a crash or a silent chain left behind, and what other processes hand on."""

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from earnest.readiness import READ, SUBMIT, Readiness
from earnest.submissions.queue import SendQueue
from earnest.submissions.sender import Sender

log = logging.getLogger(__name__)

#: Seconds between two looks at what other processes hand on.
NEWS_SECONDS = 0.2


class SettleLoop:
    """Queues every submission that the chain has not decided, again and again.

    Args:
        sender: knows which these are.
        queue: has them sent.
        readiness: told when the database is gone.
        may_write: whether this process may still write to the database.
        pause: seconds between two looks.
        shared: whether other processes may hand submissions on, which are looked for more often.
    """

    def __init__(
        self,
        sender: Sender,
        queue: SendQueue,
        readiness: Readiness,
        may_write: Callable[[], bool],
        pause: float,
        *,
        shared: bool = False,
    ) -> None:
        self._shared = shared
        #: what was seen at the last look
        self._seen: frozenset[str] = frozenset()
        self._may_write = may_write
        self._readiness = readiness
        self._sender = sender
        self._queue = queue
        self._pause = pause
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="settling", daemon=True)

    def settle(self, *, news: bool = False) -> None:
        """Look once, at what is new alone or at everything; what fails is logged, and tried again at the next look."""
        try:
            if not self._may_write():
                self._stop.set()
                return
            found = self._sender.undecided()
            for account, submission_id in found:
                if not news or submission_id not in self._seen:
                    self._queue.put(account, submission_id)
            self._seen = frozenset(submission_id for _, submission_id in found)
            self._readiness.clear("database")
        except SQLAlchemyError as error:
            # looked at all the time, so that this is known before anybody asks for something
            log.error("The database does not answer: %s", str(error).splitlines()[0])
            self._readiness.block("database", "The database does not answer.", blocks=(READ, SUBMIT))
        except Exception:
            log.exception("Submissions that wait could not be listed; it is tried again")

    def start(self) -> None:
        """Start the thread; the first look comes after a pause."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the look under way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(2)

    def _run(self) -> None:
        looked = time.monotonic()
        while not self._stop.wait(min(self._pause, NEWS_SECONDS) if self._shared else self._pause):
            news = self._shared and time.monotonic() - looked < self._pause
            self.settle(news=news)
            if not news:
                looked = time.monotonic()
