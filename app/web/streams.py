"""How many answers that go on and on are open: each holds a socket and a little memory, and none a thread."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from earnest.config import Settings
from earnest.errors import EarnestError

#: Open at a time, over all, and to one address where strangers reach the service.
MOST, MOST_OF_ADDRESS = 500, 20


class TooManyStreams(EarnestError):
    """So many streams of events are open already; close one, or try again later."""

    status = 429
    type = "too-many-streams"
    title = "Too many streams"


class OpenStreams:
    """Counts streams; safe under threads.

    Args:
        settings: where nobody but this machine reaches the service, one address may have all streams.
    """

    def __init__(self, settings: Settings) -> None:
        self._of_address = MOST if settings.is_private else MOST_OF_ADDRESS
        self._lock = threading.Lock()
        self._open: Counter[str] = Counter()

    @contextmanager
    def one(self, address: str | None) -> Iterator[None]:
        """While a stream is open.

        Raises:
            TooManyStreams: so many are.
        """
        key = address or ""
        with self._lock:
            if self._open.total() >= MOST or self._open[key] >= self._of_address:
                raise TooManyStreams(
                    f"{self._open[key]} streams of events are open to this address, and {self._open.total()} over all; "
                    f"at most {self._of_address} and {MOST} can be. Close one, or try again later.",
                    retry_after=10,
                )
            self._open[key] += 1
        try:
            yield
        finally:
            with self._lock:
                self._open[key] -= 1
                if self._open[key] <= 0:
                    del self._open[key]

    def __len__(self) -> int:
        with self._lock:
            return self._open.total()
