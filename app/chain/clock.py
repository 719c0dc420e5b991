"""The chain's time of a moment ago, so that a node is asked for it once, however many look at pools meanwhile."""

import threading
import time
from collections.abc import Callable

#: Seconds for which an answer holds; the chain counts whole seconds.
FRESH_SECONDS = 0.25
#: Seconds for which it holds for others, while one asks again.
STALE_SECONDS = 1.0


class RecentTime:
    """Remembers a time that is asked for; safe under threads.

    Args:
        ask: for the time, in seconds of the chain; may raise.
        clock: seconds.
    """

    def __init__(self, ask: Callable[[], int], clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._clock = clock
        self._asking = threading.Lock()
        #: what was answered, and when it was asked for
        self._known: tuple[int, float] | None = None
        self._forgotten = 0
        #: the newest block's time
        self._seen = 0

    def now(self) -> int:
        """The time, at most `FRESH_SECONDS` old, or `STALE_SECONDS` while somebody else asks for it."""
        known = self._known
        age = self._clock() - known[1] if known is not None else float("inf")
        if known is not None and age < FRESH_SECONDS:
            return known[0]
        # nobody waits for another's question: a node that is silent would be waited for in turn
        mine = self._asking.acquire(blocking=False)
        try:
            if known is not None and not mine and age < STALE_SECONDS:
                return known[0]
            asked, forgotten = self._clock(), self._forgotten
            found = self._ask()
            if forgotten == self._forgotten and found > self._seen:
                self._known = (found, asked)
            return found
        finally:
            if mine:
                self._asking.release()

    def at_hand(self) -> int | None:
        """The time where it is fresh; None where the node would have to be asked."""
        known = self._known
        return known[0] if known is not None and self._clock() - known[1] < FRESH_SECONDS else None

    def see(self, timestamp: int) -> None:
        """A block of this time is there: what does not lie after it is wrong."""
        self._seen = max(self._seen, timestamp)
        known = self._known
        if known is not None and known[0] <= timestamp:
            self._known = None

    def forget(self) -> None:
        """The clock was moved: ask again."""
        self._forgotten += 1
        self._known, self._seen = None, 0
