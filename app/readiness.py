"""What keeps the service from serving, by name; `/readyz` shows it and quotes and writes obey it."""

import threading

from earnest.errors import EarnestError


class NotReady(EarnestError):
    """The service cannot answer this now."""

    status = 503
    type = "not-ready"
    title = "Not ready"


class Readiness:
    """A set of named reasons not to serve; empty means ready. Safe under threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reasons: dict[str, str] = {"start": "The service is starting."}

    def block(self, name: str, reason: str) -> None:
        """Add or replace a reason."""
        with self._lock:
            self._reasons[name] = reason

    def clear(self, name: str) -> None:
        """Take a reason back."""
        with self._lock:
            self._reasons.pop(name, None)

    def reasons(self) -> dict[str, str]:
        """All reasons by name."""
        with self._lock:
            return dict(self._reasons)

    def require(self) -> None:
        """Refuse while there is a reason.

        Raises:
            NotReady: with the reasons.
        """
        reasons = self.reasons()
        if reasons:
            raise NotReady(" ".join(reasons.values()))
