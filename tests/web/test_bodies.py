"""No request ends the process, fills its memory or shows a trace: bodies are bounded before they are parsed."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from earnest.web.bodies import BoundedRequests
from tests.fixtures.service import ADMIN, Service
from tests.web.raw import chunked, exchange, status_of

DEEP = b"[" * 75_000
JSON = {"Content-Type": "application/json"}
BODIES = {
    "deep arrays": DEEP,
    "deep objects": b'{"a":' * 75_000,
    "deep and closed": DEEP + b"]" * 75_000,
    "deep in a member": b'{"name": ' + DEEP + b"]" * 75_000 + b"}",
    "a huge integer": b'{"seconds": ' + b"9" * 5_000 + b"}",
    "NaN": b'{"seconds": NaN}',
    "infinity": b'{"seconds": -Infinity}',
    "a member twice": b'{"name": "a", "name": "b"}',
    "no UTF-8": b'{"name": "\xff\xfe"}',
    "UTF-16": '{"name": "a"}'.encode("utf-16"),
    "half of a surrogate pair": b'{"name": "\\ud800"}',
    "nothing": b" ",
    "half": b'{"name": "a',
}


def memory_of(process: int) -> int:
    """Highest resident size so far, in bytes."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024


@pytest.fixture(scope="module")
def posts(shared_service: Service) -> list[str]:
    """Every path that takes a POST, of the API and of the pages."""
    reference: dict[str, Any] = shared_service.http.get("/openapi.json").json()
    found = [path for path, methods in reference["paths"].items() if "post" in methods]
    assert len(found) > 12
    pages = [
        "/pools/{pool}/contribute",
        "/pools/{pool}/try",
        "/account",
        "/operator",
        "/preferences",
        "/sweeps",
        "/sweeps/{sweep}",
    ]
    return [*found, *pages, "/healthz", "/static/style.css", "/no/such/path"]


@pytest.fixture(autouse=True)
def _outlives(shared_service: Service) -> Iterator[None]:
    """After each test the same processes answer, and no trace was logged."""
    process = shared_service.process
    assert process is not None
    chain, log = shared_service.chain_process(), len(shared_service.log.read_bytes())
    yield
    assert process.poll() is None
    assert shared_service.http.get("/readyz").status_code == 200
    assert shared_service.chain_process() == chain
    assert b"Traceback" not in shared_service.log.read_bytes()[log:]


def concrete(path: str, verb: str = "refund") -> str:
    return path.replace("{pool}", "none").replace("{verb}", verb).replace("{sweep}", "none")


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_hostile_bodies_are_refused_on_every_path(shared_service, posts, body):
    for path in posts:
        for token in (None, ADMIN):
            headers = JSON | ({"Authorization": f"Bearer {token}"} if token else {})
            answer = shared_service.http.post(concrete(path), content=body, headers=headers)
            assert 400 <= answer.status_code < 500, (path, answer.status_code, answer.text[:300])
            if path.startswith("/v1/"):
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.json()["detail"]


@pytest.mark.parametrize("name", sorted(set(BODIES) - {"nothing", "half"}))
def test_what_is_no_json_is_told_in_a_sentence(shared_service, name):
    answer = shared_service.http.post("/v1/accounts", content=BODIES[name], headers=JSON)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:earnest:problem:body-malformed")
    assert answer.json()["detail"].startswith("The body is refused. ")
    assert len(answer.json()["detail"]) < 200


@pytest.mark.parametrize(("body", "status"), [(b"", 201), (b"{}", 201), (b'{"name": "a"}', 400), (b"[]", 400)])
def test_what_asks_for_nothing_takes_nothing(shared_service, body, status):
    answer = shared_service.http.post("/v1/sign-in/nonces", content=body, headers=JSON)
    assert answer.status_code == status
    assert status == 201 or answer.json()["detail"].endswith("send no body, or an empty object.")


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON; charset=x", "application/a+json", "", "x"]
)
def test_depth_is_bounded_whatever_the_body_is_said_to_be(shared_service, content_type):
    answer = shared_service.http.post("/v1/accounts", content=DEEP, headers={"Content-Type": content_type})
    assert answer.status_code == 400


@pytest.mark.parametrize("size", [2**20 + 1, 30_000_000])
def test_bodies_beyond_the_bound_are_refused(shared_service, posts, size):
    bounded = [path for path in posts if "/pools/{pool}" not in path and path != "/v1/transactions"]
    for path in bounded:
        answer = shared_service.http.post(concrete(path), content=b" " * size, headers=JSON)
        assert answer.status_code == 413, path
        assert answer.json()["type"] == "urn:earnest:problem:body-too-large"
        assert "1,048,576 bytes" in answer.json()["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/pools/none/predictions",
        "/v1/pools/none/quotes",
        "/v1/pools/none/submissions",
        "/v1/pools/none/prepared/contribute",
        "/v1/transactions",
    ],
)
def test_bodies_with_samples_may_be_larger(shared_service, path):
    assert shared_service.http.post(path, content=b" " * 2**21, headers=JSON).status_code == 400
    assert shared_service.http.post(path, content=b" " * (2**23 + 1), headers=JSON).status_code == 413


