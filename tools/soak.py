"""A service under a mixed load for a while: `python -m tools.soak [--seconds 3600]`.

Predictions, quotes, contributions, lists, pages, exports, streams, refused and half-sent requests, from several clients
at once, against a service of its own on the embedded default. Prints the memory, descriptors and threads of the
service and of its chain, at even distances, and exits with 1 if the last quarter has more of them than the second one:
what is loaded at first is no growth.
"""

import argparse
import random
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import httpx

from tests.fixtures.service import Service

CLIENTS, SAMPLES = 6, 20
#: What the medians of a quarter may differ by: memory in parts of itself, the others in numbers.
MEMORY_MARGIN, COUNT_MARGIN = 0.05, 8
FIXED = {"rule": "fixed", "cost": str(10**15)}


class Sample(NamedTuple):
    """What a process has at a moment.

    Attributes:
        memory: resident, in bytes.
        descriptors: open.
        threads: of it.
    """

    memory: int
    descriptors: int
    threads: int


def sample_of(process: int) -> Sample:
    """What a process has now."""
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines() if ":" in line
    )
    descriptors = len(list(Path(f"/proc/{process}/fd").iterdir()))
    return Sample(int(status["VmRSS"].split()[0]) * 1024, descriptors, int(status["Threads"]))


class Load:
    """Clients that ask for everything, each in a thread."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._pool: str = service.deploy(price=FIXED)["id"]
        self._accounts = [service.account(f"client {number}", 10**21) for number in range(CLIENTS)]
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(CLIENTS)]
        self.asked: Counter[str] = Counter()
        self.failures: list[str] = []

    def start(self) -> None:
        """Start the clients."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop them after the request under way."""
        self._stop.set()
        for thread in self._threads:
            thread.join(120)

    def _run(self, number: int) -> None:
        draws, account = random.Random(number), self._accounts[number]
        with httpx.Client(base_url=self._service.url, timeout=120, trust_env=False) as client:
            while not self._stop.is_set():
                kind = draws.choices(list(_KINDS), [weight for weight, _ in _KINDS.values()])[0]
                try:
                    allowed = _KINDS[kind][1](client, self._pool, account, draws)
                except httpx.TransportError as error:
                    allowed, kind = False, f"{kind}: {error!r}"
                self.asked[kind] += 1
                if not allowed:
                    self.failures.append(kind)


def _ask(client: httpx.Client, method: str, path: str, expected: Sequence[int], **more: Any) -> bool:
    return client.request(method, path, **more).status_code in expected


def _features(draws: random.Random) -> list[int]:
    return sorted(draws.sample(range(1, 100), 5))


def _predict(client: httpx.Client, pool: str, account: dict[str, Any], draws: random.Random) -> bool:
    body = {"samples": [{"features": _features(draws)} for _ in range(20)]}
    return _ask(client, "POST", f"/v1/pools/{pool}/predictions", [200], json=body)


def _quote(client: httpx.Client, pool: str, account: dict[str, Any], draws: random.Random) -> bool:
    body = {"features": _features(draws), "label": draws.randrange(2)}
    return _ask(client, "POST", f"/v1/pools/{pool}/quotes", [200], json=body)


def _contribute(client: httpx.Client, pool: str, account: dict[str, Any], draws: random.Random) -> bool:
    body = {"items": [{"features": _features(draws), "label": draws.randrange(2)}]}
    headers = {"Authorization": f"Bearer {account['token']}", "Prefer": "wait=60"}
    return _ask(client, "POST", f"/v1/pools/{pool}/submissions", [201, 202], json=body, headers=headers)


def _read(client: httpx.Client, pool: str, account: dict[str, Any], draws: random.Random) -> bool:
    paths = (
        f"/v1/pools/{pool}",
        "/v1/pools",
        f"/v1/pools/{pool}/contributions?limit=100",
        f"/v1/accounts/{account['address']}",
        f"/v1/pools/{pool}/statements/{account['address']}",
        f"/v1/pools/{pool}/exports/contributions.csv",
        "/openapi.json",
    )
    return _ask(client, "GET", draws.choice(paths), [200])


