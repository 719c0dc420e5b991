"""Hundreds of requests that mean harm: none ends the process, none is answered with a trace, none is not foreseen."""

import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from earnest.server.process import HEAD_SECONDS
from tests.fixtures.service import ADMIN, Service
from tests.web.hostile import requests
from tests.web.raw import exchange, status_of

pytestmark = pytest.mark.loopback
#: Seconds to wait for an answer that goes on and on, or for one to a request that is not whole.
SECONDS = 2.0


def open_files(process: int) -> int:
    return len(list(Path(f"/proc/{process}/fd").iterdir()))


def slowly(head: bytes, rest: bytes) -> Iterator[bytes]:
    """The rest once the head may have its answer."""
    yield head
    time.sleep(0.2)
    yield rest


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


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_ten_thousand_hostile_requests_end_nothing_and_show_nothing(service):
    statuses = play(service, 10_000, seed=2)
    assert sum(statuses[status] for status in range(400, 500)) > 5_000


#: What follows a request's head, and is no HTTP.
NOISE = (b"zz\r\n", b"5\r\nabc", b"1\r\nab\r\n", b"\xff" * 50, b"0\r\nno header\r\n\r\n")


@pytest.mark.parametrize("path", ["/v1/accounts", "/v1/pools/%00/predictions", "/nowhere"])
@pytest.mark.parametrize("at_once", [True, False])
def test_what_follows_a_head_and_is_no_http_is_answered_once_and_is_no_error_of_ours(shared_service, path, at_once):
    before = shared_service.log.stat().st_size
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    for noise in NOISE:
        parts = [head + noise] if at_once else slowly(head, noise)
        try:
            answer = exchange(shared_service.port, parts, SECONDS)
        except TimeoutError:
            # half of a part: the rest is waited for
            continue
        assert status_of(answer) in (400, 404)
        assert answer.count(b"HTTP/1.1 ") == 1
    written = shared_service.log.read_bytes()[before:]
    assert b"Traceback" not in written, written[-3_000:]


def test_connections_that_are_left_open_are_closed_and_leave_nothing_behind(service):
    service.start()
    before = open_files(service.pid)
    left = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(50)]
    for number, each in enumerate(left):
        each.sendall(b"POST /v1/accounts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{"[: 10 + number])
        each.close()
    assert service.http.get("/healthz").status_code == 200
    # an answer on a connection of before may come before the ends of the others are read
    until = time.monotonic() + HEAD_SECONDS
    while open_files(service.pid) > before + 10:
        assert time.monotonic() < until
        time.sleep(0.05)
