"""Speed of the service: beside a bare endpoint, and with many rows beside itself with few. `make bench-service`.

Nothing is judged but by ratios of turns in one run. With EARNEST_TEST_ROWS and EARNEST_TEST_POOLS there are others than
a million contributions and fifty pools.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from earnest.contracts.tools.anvil import running_anvil
from tests.benchmarks.filled import fill
from tests.benchmarks.leap import leap
from tests.benchmarks.load import Row, bare_endpoint, beside_bare, beside_each_other, processor_seconds, turn
from tests.fixtures.service import Service

# the rows alone take minutes to write
pytestmark = [pytest.mark.bench, pytest.mark.loopback, pytest.mark.timeout(3600)]

ROWS = int(os.environ.get("EARNEST_TEST_ROWS", "1000000"))
POOLS = int(os.environ.get("EARNEST_TEST_POOLS", "50"))
#: Contributions for each measurement of the model.
PER_EVALUATION = 10
FEW = 1_000
#: How many times as long anything may take with many rows; seconds to ready; megabytes; milliseconds of a page at p95.
GROWTH, READY, MEMORY, PAGE = 1.3, 15.0, 600.0, 50.0
ASKED = 200

#: anvil's first account, which has ether on every node of it that is new.
OPERATOR_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
TEXT = "A wonderful film, moving and funny, with a cast that one likes to watch and a story that surprises. " * 6


def rows_of(pool: str) -> list[Row]:
    """What is measured, with the bars."""
    of_pool = f"/v1/pools/{pool}"
    return [
        Row("single predictions", f"{of_pool}/predictions", {"samples": [{"text": TEXT}]}, "many", 0.60),
        Row("predictions of 100", f"{of_pool}/predictions", {"samples": [{"text": TEXT}] * 100}, "many", 0.30),
        Row("quotes", f"{of_pool}/quotes", {"text": TEXT, "label": 1}, "one", 0.40),
        Row("contributions", f"{of_pool}/contributions", None, "none", 0.30),
        Row("pool", of_pool, None, "none", 0.30),
        Row("pools", "/v1/pools", None, "none", 0.30),
        Row("pool's page", f"/pools/{pool}", None, "none", 0.20),
    ]


def test_service_beside_a_bare_endpoint(service: Service, say) -> None:
    service.start()
    pool = service.deploy(name="Films", dataset="movie-reviews", num_words=1000, train_size=2000)["id"]
    short = []
    with bare_endpoint() as bare:
        for row in rows_of(pool):
            share, ours, theirs = beside_bare(service.url, bare, row)
            say(
                f"{row.name:20} {share:5.2f} of bare (bar {row.bar:.2f}): {ours.rate:6.0f}/s of {theirs.rate:6.0f}/s, "
                f"p50 {ours.percentile(50):6.2f} ms, p99 {ours.percentile(99):6.2f} ms, {ours.size} bytes"
            )
            if row.bar is not None and share < row.bar:
                short.append(row.name)
        for row in rows_of(pool)[3:]:
            # an address that nobody asked for before is worked out each time
            fresh = turn(service.url, "GET", (f"{row.path}?fresh={number}" for number in count()))
            say(
                f"{row.name:20} worked out each time: {fresh.rate:6.0f}/s, p50 {fresh.percentile(50):6.2f} ms, "
                f"p99 {fresh.percentile(99):6.2f} ms"
            )
    assert not short, f"below their bars: {', '.join(short)}"


@contextmanager
def aged(folder: Path, pools: int, contributions: int) -> Iterator[tuple[Service, str]]:
    """A service whose first pool has lived for long, on a node of its own; not started."""
    evaluations = max(1, contributions // PER_EVALUATION)
    with running_anvil() as chain:
        leap(chain, evaluations + 1)
        service = Service(folder, CHAIN_URL=chain, OPERATOR_KEY=OPERATOR_KEY, SEAL_BUDGET="0")
        try:
            service.start()
            pool = service.deploy(name="Old")["id"]
            for number in range(1, pools):
                service.deploy(name=f"Pool {number}")
            service.stop()
            tables = folder / "earnest.sqlite"
            fill(f"sqlite:///{tables}", pool, contributions, evaluations)
            _settle(tables)
        finally:
            service.stop()
        again = Service(folder, **service.settings)
        try:
            yield again, pool
        finally:
            again.stop()


def _settle(tables: Path) -> None:
    """Write what the database's log holds into its file, as happens by itself in the course of time."""
    with sqlite3.connect(tables) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _megabytes(service: Service) -> float:
    """Most memory that the process has had."""
    assert service.process is not None
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def test_many_rows_beside_few(tmp_path: Path, say) -> None:
    with aged(tmp_path / "few", 1, FEW) as (few, one), aged(tmp_path / "many", POOLS, ROWS) as (many, other):
        few.start()
        ready = many.start()
        say(f"{ROWS:,} contributions, {POOLS} pools: ready after {ready:.1f} s (bar {READY:.0f} s)")
        slower = []
        for rows in zip(rows_of(one), rows_of(other), strict=True):
            times, last = beside_each_other(few.url, many.url, rows)
            say(
                f"{rows[0].name:20} takes {times:4.2f} times as long as with {FEW:,} (bar {GROWTH}); "
                f"p50 {last.percentile(50):6.2f} ms, p99 {last.percentile(99):6.2f} ms"
            )
            if times > GROWTH:
                slower.append(rows[0].name)
        slow_pages = _pages(many, other, say)
        memory = _megabytes(many)
        say(f"memory {memory:.0f} MB at most (bar {MEMORY:.0f} MB)")
    assert not slower, f"slower with many rows: {', '.join(slower)}"
    assert not slow_pages, f"pages above {PAGE:.0f} ms: {', '.join(slow_pages)}"
    assert memory < MEMORY
    assert ready < READY


def _pages(service: Service, pool: str, say) -> list[str]:
    """Server time of every page, each worked out anew; those that are too slow."""
    newest = ROWS - 1
    account = service.call("GET", f"/pools/{pool}/contributions?limit=1")["items"][0]["contributor"]
    slow = []
    for path in (
        "/", f"/pools/{pool}", f"/pools/{pool}?show=more", f"/pools/{pool}/contribute", f"/pools/{pool}/try",
        f"/pools/{pool}/contributions/{newest}", f"/pools/{pool}/contributions/7", f"/accounts/{account}", "/explorer",
        f"/explorer?account={account}", "/account", "/sweeps", "/operator", "/components",
    ):  # fmt: skip
        mark = "&" if "?" in path else "?"
        paths = (f"{path}{mark}fresh={number}" for number in count())
        turn(service.url, "GET", paths, connections=1, most=5)
        before = processor_seconds(service)
        found = turn(service.url, "GET", paths, connections=1, seconds=10, most=ASKED)
        each = 1000 * (processor_seconds(service) - before) / len(found.times)
        name = path.replace(pool, "POOL").replace(account, "ACCOUNT")
        say(
            f"page {name:36} p50 {found.percentile(50):6.1f} ms, p95 {found.percentile(95):6.1f} ms, "
            f"{each:5.1f} ms of a core"
        )
        if found.percentile(95) > PAGE:
            slow.append(path)
    return slow
