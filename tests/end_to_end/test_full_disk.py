"""A disk that takes no more: nothing is acknowledged that is not stored, and the service goes on once there is room."""

import resource
import time

import pytest

from tests.fixtures.service import PATIENCE, Service

pytestmark = pytest.mark.loopback

UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
#: No file of these processes may be written beyond its first page: what a full disk answers, for a write-ahead log.
FULL = (4096, resource.RLIM_INFINITY)


def limit(pid: int, size: tuple[int, int]) -> None:
    resource.prlimit(pid, resource.RLIMIT_FSIZE, size)


@pytest.mark.parametrize("whose", ["chain", "service"])
def test_full_disk_acknowledges_nothing_that_is_not_stored(service: Service, whose: str) -> None:
    service.start()
    pool, account = service.deploy(price={"rule": "fixed", "cost": str(10**15)}), service.account()
    path = f"/pools/{pool['id']}"
    body = {"items": [{"features": [1, 2, 3], "label": 1}]}
    assert service.process is not None
    pid = service.chain_process() if whose == "chain" else service.process.pid
    limit(pid, FULL)
    answer = service.ask("POST", f"{path}/submissions", body, account["token"], Idempotency_Key="full")
    assert answer.status_code in (201, 202, 502, 503), answer.text
    if answer.is_success:
        (item,) = answer.json()["items"]
        assert item["status"] != "confirmed"
    else:
        assert answer.headers["content-type"] == "application/problem+json"
    limit(pid, UNLIMITED)
    service.wait_until_ready()
    until = time.monotonic() + PATIENCE
    while True:
        answer = service.ask("POST", f"{path}/submissions", body, account["token"], Idempotency_Key="full")
        if answer.status_code == 201 and answer.json()["status"] == "confirmed":
            break
        assert time.monotonic() < until, answer.text
        time.sleep(0.1)
    shown = service.call("GET", path)
    assert shown["contributions"] == 1
    assert int(shown["escrow"]) == int(shown["liabilities"]) == 10**15
    service.kill()
    service.start()
    assert service.call("GET", path)["contributions"] == 1
