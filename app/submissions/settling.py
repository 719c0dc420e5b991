"""One thread that settles what a crash or a silent chain left behind."""

import logging
import threading

from earnest.chain.errors import ChainError
from earnest.submissions.sender import Sender

log = logging.getLogger(__name__)


class SettleLoop:
    """Asks the chain about every transaction under way, again and again.

    Args:
        sender: settles.
        pause: seconds between two looks.
    """

    def __init__(self, sender: Sender, pause: float) -> None:
        self._sender = sender
        self._pause = pause
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="settling", daemon=True)

    def settle(self) -> None:
        """Look once; what fails is logged, and tried again at the next look."""
        try:
            self._sender.settle_all()
        except ChainError as error:
            log.warning("Submissions wait for the chain: %s", error.detail)
        except Exception:
            log.exception("Settling submissions failed; it is tried again")

    def start(self) -> None:
        """Start the thread; the first look comes after a pause."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the look under way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(8)

    def _run(self) -> None:
        while not self._stop.wait(self._pause):
            self.settle()
