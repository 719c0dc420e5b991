"""An hour under mixed load: does memory grow, or the number of open files, threads or connections? `make soak`.

EARNEST_TEST_MINUTES says how long instead. What is held after a warm-up of two fifths is compared with what is
held at the end, as medians over a fifth each: a service that leaks holds more.
"""

import itertools
import os
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from earnest.data import movie_reviews
from tests.fixtures.service import Service

MINUTES = float(os.environ.get("EARNEST_TEST_MINUTES", "60"))

pytestmark = [pytest.mark.bench, pytest.mark.loopback, pytest.mark.timeout(MINUTES * 60 + 600)]

#: Seconds between two looks at the process; shares of the time that is warm-up, and that is compared.
EVERY, WARM, COMPARED = 2.0, 0.4, 0.2
#: How many times the memory, and how many more files, threads and connections, the end may have.
MEMORY, MORE = 1.05, 4
#: Samples of one submission, and seconds between two; seconds of a stream; streams at a time.
BATCH, PACE, STREAM, STREAMS = 5, 1.0, 5.0, 4

#: The service closes a connection that is idle for 5 s; who sends something at that moment has sent it in vain.
KEPT = httpx.Limits(keepalive_expiry=2.0)


class Held(NamedTuple):
    """What a process holds: resident megabytes, open files, threads, connections to the database's file."""

    megabytes: float
    files: float
    threads: float
    connections: float


def held(process: int, database: Path) -> Held:
    """What the service's process holds now."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
    opened = []
    for link in Path(f"/proc/{process}/fd").iterdir():
        try:
            opened.append(str(link.readlink()))
        except FileNotFoundError:
            continue
    return Held(
        int(status["VmRSS"].split()[0]) / 1024,
        len(opened),
        int(status["Threads"]),
        opened.count(str(database.resolve())),
    )


def median_of(some: list[Held]) -> Held:
    """Of each of the four."""
    return Held(*(statistics.median(values) for values in zip(*some, strict=True)))


class Load:
    """Threads that each ask for one kind of thing until the end.

    Attributes:
        asked: how often, by kind.
        failed: what was answered instead, or raised.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: Counter[str] = Counter()
        self.failed: list[str] = []
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []

    def go_on(self, kind: str, ask: Callable[[httpx.Client, int], None], pause: float) -> None:
        """Ask again and again, with a pause after each."""

        def run() -> None:
            with httpx.Client(base_url=self.url, timeout=60, trust_env=False, limits=KEPT) as client:
                for number in itertools.count():
                    if self._ended.wait(pause):
                        return
                    try:
                        ask(client, number)
                        self.asked[kind] += 1
                    except (httpx.HTTPError, AssertionError) as error:
                        self.failed.append(f"{kind}: {error!r}")

        thread = threading.Thread(target=run, name=kind, daemon=True)
        thread.start()
        self._threads.append(thread)

    def end(self) -> None:
        """Stop asking, and wait for the last answers."""
        self._ended.set()
        for thread in self._threads:
            thread.join(90)


def _post(client: httpx.Client, path: str, body: object, **headers: str) -> None:
    answer = client.post(path, json=body, headers=headers)
    assert answer.is_success, answer.text


def _get(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == httpx.codes.OK, answer.text[:500]


def _listen(client: httpx.Client, path: str) -> None:
    """Follow a stream for some seconds, and go away in the middle, as visitors do."""
    with client.stream("GET", path) as answer:
        assert answer.status_code == httpx.codes.OK
        until = time.monotonic() + STREAM
        try:
            for _ in answer.iter_raw():
                if time.monotonic() > until:
                    return
        except httpx.ReadTimeout:
            return


def start_load(service: Service, pool: str) -> Load:
    """Predictions, quotes, contributions, reads, pages and streams, all at once."""
    texts = movie_reviews.load().texts
    account = service.account(amount=10**21)
    bearer = {"Authorization": f"Bearer {account['token']}"}
    of_pool, load = f"/v1/pools/{pool}", Load(service.url)

    def text(number: int) -> str:
        return texts[number % len(texts)]

    def contribute(client: httpx.Client, number: int) -> None:
        items = [{"text": text(BATCH * number + place), "label": place % 2} for place in range(BATCH)]
        _post(client, f"{of_pool}/submissions", {"items": items}, Prefer="respond-async", **bearer)

    load.go_on(
        "predictions",
        lambda client, number: _post(client, f"{of_pool}/predictions", {"samples": [{"text": text(number)}]}),
        0.02,
    )
    load.go_on(
        "batches of 100",
        lambda client, number: _post(
            client, f"{of_pool}/predictions", {"samples": [{"text": text(number + place)} for place in range(100)]}
        ),
        0.5,
    )
    load.go_on(
        "quotes",
        lambda client, number: _post(client, f"{of_pool}/quotes", {"text": text(number), "label": number % 2}),
        0.05,
    )
    load.go_on("submissions", contribute, PACE)
    paths = (of_pool, "/v1/pools", f"{of_pool}/contributions", f"/pools/{pool}", "/", "/explorer", "/readyz")
    load.go_on("reads", lambda client, number: _get(client, paths[number % len(paths)]), 0.1)
    for _ in range(STREAMS):
        load.go_on("streams", lambda client, number: _listen(client, f"{of_pool}/events"), 0.1)
    return load


def test_an_hour_leaves_nothing_behind(service: Service, say) -> None:
    service.start()
    pool = service.deploy(name="Films", dataset="movie-reviews", num_words=1000, train_size=2000)["id"]
    load = start_load(service, pool)
    looks: list[Held] = []
    until = time.monotonic() + MINUTES * 60
    while time.monotonic() < until:
        time.sleep(EVERY)
        looks.append(held(service.pid, service.folder / "earnest.sqlite"))
    load.end()
    accepted = service.call("GET", f"/pools/{pool}")["contributions"]
    size, first = max(1, int(COMPARED * len(looks))), int(WARM * len(looks))
    then, now = median_of(looks[first : first + size]), median_of(looks[-size:])
    say(f"{MINUTES:g} minutes: {dict(load.asked)}, {accepted} contributions, {len(load.failed)} failures")
    for name, before, after in zip(Held._fields, then, now, strict=True):
        say(f"{name:12} {before:8.1f} after the warm-up, {after:8.1f} at the end")
    assert not load.failed, load.failed[:5]
    assert min(load.asked.values()) > 0
    assert accepted > 0
    assert now.megabytes <= MEMORY * then.megabytes
    for name in ("files", "threads", "connections"):
        assert getattr(now, name) <= getattr(then, name) + MORE, name
