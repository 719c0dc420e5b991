"""Contributors who never stop: each takes a request up again, by its key, at any of several services, until done."""

import random
import threading
import time
import uuid
from collections.abc import Sequence
from typing import Any

import httpx
from sqlalchemy import Engine

from earnest.chain.gateway import Gateway
from earnest.db.engine import make_sessions
from tests.fixtures.rebuild import chain_derived, rebuilt
from tests.fixtures.service import PATIENCE, Service

COST = 10**15
FUNDS = 10 * 10**18


class Streams:
    """So many accounts of one pool, each with a thread.

    Args:
        services: any of which may be asked; the first is up, and operates.
        accounts: how many.
        seed: of what is drawn.
    """

    def __init__(self, services: Sequence[Service], accounts: int, seed: int, features: int = 100) -> None:
        self._services = services
        self._features = features
        self.pool = services[0].deploy(price={"rule": "fixed", "cost": str(COST)})["id"]
        self.accounts = [services[0].account(f"contributor {each}", FUNDS) for each in range(accounts)]
        self._draws = [random.Random(f"{seed} {number}") for number in range(accounts)]
        #: by submission: its account, and how many items it has
        self.acknowledged: dict[str, tuple[int, int]] = {}
        self.retries = 0
        self.failures: list[BaseException] = []
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(accounts)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Begin nothing more, and wait until what was begun is acknowledged."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(PATIENCE)
        self.check()
        assert not any(thread.is_alive() for thread in self._threads)

    def check(self) -> None:
        assert not self.failures, self.failures

    def wait_for_more(self, count: int = 1) -> None:
        """Return once so many more were acknowledged."""
        before, until = len(self.acknowledged), time.monotonic() + PATIENCE
        while len(self.acknowledged) < before + count:
            self.check()
            assert time.monotonic() < until, "the streams do not go on"
            time.sleep(0.05)

    def _run(self, number: int) -> None:
        draws = self._draws[number]
        try:
            while not self._stopping.is_set():
                items = [
                    {"features": sorted(draws.sample(range(1, self._features), 5)), "label": draws.randrange(2)}
                    for _ in range(draws.choice([1, 1, 3]))
                ]
                self._contribute(number, {"items": items}, str(uuid.UUID(int=draws.getrandbits(128))))
        except BaseException as failure:
            self.failures.append(failure)

    def _contribute(self, number: int, body: dict[str, Any], key: str) -> None:
        until = time.monotonic() + 2 * PATIENCE
        while True:
            service = self._draws[number].choice(self._services)
            try:
                path = f"/pools/{self.pool}/submissions"
                token = self.accounts[number]["token"]
                answer = service.ask("POST", path, body, token, Idempotency_Key=key, Prefer="wait=10")
            except httpx.TransportError:
                pass
            else:
                if answer.status_code == 201 and answer.json()["status"] == "confirmed":
                    self.acknowledged[answer.json()["id"]] = (number, len(body["items"]))
                    return
                assert answer.status_code in (201, 202, 503), answer.text
            assert time.monotonic() < until, "the request is never confirmed"
            self.retries += 1
            time.sleep(0.1)

    # THE END

    def settled(self, service: Service) -> dict[int, str]:
        """Transaction by index of every contribution that was acknowledged, once the chain has decided all of them.

        What was acknowledged is in no block for a while after a reorganisation, and then in another one.
        """
        found: dict[int, str] = {}
        until = time.monotonic() + PATIENCE
        for submission, (number, count) in self.acknowledged.items():
            while True:
                shown = service.call("GET", f"/submissions/{submission}", token=self.accounts[number]["token"])
                if shown["status"] == "confirmed":
                    break
                assert time.monotonic() < until, shown
                time.sleep(0.05)
            assert len(shown["items"]) == count
            for item in shown["items"]:
                assert item["index"] not in found, "two requests were given one contribution"
                found[item["index"]] = item["transaction_hash"]
        return found

    def compare(self, services: Sequence[Service], node: str) -> int:
        """Exactly once: what was acknowledged is what the contract counts, with the money of exactly so many deposits.

        Returns:
            how many contributions that are.
        """
        gateway = Gateway(node)
        found = self.settled(services[0])
        count = len(found)
        assert sorted(found) == list(range(count))
        for service in services:
            until = time.monotonic() + PATIENCE
            while (pool := service.call("GET", f"/pools/{self.pool}"))["block_number"] < gateway.head().number:
                assert time.monotonic() < until
                time.sleep(0.05)
            assert pool["contributions"] == count
            assert int(pool["escrow"]) == int(pool["liabilities"]) == COST * count
            assert gateway.digest(pool["address"]).hex() == pool["digest"][2:]
        assert gateway.balance(pool["address"]) == COST * count
        receipts = [gateway.receipt(transaction) for transaction in set(found.values())]
        assert all(receipt is not None and receipt.status == 1 for receipt in receipts)
        sent = sum(gateway.nonce(account["address"]) for account in self.accounts)
        assert sent == len(receipts), "a transaction was sent that nobody asked for"
        gas = sum(receipt.gas_used * receipt.gas_price for receipt in receipts if receipt is not None)
        left = sum(gateway.balance(account["address"]) for account in self.accounts)
        assert left == FUNDS * len(self.accounts) - COST * count - gas
        return count

    def compare_rebuild(self, engine: Engine, node: str) -> int:
        """The tables, without a service, are those that a rebuild from zero makes; returns the count of their rows."""
        before = chain_derived(make_sessions(engine))
        after = rebuilt(engine, node, self.pool)
        for table, rows in before.items():
            assert after[table] == rows, table
        return sum(map(len, before.values()))