def test_data_sets_are_the_operators(shared_service):
    body = b'{"name": "large", "csv": "' + b"x" * 20_000_000 + b'"}'
    for token, status in ((None, 413), ("wrong", 413), (ADMIN, 422)):
        headers = JSON | ({"Authorization": f"Bearer {token}"} if token is not None else {})
        assert shared_service.http.post("/v1/pools", content=body, headers=headers).status_code == status


def test_a_body_without_end_is_refused_and_takes_no_memory(shared_service):
    part = b"[" * 1_000_000
    exchange(shared_service.port, chunked("/v1/accounts", [part]))
    before = memory_of(shared_service.process.pid)
    begun = time.monotonic()
    answer = exchange(shared_service.port, chunked("/v1/accounts", (part for _ in range(200))))
    assert status_of(answer) in (0, 413)
    assert time.monotonic() - begun < 20
    assert memory_of(shared_service.process.pid) - before < 20_000_000


def test_eight_megabytes_of_brackets_cost_little(shared_service):
    body = b"[" * 8_000_000
    shared_service.http.post("/v1/pools/none/predictions", content=body, headers=JSON)
    before = memory_of(shared_service.process.pid)
    begun = time.monotonic()
    answer = shared_service.http.post("/v1/pools/none/predictions", content=body, headers=JSON)
    assert answer.status_code == 400
    assert time.monotonic() - begun < 5
    assert memory_of(shared_service.process.pid) - before < 20_000_000


@pytest.mark.parametrize("announced", [b"-1", b"abc", b"1e3", b"9" * 400, b"1_000", b"0x10"])
def test_lengths_that_are_none_are_refused(shared_service, announced):
    head = b"POST /v1/accounts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    answer = exchange(shared_service.port, [head + b"Content-Length: %b\r\n\r\n{}" % announced])
    assert status_of(answer) in (400, 413)


@pytest.mark.parametrize(
    "query", ["cursor=" + "W1tb" * 1_000, "cursor=" + "a" * 9_000, "a[" * 4_000, "&".join(["a"] * 4_000)]
)
def test_addresses_are_bounded(shared_service, query):
    for path in ("/v1/pools", "/v1/sweeps", "/"):
        answer = shared_service.http.get(f"{path}?{query}")
        assert answer.status_code in (200, 414, 422), answer.status_code
        assert answer.status_code == 414 if len(query) > 8_192 else answer.status_code != 414


def test_deep_paths_and_many_headers_are_refused(shared_service):
    assert shared_service.http.get("/v1" + "/a" * 5_000).status_code == 414
    many = {f"X-{number}": "a" * 1_000 for number in range(40)}
    assert shared_service.http.get("/healthz", headers=many).status_code == 431


def test_forms_are_bounded(shared_service):
    many_fields = {f"f{number}": "1" for number in range(2_000)}
    long_field = {"action": "quote", "text": "x" * 9_000_000}
    many_parts = [(f"f{number}", (None, "x")) for number in range(2_000)]
    nested = {"Content-Type": "multipart/form-data; boundary=" + "-" * 5_000}
    for path in ("/pools/none/contribute", "/account", "/sweeps", "/sweeps/none"):
        assert shared_service.http.post(path, data=many_fields).status_code in (400, 404, 422)
        assert shared_service.http.post(path, data=long_field).status_code == 413
        assert shared_service.http.post(path, files=many_parts).status_code in (400, 404, 422)
        assert shared_service.http.post(path, content=b"--" * 10_000, headers=nested).status_code in (400, 422)


def test_bodies_that_wait_for_their_last_byte_are_bounded_all_together(monkeypatch):
    monkeypatch.setattr("earnest.web.bodies.MOST_HELD", 300_000)
    large, small = b" " * 200_000, b" " * 60_000

    async def run() -> tuple[list[int], list[bool]]:
        passed, statuses = [], []
        last = asyncio.Event()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            passed.append(bool((await receive())["body"]))

        bounded = BoundedRequests(app, is_operator=lambda _: False)

        async def post(body: bytes, *, whole: bool = True) -> None:
            sent = [{"type": "http.request", "body": body, "more_body": not whole}]

            async def receive() -> Message:
                if sent:
                    return sent.pop()
                await last.wait()
                return {"type": "http.request", "body": b" ", "more_body": False}

            async def send(message: Message) -> None:
                if message["type"] == "http.response.start":
                    statuses.append(message["status"])

            length = str(len(body) + (not whole)).encode()
            scope = {
                "type": "http", "method": "POST", "path": "/v1/x", "raw_path": b"/v1/x", "query_string": b"",
                "headers": [(b"content-length", length), (b"content-type", b"multipart/form-data; boundary=x")],
            }  # fmt: skip
            await bounded(scope, receive, send)

        waiting = asyncio.create_task(post(large, whole=False))
        await asyncio.sleep(0)
        await post(large)
        await post(small)
        last.set()
        await waiting
        await post(large)
        return statuses, passed

    assert asyncio.run(run()) == ([503], [True, True, True])
