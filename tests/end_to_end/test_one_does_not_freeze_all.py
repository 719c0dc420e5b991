"""One account that submits much while the chain mines nothing leaves the service answering everybody else."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from earnest.chain.rpc import Rpc
from tests.end_to_end.test_start import OPERATOR_KEY
from tests.fixtures.hanging import hanging_proxy
from tests.fixtures.service import Service

pytestmark = pytest.mark.loopback
SUBMISSIONS, SAMPLES = 60, 50


def _body(number: int) -> dict[str, Any]:
    return {"items": [{"features": [number, 60 + place % 40], "label": 1} for place in range(SAMPLES)]}


def test_sixty_submissions_that_nobody_mines_leave_health_and_predictions_alone(tmp_path, anvil_url):
    service = Service(tmp_path / "data", CHAIN_URL=anvil_url, OPERATOR_KEY=OPERATOR_KEY, CONFIRM_SECONDS="30")
    service.start()
    try:
        pool, account, chain = service.deploy(), service.account(amount=10**20), Rpc(anvil_url)
        path, token = f"/pools/{pool['id']}", account["token"]
        chain.request("evm_setAutomine", False)
        with ThreadPoolExecutor(SUBMISSIONS) as threads:
            waiting = [
                threads.submit(service.ask, "POST", f"{path}/submissions", _body(number), token, Prefer="wait=30")
                for number in range(SUBMISSIONS)
            ]
            time.sleep(2)
            slowest = 0.0
            with httpx.Client(base_url=service.url, trust_env=False, timeout=10) as other:
                for _ in range(5):
                    begun = time.monotonic()
                    assert other.get("/healthz").status_code == 200
                    slowest = max(slowest, time.monotonic() - begun)
                    predicted = other.post(f"/v1{path}/predictions", json={"samples": [{"features": [1, 2]}]})
                    assert predicted.status_code == 200
                    time.sleep(0.3)
            assert slowest < 2
            assert not any(each.done() for each in waiting)
            # asked to end, it does not wait for them
            begun = time.monotonic()
            assert service.process is not None
            service.process.terminate()
            service.process.wait(20)
            assert time.monotonic() - begun < 20
            for each in waiting:
                each.exception(30)
        # what was accepted is on record, and reaches the chain after a restart
        chain.request("evm_setAutomine", True)
        service.http.close()
        service.http = httpx.Client(base_url=service.url, timeout=240, trust_env=False)
        service.start()
        until = time.monotonic() + 240
        while service.call("GET", path)["contributions"] < SUBMISSIONS * SAMPLES:
            assert time.monotonic() < until
            time.sleep(0.5)
        listed = service.call("GET", "/submissions?limit=100", token=token)["items"]
        assert len(listed) == SUBMISSIONS
    finally:
        service.stop()


def test_node_that_hangs_costs_only_those_who_ask_it(tmp_path, anvil_url):
    """A proxy that takes requests and never answers stands for a node that hangs."""
    with hanging_proxy(anvil_url) as proxy:
        service = Service(tmp_path / "data", CHAIN_URL=proxy.url, OPERATOR_KEY=OPERATOR_KEY)
        service.start()
        try:
            pool = service.deploy()
            path = f"/v1/pools/{pool['id']}"
            proxy.hang()
            with ThreadPoolExecutor(60) as threads, httpx.Client(base_url=service.url, trust_env=False) as other:
                for _ in range(60):
                    threads.submit(service.ask, "GET", f"/pools/{pool['id']}/contributions")
                time.sleep(1.5)
                for _ in range(3):
                    begun = time.monotonic()
                    assert other.get("/healthz", timeout=5).status_code == 200
                    answer = other.post(f"{path}/predictions", json={"samples": [{"features": [1, 2]}]}, timeout=5)
                    assert answer.status_code == 200, answer.text
                    assert time.monotonic() - begun < 3
                begun = time.monotonic()
                assert service.process is not None
                service.process.terminate()
                service.process.wait(20)
                assert time.monotonic() - begun < 20
        finally:
            service.stop()
