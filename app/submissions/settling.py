"""One thread that takes up what a crash or a silent chain left behind."""

import logging
import threading
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from earnest.readiness import READ, SUBMIT, Readiness
from earnest.submissions.queue import SendQueue
from earnest.submissions.sender import Sender

log = logging.getLogger(__name__)


class SettleLoop:
    """Queues every submission that the chain has not decided, again and again.

    Args:
        sender: knows which these are.
        queue: has them sent.
        readiness: told when the database is gone.
        may_write: whether this process may still write to the database.
        pause: seconds between two looks.
    """

    def __init__(
        self, sender: Sender, queue: SendQueue, readiness: Readiness, may_write: Callable[[], bool], pause: float
    ) -> None:
        self._may_write = may_write
        self._readiness = readiness
        self._sender = sender
        self._queue = queue
        self._pause = pause
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="settling", daemon=True)

    def settle(self) -> None:
        """Look once; what fails is logged, and tried again at the next look."""
        try:
            if not self._may_write():
                self._stop.set()
                return
            for account, submission_id in self._sender.undecided():
                self._queue.put(account, submission_id)
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
        while not self._stop.wait(self._pause):
            self.settle()
