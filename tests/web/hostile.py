"""Requests that mean harm, drawn from a seed: of every path that the API's reference names, and of none."""

import json
import random
import string
from collections.abc import Iterator, Sequence
from typing import Any

from tests.web.test_bodies import BODIES

#: What stands where a name or a number is expected.
ODD = (
    "", "..", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "%00", "%", "%zz", "%ff%fe", "'%20OR%20'1'='1", "0x" + "f" * 40,
    "-1", "99999999999999999999999999", "1e309", "NaN", "%E2%80%AE", "a" * 4_000, "{pool}", "*", "%0d%0aX:%201",
    "00000000-0000-0000-0000-000000000000", "%F0%9F%92%A3",
)  # fmt: skip
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "BREW", "get", "")
TYPES = (
    "application/json", "application/json; charset=utf-7", "text/plain", "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x", "multipart/form-data", "application/xml", "", "application/json" * 50,
)  # fmt: skip
#: What stands where a value of JSON is expected.
VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1,
    2**31,
    2**63,
    2**64,
    10**40,
    1.5,
    1e308,
    -0.0,
    "",
    "a",
    "\u202e",
    "\ud83d\ude00",
    "0x",
    "x" * 70_000,
    [],
    [[]],
    {},
    {"": {}},
    [None] * 1_001,
    list(range(5_000)),
    {"$ref": "#"},
    "1" * 80,
    "0x" + "0" * 40,
)
HEADERS = (
    "Authorization: Bearer",
    "Authorization: Basic YTpi",
    "Authorization: Bearer \u00ff",
    "Cookie: account=x; account=y",
    "Prefer: wait=999999999",
    "Prefer: wait=-1",
    "Prefer: wait=1e9",
    "Idempotency-Key: " + "k" * 300,
    "Last-Event-ID: -1",
    "Last-Event-ID: 9223372036854775808",
    "If-None-Match: *",
    "Range: bytes=0-,0-,0-",
    "Origin: https://evil.example",
    "Origin: null",
    "X-Forwarded-For: 1.2.3.4, ::1, x",
    "X-Request-ID: \x1b[31m",
    "Host: evil.example",
    "Expect: 100-continue",
    "Content-Length: -1",
    "Content-Length: 99999999999999",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip, chunked",
    "Accept: text/html",
    "Accept-Encoding: gzip;q=x",
    "Connection: upgrade\r\nUpgrade: websocket",
    "traceparent: 00-x-y-z",
    "X: " + "y" * 9_000,
    " folded: 1",
    "No colon",
)


def requests(seed: int, count: int, reference: dict[str, Any], tokens: Sequence[str]) -> Iterator[bytes]:
    """So many requests, each as it goes over the wire."""
    draws = random.Random(seed)
    operations = [
        (method.upper(), path, _example(reference, operation))
        for path, methods in reference["paths"].items()
        for method, operation in methods.items()
    ]
    for _ in range(count):
        yield _request(draws, *draws.choice(operations), tokens)


def _example(reference: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
    found = reference["components"]["schemas"].get(name, {}).get("examples", [{}])
    return dict(found[0])


def _request(draws: random.Random, method: str, path: str, example: dict[str, Any], tokens: Sequence[str]) -> bytes:
    target = "/".join(draws.choice(ODD) if part.startswith("{") else part for part in path.split("/"))
    if draws.random() < 0.3:
        target += f"?{draws.choice(('cursor', 'limit', 'status', 'contributor', 'rate', 'x'))}={draws.choice(ODD)}"
    if draws.random() < 0.1:
        target = draws.choice(("*", "http://evil.example/", "//", "/" + "a" * 9_000, "/../../etc/passwd", "\x00", "/ "))
    if draws.random() < 0.15:
        method = draws.choice(METHODS)
    lines = [
        f"{method} {target} {draws.choice(('HTTP/1.1',) * 9 + ('HTTP/1.0', 'HTTP/9.9', 'ICY'))}",
        "Host: 127.0.0.1",
    ]
    body = b""
    if method != "GET" or draws.random() < 0.1:
        body = _body(draws, example)
        lines.append(f"Content-Type: {draws.choice(TYPES) if draws.random() < 0.3 else 'application/json'}")
        # one in ten announces another length, and is cut off or waited for
        length = len(body) if draws.random() < 0.9 else draws.choice((0, 1, len(body) // 2, len(body) + 100))
        lines.append(f"Content-Length: {length}")
    if draws.random() < 0.7:
        lines.append(f"Authorization: Bearer {draws.choice(tokens)}")
    lines += draws.sample(HEADERS, draws.choice((0, 0, 0, 1, 2)))
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + body


def _body(draws: random.Random, example: dict[str, Any]) -> bytes:
    kind = draws.randrange(5)
    if kind == 0:
        return draws.choice(list(BODIES.values()))
    if kind == 1:
        return draws.randbytes(draws.choice((0, 1, 100, 5_000)))
    body = dict(example)
    for _ in range(draws.randint(1, 3)):
        name = draws.choice([*body, "name", "items", "".join(draws.choices(string.printable, k=5))])
        body[name] = draws.choice(VALUES)
    written = json.dumps(body).encode()
    return written if kind < 4 else written[: draws.randrange(len(written) + 1)]
