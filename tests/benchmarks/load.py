"""Requests over a few connections, and a bare endpoint beside which the service's answers are measured, in turns."""

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from tests.fixtures.service import Service

CONNECTIONS = 8
#: Of one turn, and how many turns each side has.
SECONDS, TURNS = 2.0, 5
PATIENCE = 60.0

#: What FastAPI does by itself: it reads a body by a model, and answers with as many bytes as it is asked for.
_BARE = """
import sys
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

class One(BaseModel):
    text: str
    label: int | None = None

class Many(BaseModel):
    samples: list[One]

app = FastAPI()

@app.get('/none/{size}')
def none(size: int) -> dict[str, str]:
    return {'filled': 'x' * size}

@app.post('/one/{size}')
def one(size: int, body: One) -> dict[str, str]:
    return {'filled': 'x' * size}

@app.post('/many/{size}')
def many(size: int, body: Many) -> dict[str, str]:
    return {'filled': 'x' * size}

uvicorn.run(app, port=int(sys.argv[1]), log_level='error', access_log=False)
"""
_FRAME = len('{"filled":""}')


@dataclass(frozen=True)
class Row:
    """A request that is measured.

    Attributes:
        name: for people.
        path: at the service.
        body: what is posted; None for a GET.
        reads: which of the bare endpoints reads as much: none, one or many.
        bar: share of the bare endpoint's requests a second that the service has at least; None where none is set.
    """

    name: str
    path: str
    body: Any
    reads: str
    bar: float | None

    @property
    def method(self) -> str:
        """GET, or POST where there is something to post."""
        return "GET" if self.body is None else "POST"


@dataclass(frozen=True)
class Measured:
    """What a turn came to: requests a second, what each took in milliseconds, bytes of an answer."""

    rate: float
    times: Sequence[float]
    size: int

    def percentile(self, share: float) -> float:
        """Milliseconds within which so many of a hundred were answered."""
        return float(np.percentile(self.times, share))


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
    )
    body = await reader.readexactly(length)
    assert head.split(b" ", 2)[1] == b"200", body[:500]
    return body


async def _turn(
    url: str, method: str, paths: Iterator[str], body: Any, connections: int, seconds: float, most: int
) -> Measured:
    place = urlsplit(url)
    content = b"" if body is None else json.dumps(body).encode()
    times: list[float] = []
    size, end = 0, time.perf_counter() + seconds

    async def one_after_the_other() -> None:
        nonlocal size
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        while time.perf_counter() < end and len(times) < most:
            begun = time.perf_counter()
            writer.write(
                f"{method} {next(paths)} HTTP/1.1\r\nHost: {place.netloc}\r\nAccept: */*\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n".encode()
                + content
            )
            size = len(await _answer(reader))
            times.append(1000 * (time.perf_counter() - begun))
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(one_after_the_other() for _ in range(connections)))
    return Measured(len(times) / (time.perf_counter() - begun), times, size)


def turn(
    url: str,
    method: str,
    paths: Iterator[str],
    body: Any = None,
    *,
    connections: int = CONNECTIONS,
    seconds: float = SECONDS,
    most: int = 10**9,
) -> Measured:
    """Ask for some seconds, or so many times at most, over so many connections."""
    return asyncio.run(_turn(url, method, paths, body, connections, seconds, most))


@contextmanager
def bare_endpoint() -> Iterator[str]:
    """The address of the bare endpoint, a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", _BARE, str(port)])
    try:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def beside_bare(service: str, bare: str, row: Row, turns: int = TURNS) -> tuple[float, Measured, Measured]:
    """A row's share of what the bare endpoint does, and a turn of each: the median of turns that alternate."""
    pairs = []
    for _ in range(turns):
        ours = turn(service, row.method, _always(row.path), row.body)
        theirs = turn(bare, row.method, _always(f"/{row.reads}/{max(0, ours.size - _FRAME)}"), row.body)
        pairs.append((ours.rate / theirs.rate, ours, theirs))
    return sorted(pairs, key=lambda pair: pair[0])[turns // 2]


def beside_each_other(one: str, other: str, rows: tuple[Row, Row], turns: int = TURNS) -> tuple[float, Measured]:
    """How many times as long the second service takes for a request as the first one does, in turns."""
    ratios, kept = [], []
    for _ in range(turns):
        first = turn(one, rows[0].method, _always(rows[0].path), rows[0].body)
        second = turn(other, rows[1].method, _always(rows[1].path), rows[1].body)
        ratios.append(first.rate / second.rate)
        kept.append(second)
    return statistics.median(ratios), kept[-1]


def _always(path: str) -> Iterator[str]:
    while True:
        yield path


def processor_seconds(service: Service) -> float:
    """That a service's process has had of all cores."""
    fields = Path(f"/proc/{service.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
