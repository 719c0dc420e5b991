"""How fast pages are behind a million contributions, and what those cost that are left open: `make bench` prints it.

No limits are checked here: a machine's speed is no property of the code.
"""

import os
import sqlite3
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.browser.everything import SETTINGS, fill, keep_sweep, paths
from tests.fixtures.service import ADMIN, Service

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.bench, pytest.mark.loopback, pytest.mark.timeout(1800)]

CONTRIBUTIONS, EVALUATIONS = 1_000_000, 100_000
ASKED = 40
LIVE, LIVE_SECONDS = 200, 30
_LARGEST = """() => new Promise((resolve) =>
  new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime))
    .observe({ type: "largest-contentful-paint", buffered: true }))"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A service with something of everything, and one pool with very much of it."""
    folder = tmp_path_factory.mktemp("pages") / "data"
    sweep = keep_sweep(folder)
    service = Service(folder, **SETTINGS)
    try:
        service.start()
        filled = fill(service)
        address = service.call("GET", f"/pools/{filled['films']}")["address"]
        _multiply(folder / "earnest.sqlite", filled["films"], address)
        yield {"service": service, "sweep": sweep, **filled}
    finally:
        service.stop()


def _multiply(database: Path, pool: str, address: str) -> None:
    """Put copies of what was contributed into the tables, as if much had been, and as many measurements."""
    with closing(sqlite3.connect(database, timeout=120)) as connection, connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(contributions)")]
        columns = ", ".join(f'"{name}"' for name in names)
        copied = ", ".join('n.i + 11 AS "index"' if name == "index" else f'c."{name}"' for name in names)
        connection.execute(
            f"INSERT INTO contributions ({columns}) SELECT {copied} FROM "
            "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i FROM n) AS n "
            'JOIN contributions AS c ON c.pool_address = ? AND c."index" = n.i % 12',
            (CONTRIBUTIONS, address),
        )
        connection.execute(
            "INSERT INTO evaluations (pool_id, block_number, block_time, accepted, correct, total) "
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            "SELECT ?, 1000 + i, 1700000000 + 60 * i, i, 800 + i % 100, 1000 FROM n",
            (EVALUATIONS, pool),
        )
        (count,) = connection.execute(
            "SELECT count(*) FROM contributions WHERE pool_address = ?", (address,)
        ).fetchone()
        assert count > CONTRIBUTIONS


def test_pages_in_milliseconds_behind_a_million_contributions(made: dict[str, Any], say: Callable[[str], None]) -> None:
    service: Service = made["service"]
    with httpx.Client(base_url=service.url, cookies={"earnest_account": made["token"]}, trust_env=False) as browser:
        for name, path in paths(made).items():
            taken = []
            for _ in range(ASKED):
                begun = time.perf_counter()
                answer = browser.get(path, timeout=60)
                taken.append(1000 * (time.perf_counter() - begun))
                assert answer.status_code == 200, name
            usual, slow = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
            say(f"{name}: {usual:.0f} ms, p95 {slow:.0f} ms, {len(answer.content) / 1000:.0f} kB")


def test_largest_paint_of_the_first_page(chromium: "Browser", made: dict[str, Any], say: Callable[[str], None]) -> None:
    page = chromium.new_page(base_url=made["service"].url)
    page.goto("/")
    first = page.evaluate(_LARGEST)
    page.reload()
    say(f"largest contentful paint of the first page: {first:.0f} ms, again {page.evaluate(_LARGEST):.0f} ms")
    page.close()
    assert first > 0


def test_pages_that_are_left_open_in_part_of_a_core(made: dict[str, Any], say: Callable[[str], None]) -> None:
    service: Service = made["service"]
    quiet = _seconds_of(service.pid, LIVE_SECONDS)
    with ExitStack() as stack:
        for _ in range(LIVE):
            client = stack.enter_context(httpx.Client(base_url=service.url, trust_env=False, timeout=None))
            stream = stack.enter_context(client.stream("GET", f"/v1/pools/{made['paid']}/events"))
            assert stream.status_code == 200
        still = _seconds_of(service.pid, LIVE_SECONDS)
        # chain time moves every second, and with it the block that each of them is told
        ended = threading.Event()
        one = threading.Thread(target=_go_on, args=(service, made["paid"], ended))
        one.start()
        busy = _seconds_of(service.pid, LIVE_SECONDS)
        ended.set()
        one.join()
    for what, seconds in ((f"{LIVE} open", still), (f"{LIVE} open while blocks come", busy), ("none open", quiet)):
        say(f"live pages, {what}: {100 * seconds / LIVE_SECONDS:.1f} % of a core")
    assert quiet >= 0


def _seconds_of(process: int, seconds: float) -> float:
    """Seconds of a core that a process takes meanwhile."""
    before = _used(process)
    time.sleep(seconds)
    return _used(process) - before


def _used(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _go_on(service: Service, pool: str, ended: threading.Event) -> None:
    while not ended.wait(1):
        service.call("POST", "/chain/time", {"seconds": 1}, ADMIN)
