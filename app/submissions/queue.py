"""The queue in which submissions wait to be sent, and the threads that send them.

Sending waits: for the account's earlier transactions, for the node, for a block. These threads answer nobody, so nobody
waits with them. What is queued here is in the tables as well: a process that ends forgets the queue and nothing else.
Where another process has the claim to the database the queue is not started, and what is put in stays in the tables
alone, for the queue of that process.
"""

import logging
import threading
from collections import OrderedDict, deque
from concurrent.futures import Future

from sqlalchemy.exc import OperationalError

from earnest.chain.errors import ChainError
from earnest.submissions.sender import Sender

log = logging.getLogger(__name__)

#: Threads that send; each has one account at a time.
WORKERS = 12


class SendQueue:
    """Sends submissions, those of one account in the order in which they came, and accounts by turns.

    Args:
        sender: drives them.
        workers: threads.
    """

    def __init__(self, sender: Sender, workers: int = WORKERS) -> None:
        self._sender = sender
        self._changed = threading.Condition()
        #: by account: its submissions in order; the account whose turn is next comes first
        self._waiting: OrderedDict[str, deque[str]] = OrderedDict()
        self._busy: set[str] = set()
        self._futures: dict[str, Future[None]] = {}
        self._started = self._stopping = False
        self._threads = [
            threading.Thread(target=self._run, name=f"sending {number}", daemon=True) for number in range(workers)
        ]

    def start(self) -> None:
        """Start the threads."""
        with self._changed:
            self._started = True
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float = 2.0) -> None:
        """Take nothing more up, and wait a little for what is under way; the tables have what is left."""
        with self._changed:
            self._stopping = True
            self._waiting.clear()
            self._changed.notify_all()
        share = timeout / max(1, len(self._threads))
        for thread in self._threads:
            if thread.is_alive():
                thread.join(share)

    def put(self, account: str, submission_id: str) -> Future[None]:
        """Queue a submission; one that is queued already keeps its place.

        Returns:
            what is done once the submission was driven as far as it goes now; the tables say how far that is. Where
            another process drives it, it is never done.
        """
        with self._changed:
            if not self._started:
                return Future()
            known = self._futures.get(submission_id)
            if known is not None:
                return known
            future: Future[None] = Future()
            if self._stopping:
                future.set_result(None)
                return future
            self._futures[submission_id] = future
            self._waiting.setdefault(account, deque()).append(submission_id)
            self._changed.notify()
        return future

    def count(self, account: str) -> int:
        """How many submissions of an account wait."""
        if not self._started:
            return self._sender.count_undecided(account)
        with self._changed:
            return len(self._waiting.get(account, ()))

    def _run(self) -> None:
        while (taken := self._take()) is not None:
            account, submission_id = taken
            try:
                self._sender.drive(submission_id)
            except ChainError as error:
                log.warning("Submission %s waits for the chain: %s", submission_id, error.detail)
            except OperationalError as error:
                words = str(error).splitlines()[0]
                log.error("Submission %s waits for the database, which does not answer: %s", submission_id, words)
            except Exception:
                log.exception("Submission %s could not be sent; it is tried again", submission_id)
            with self._changed:
                self._busy.discard(account)
                future = self._futures.pop(submission_id)
                self._changed.notify()
            future.set_result(None)

    def _take(self) -> tuple[str, str] | None:
        """The next submission of the next account that nobody is busy with; None at the end."""
        with self._changed:
            while not self._stopping:
                account = next((each for each in self._waiting if each not in self._busy), None)
                if account is not None:
                    line = self._waiting.pop(account)
                    submission_id = line.popleft()
                    if line:
                        # behind the others
                        self._waiting[account] = line
                    self._busy.add(account)
                    return account, submission_id
                self._changed.wait()
            return None
