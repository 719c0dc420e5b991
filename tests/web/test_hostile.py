"""Hundreds of requests that mean harm: none ends the process, none is answered with a trace, none is not foreseen."""

import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.service import ADMIN, Service
from tests.web.hostile import requests
from tests.web.raw import exchange, status_of

pytestmark = pytest.mark.loopback
#: Seconds to wait for an answer that goes on and on, or for one to a request that is not whole.
SECONDS = 2.0


def open_files(process: int) -> int:
    return len(list(Path(f"/proc/{process}/fd").iterdir()))


def ask(port: int, request: bytes) -> bytes:
    try:
        return exchange(port, [request], SECONDS)
    except TimeoutError:
        return b""


def play(service: Service, count: int, seed: int) -> Counter[int]:
    """Send so many; prints how often each status was answered, 0 for no answer in time."""
    service.start()
    assert service.process is not None
    chain = service.chain_process()
    pool, account = service.deploy(), service.account()
    reference: dict[str, Any] = service.http.get("/openapi.json").json()
    # what only an operator starts, and would go on for hours, is asked for without its token
    for path in ("/v1/pools", "/v1/pools/check", "/v1/sweeps", "/v1/advice"):
        reference["paths"][path].pop("post")
    made = list(requests(seed, count, reference, [account["token"], ADMIN, "wrong", pool["id"]]))
    statuses: Counter[int] = Counter()
    with ThreadPoolExecutor(8) as threads:
        for request, answer in zip(made, threads.map(lambda each: ask(service.port, each), made), strict=True):
            statuses[status := status_of(answer)] += 1
            assert status < 500 or status == 503, (request[:500], answer[:500])
            assert b"Traceback" not in answer, request[:500]
            assert b'File "' not in answer, request[:500]
            assert service.process.poll() is None, request[:500]
    assert service.chain_process() == chain
    assert service.call("POST", f"/pools/{pool['id']}/predictions", {"samples": [{"features": [1]}]})
    log = service.log.read_text(errors="replace")
    assert "Traceback" not in log, log[log.index("Traceback") - 500 :][:3_000]
    print(f"{count} hostile requests: {dict(sorted(statuses.items()))}")
    return statuses


def test_four_hundred_hostile_requests_end_nothing_and_show_nothing(service):
    statuses = play(service, 400, seed=1)
    assert sum(statuses[status] for status in range(400, 500)) > 200


def test_connections_that_are_left_open_are_closed_and_leave_nothing_behind(service):
    service.start()
    before = open_files(service.pid)
    left = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(50)]
    for number, each in enumerate(left):
        each.sendall(b"POST /v1/accounts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{"[: 10 + number])
        each.close()
    assert service.http.get("/healthz").status_code == 200
    assert open_files(service.pid) <= before + 10