def _page(client: httpx.Client, pool: str, account: dict[str, Any], draws: random.Random) -> bool:
    return _ask(client, "GET", draws.choice(("/", f"/pools/{pool}", "/explorer", "/sweeps")), [200])


def _refused(client: httpx.Client, pool: str, account: dict[str, Any], draws: random.Random) -> bool:
    body = draws.choice((b"[" * 70_000, b"{", b'{"name": 1}', draws.randbytes(1_000)))
    headers = {"Content-Type": "application/json", "Authorization": "Bearer wrong"}
    path = draws.choice(("/v1/accounts", f"/v1/pools/{pool}/submissions", "/v1/webhooks"))
    return _ask(client, "POST", path, range(400, 500), content=body, headers=headers)


def _stream(client: httpx.Client, pool: str, account: dict[str, Any], draws: random.Random) -> bool:
    with client.stream("GET", f"/v1/pools/{pool}/events", timeout=2) as answer, suppress(httpx.ReadTimeout):
        next(answer.iter_bytes(), b"")
    # the number of open ones is bounded
    return answer.status_code in (200, 429)


def _cut_off(client: httpx.Client, pool: str, account: dict[str, Any], draws: random.Random) -> bool:
    address = (client.base_url.host, client.base_url.port or 80)
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(
            b"POST /v1/accounts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{"[: draws.randrange(80)]
        )
    return True


#: How often each is asked for, and how.
_KINDS = {
    "predictions": (30, _predict), "quotes": (15, _quote), "contributions": (15, _contribute), "reads": (15, _read),
    "pages": (8, _page), "refused": (8, _refused), "streams": (3, _stream), "cut off": (6, _cut_off),
}  # fmt: skip


def growth(samples: Sequence[Sample]) -> list[str]:
    """What the last quarter of the samples has more of than the second one, in words."""
    quarter = len(samples) // 4
    found = []
    for name, margin in (("memory", MEMORY_MARGIN), ("descriptors", 0.0), ("threads", 0.0)):
        values = [getattr(sample, name) for sample in samples]
        early, late = median(values[quarter : 2 * quarter]), median(values[-quarter:])
        if late > early * (1 + margin) + (0 if margin else COUNT_MARGIN):
            found.append(f"{name} grew from {early:,.0f} to {late:,.0f}")
    return found


def main() -> int:
    """Soak a service; returns 1 if something grew, or was answered otherwise than it should be."""
    parser = argparse.ArgumentParser(prog="python -m tools.soak")
    parser.add_argument("--seconds", type=float, default=3600.0)
    seconds: float = parser.parse_args().seconds
    with tempfile.TemporaryDirectory(prefix="earnest-soak-") as folder:
        service = Service(Path(folder) / "data")
        try:
            service.start()
            load = Load(service)
            load.start()
            processes = {"service": service.pid, "chain": service.chain_process()}
            samples: dict[str, list[Sample]] = {name: [] for name in processes}
            print(f"{'second':>8} {'of':>8} {'memory MB':>10} {'descriptors':>12} {'threads':>8} {'requests':>9}")
            begun = time.monotonic()
            for number in range(SAMPLES + 1):
                time.sleep(max(0.0, begun + seconds * number / SAMPLES - time.monotonic()))
                for name, process in processes.items():
                    found = sample_of(process)
                    samples[name].append(found)
                    now, asked = time.monotonic() - begun, sum(load.asked.values())
                    words = f"{now:8.0f} {name:>8} {found.memory / 1e6:10.1f} {found.descriptors:12} {found.threads:8}"
                    print(f"{words} {asked:9}", flush=True)
            load.stop()
        finally:
            service.stop()
    grown = [f"{name}: {words}" for name, seen in samples.items() for words in growth(seen)]
    print(f"Asked for: {dict(load.asked)}")
    for words in [*grown, *(f"failed: {kind} ({count} times)" for kind, count in Counter(load.failures).items())]:
        print(words)
    print("No growth." if not grown else "Something grows.")
    return 1 if grown or load.failures else 0


if __name__ == "__main__":
    sys.exit(main())
