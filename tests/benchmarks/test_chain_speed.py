"""How fast contributions come onto a chain and off it: through the service beside a bare loop, and into the tables.

Part of `make bench-service`. Nothing is judged but by a ratio of turns in one run, and by the bar of the sync.
"""

import statistics
import time
from pathlib import Path
from typing import Any

import pytest

from earnest.chain.deployment import send_and_wait
from earnest.chain.gateway import Gateway
from earnest.chain.signer import LocalSigner
from earnest.core.models.formats.words import pack_sample
from tests.fixtures.pools import COST, NUM_WORDS, OPERATOR, OTHER, PUBLISHED, World, database, deploy_world
from tests.fixtures.service import PATIENCE, Service

pytestmark = [pytest.mark.bench, pytest.mark.loopback, pytest.mark.timeout(3600)]

#: Samples of one transaction, transactions of a turn, turns of each side.
BATCH, BATCHES, TURNS = 50, 10, 3
#: Share of the bare loop's contributions a second; events a second.
SHARE, EVENTS = 0.5, 10_000
#: Events that are read in one go.
READ = 5_000
OPERATOR_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"


def words(number: int) -> list[int]:
    """A sample of twelve words, another one for each number."""
    return sorted({(number * 7 + 3 * step * (1 + number % 5)) % (NUM_WORDS - 5) + 4 for step in range(12)})


def bare_loop(gateway: Gateway, pool: str, signer: LocalSigner, first: int) -> float:
    """Contributions a second of one transaction after the other, signed here, and nothing besides."""
    begun = time.perf_counter()
    for turn in range(BATCHES):
        batch = range(first + turn * BATCH, first + (turn + 1) * BATCH)
        samples, labels = [pack_sample(words(number)) for number in batch], [number % 2 for number in batch]
        send_and_wait(gateway, gateway.contribute_call(pool, samples, labels, COST, BATCH * COST), signer)
    return BATCH * BATCHES / (time.perf_counter() - begun)


def through_the_service(service: Service, pool: str, account: dict[str, Any], first: int) -> float:
    """The same through the service, which is handed them all at once."""
    begun, made = time.perf_counter(), []
    for turn in range(BATCHES):
        batch = range(first + turn * BATCH, first + (turn + 1) * BATCH)
        items = [{"features": words(number), "label": number % 2} for number in batch]
        path = f"/pools/{pool}/submissions"
        made.append(service.call("POST", path, {"items": items}, account["token"], Prefer="respond-async")["id"])
    for name in made:
        shown = service.call("GET", f"/submissions/{name}", None, account["token"], Prefer=f"wait={PATIENCE:.0f}")
        assert shown["status"] == "confirmed", shown
    return BATCH * BATCHES / (time.perf_counter() - begun)


def test_batched_contributions_beside_a_bare_loop(tmp_path: Path, anvil_url: str, say) -> None:
    service = Service(tmp_path / "data", CHAIN_URL=anvil_url, OPERATOR_KEY=OPERATOR_KEY, SEAL_BUDGET="0")
    try:
        service.start()
        pool = service.deploy(num_words=NUM_WORDS, price={"rule": "fixed", "cost": str(COST)}, min_features=0)
        account = service.account(amount=10**19)
        gateway, shares = Gateway(anvil_url), []
        for turn in range(TURNS):
            first = turn * 2 * BATCH * BATCHES
            bare = bare_loop(gateway, pool["address"], OTHER, first)
            ours = through_the_service(service, pool["id"], account, first + BATCH * BATCHES)
            shares.append(ours / bare)
            say(f"contributions in batches of {BATCH}: {ours:.0f}/s of {bare:.0f}/s of a bare loop ({ours / bare:.2f})")
    finally:
        service.stop()
    share = statistics.median(shares)
    say(f"share of a bare loop, median of {TURNS} turns: {share:.2f} (bar {SHARE})")
    assert share >= SHARE


def test_sync_with_mirror(tmp_path: Path, anvil_url: str, say) -> None:
    with database(f"sqlite:///{tmp_path / 'earnest.sqlite'}") as engine:
        world = deploy_world(anvil_url, engine, tmp_path, World, **PUBLISHED)
        for first in range(0, READ, BATCH):
            batch = range(first, first + BATCH)
            samples, labels = [pack_sample(words(number)) for number in batch], [number % 2 for number in batch]
            call = world.gateway.contribute_call(world.address, samples, labels, COST, BATCH * COST)
            send_and_wait(world.gateway, call, OPERATOR)
        sync = world.sync()
        begun, used = time.perf_counter(), time.process_time()
        sync.catch_up()
        rate, used = READ / (time.perf_counter() - begun), (time.process_time() - used) / READ
        say(f"sync with mirror: {rate:,.0f} events a second (bar {EVENTS:,}); {used * 1e6:.0f} us of CPU each")
        assert sync.digest_matches is True
        assert sync.snapshot()[0].accepted_ == READ
    assert rate >= EVENTS
