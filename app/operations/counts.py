"""Counts of requests, kept by this process since it began."""

from prometheus_client import CollectorRegistry, Counter, Histogram

#: Methods that are counted by their names; clients can make up any other.
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class RequestCounts:
    """How many requests each route had, what came of them, and how long they took.

    Attributes:
        registry: what is kept here, for whoever shows it.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "earnest_requests", "Requests by route and status.", ["method", "route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "earnest_request_seconds",
            "Seconds to answer.",
            ["route"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        #: as many as there are routes, methods and statuses
        self._series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        key = method if method in METHODS else "other", route, status
        found = self._series.get(key)
        if found is None:
            # the library looks each label up and checks it, every time it is asked
            found = self._requests.labels(key[0], route, str(status)), self._seconds.labels(route)
            self._series[key] = found
        found[0].inc()
        found[1].observe(seconds)
