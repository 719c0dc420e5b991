"""Pages in a browser and pages that stay open: when they are painted, what they weigh, what following costs.

`make bench-pages`. With EARNEST_TEST_SECONDS each part of the last is as long as that, and not a minute.
"""

import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.benchmarks.followers import Followers
from tests.benchmarks.load import processor_seconds
from tests.browser.everything import SETTINGS, fill, keep_sweep, paths
from tests.fixtures.service import Service

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

pytestmark = [pytest.mark.bench, pytest.mark.loopback, pytest.mark.timeout(1800)]

#: Seconds until the largest thing is painted; bytes of scripts and of all, compressed.
PAINTED, SCRIPTS, ALL = 1.0, 60_000, 120_000
TIMES = 5
MAIN = ("pools", "pool", "pool-sealed", "try", "contribute", "contribution", "account", "address", "explorer", "sweeps",
        "sweep", "operator", "knobs")  # fmt: skip
#: Pages that are open, what they may cost of a core, and seconds from one contribution to the next meanwhile.
OPEN, COST, EVERY = 200, 0.10, 10.0
SECONDS = float(os.environ.get("EARNEST_TEST_SECONDS", "60"))

_PAINT = """
new PerformanceObserver((list) => { window.painted = list.getEntries().at(-1).startTime; })
  .observe({ type: "largest-contentful-paint", buffered: true });
"""


@pytest.fixture
def made(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """A service with something of everything."""
    folder = tmp_path / "data"
    sweep = keep_sweep(folder)
    service = Service(folder, **SETTINGS)
    try:
        service.start()
        yield {"service": service, "sweep": sweep, **fill(service)}
    finally:
        service.stop()


def _first_visit(context: "BrowserContext", path: str) -> tuple[float, int, int]:
    """Seconds to the largest paint of somebody who was never here, and bytes of scripts and of all."""
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sent: dict[str, float] = {}
    kinds: dict[str, str] = {}
    session.on("Network.responseReceived", lambda told: kinds.update({told["requestId"]: told["type"]}))
    session.on("Network.loadingFinished", lambda told: sent.update({told["requestId"]: told["encodedDataLength"]}))
    page.add_init_script(_PAINT)
    page.goto(path)
    page.wait_for_function("() => window.painted > 0")
    # a page that follows something never falls silent
    page.wait_for_timeout(300)
    painted = float(page.evaluate("() => window.painted")) / 1000
    page.close()
    scripts = sum(size for which, size in sent.items() if kinds.get(which) == "Script")
    return painted, int(scripts), int(sum(sent.values()))


def test_main_pages_are_painted_within_a_second(
    chromium: "Browser", made: dict[str, Any], say: Callable[[str], None]
) -> None:
    service, late, heavy = made["service"], [], []
    shown = paths(made)
    for name in MAIN:
        visits = []
        for _ in range(TIMES):
            context = chromium.new_context(base_url=service.url)
            context.add_cookies([{"name": "earnest_account", "value": made["token"], "url": service.url}])
            visits.append(_first_visit(context, shown[name]))
            context.close()
        painted = statistics.median(visit[0] for visit in visits)
        scripts, everything = visits[-1][1:]
        say(f"{name:14} painted after {painted:5.2f} s (bar {PAINTED:.0f} s), {scripts:6,} bytes of scripts, "
            f"{everything:7,} in all")  # fmt: skip
        if painted >= PAINTED:
            late.append(name)
        if name == "pools" and (scripts > SCRIPTS or everything > ALL):
            heavy.append(name)
    assert not late, f"painted after more than {PAINTED} s: {', '.join(late)}"
    assert not heavy


def _while_something_happens(service: Service, pool: str, token: str, first: int) -> float:
    """Processor seconds a second of the service, while somebody contributes now and then."""
    begun, before = time.monotonic(), processor_seconds(service)
    number = first
    while time.monotonic() - begun < SECONDS:
        body = {"items": [{"text": f"w001 w{number // 90 + 2:03} w{number % 90 + 5:03}", "label": number % 2}]}
        service.call("POST", f"/pools/{pool}/submissions", body, token)
        number += 1
        time.sleep(max(0.0, min(EVERY, begun + SECONDS - time.monotonic())))
    return (processor_seconds(service) - before) / (time.monotonic() - begun)


def test_two_hundred_open_pages_cost_less_than_a_tenth_of_a_core(tmp_path: Path, say: Callable[[str], None]) -> None:
    service = Service(tmp_path / "data", SEAL_BUDGET="0")
    try:
        service.start()
        pool, ada = service.deploy(name="Films")["id"], service.account("ada", 10**19)
        alone = _while_something_happens(service, pool, ada["token"], 0)
        followers = Followers(service.url, pool, OPEN)
        thread = threading.Thread(target=followers.run, daemon=True)
        thread.start()
        followers.wait_until_all_follow()
        followed = _while_something_happens(service, pool, ada["token"], 1_000)
        followers.stop()
        thread.join(30)
        say(
            f"{OPEN} open pages, a contribution every {EVERY:.0f} s: {100 * followed:.1f} % of a core, "
            f"{100 * alone:.1f} % without them: {100 * (followed - alone):.1f} % more (bar {100 * COST:.0f} %); they "
            f"were told {followers.told:,} times, and loaded {followers.loaded:,} times"
        )
        assert followers.failed == []
        assert followers.loaded >= OPEN * (SECONDS // EVERY - 1)
        assert followed - alone < COST
    finally:
        service.stop()
