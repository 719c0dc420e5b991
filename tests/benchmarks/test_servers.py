"""Which server answers fastest: uvicorn on asyncio or uvloop, with h11 or httptools, or Granian. `make bench-service`.

uvloop, httptools and Granian are no requirements of the project: those that are installed are measured. Measured is the
processor time of a request, since it hardly depends on what else the machine does; the rate is told beside it. Nothing
is judged but that all give the same answers.
"""

import importlib.util
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.benchmarks.load import Measured, Row, turn
from tests.fixtures.service import PATIENCE, Service

pytestmark = [pytest.mark.bench, pytest.mark.loopback, pytest.mark.timeout(3600)]

TURNS = 3
TEXT = "A wonderful film, moving and funny, with a cast that one likes to watch and a story that surprises. " * 6
_UVICORN = ("-m", "uvicorn", "tests.benchmarks.served:app", "--log-level", "warning")
#: By what they are: the modules that they need, and how they are started, without the port.
SERVERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "uvicorn, asyncio, h11": ((), (*_UVICORN, "--loop", "asyncio", "--http", "h11")),
    "uvicorn, asyncio, httptools": (("httptools",), (*_UVICORN, "--loop", "asyncio", "--http", "httptools")),
    "uvicorn, uvloop, h11": (("uvloop",), (*_UVICORN, "--loop", "uvloop", "--http", "h11")),
    "uvicorn, uvloop, httptools": (("uvloop", "httptools"), (*_UVICORN, "--loop", "uvloop", "--http", "httptools")),
    "Granian, asyncio": (
        ("granian",),
        ("-m", "granian", "--interface", "asgi", "--loop", "asyncio", "tests.benchmarks.served:app"),
    ),
    "Granian, uvloop": (
        ("granian", "uvloop"),
        ("-m", "granian", "--interface", "asgi", "--loop", "uvloop", "tests.benchmarks.served:app"),
    ),
}


@contextmanager
def served(folder: Path, arguments: Sequence[str]) -> Iterator[tuple[str, int]]:
    """The application on a data folder under one of the servers: its address and process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EARNEST_")}
    environment |= {"EARNEST_DATA_DIR": str(folder), "EARNEST_INITIAL_POOL": "false"}
    command = [sys.executable, *arguments, "--host", "127.0.0.1", "--port", str(port)]
    with folder.with_name("servers.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + PATIENCE
        while not _ready(url):
            assert process.poll() is None, folder.with_name("servers.log").read_text(errors="replace")[-2000:]
            assert time.monotonic() < until
            time.sleep(0.1)
        yield url, process.pid
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _milliseconds(process: int) -> float:
    """Processor time of a server so far: of its process and workers, and not of the embedded chain."""
    total = 0.0
    pending = [process]
    while pending:
        pid = pending.pop()
        if b"earnest.chain.embedded" in Path(f"/proc/{pid}/cmdline").read_bytes():
            continue
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            pending += [int(child) for child in children.read_text().split()]
    return total


def _always(path: str) -> Iterator[str]:
    while True:
        yield path


def test_servers_beside_each_other(service: Service, say) -> None:
    service.start()
    pool = service.deploy(name="Films", dataset="movie-reviews", num_words=1000, train_size=2000)["id"]
    service.stop()
    of_pool = f"/v1/pools/{pool}"
    rows = (
        Row("single predictions", f"{of_pool}/predictions", {"samples": [{"text": TEXT}]}, "many", None),
        Row("predictions of 100", f"{of_pool}/predictions", {"samples": [{"text": TEXT}] * 100}, "many", None),
        Row("quotes", f"{of_pool}/quotes", {"text": TEXT, "label": 1}, "one", None),
    )
    measured: dict[tuple[str, str], list[tuple[float, Measured]]] = {}
    answers = []
    # a machine's speed drifts: each server has its turn, again and again
    for turns in range(TURNS):
        for name, (needed, arguments) in SERVERS.items():
            if missing := [module for module in needed if importlib.util.find_spec(module) is None]:
                if turns == 0:
                    say(f"{name:28} not measured: {', '.join(missing)} not installed")
                continue
            with served(service.folder, arguments) as (url, process):
                answers.append(httpx.post(url + rows[0].path, json=rows[0].body, trust_env=False).json()["predictions"])
                for row in rows:
                    before = _milliseconds(process)
                    found = turn(url, row.method, _always(row.path), row.body)
                    cost = (_milliseconds(process) - before) / len(found.times)
                    measured.setdefault((name, row.name), []).append((cost, found))
    for (name, asked), turns_of_one in measured.items():
        cost, found = sorted(turns_of_one, key=lambda one: one[0])[TURNS // 2]
        say(
            f"{name:28} {asked:20} {cost:5.2f} ms of processor time, {found.rate:5.0f}/s, "
            f"p99 {found.percentile(99):6.2f} ms"
        )
    assert len(answers) >= TURNS
    assert all(answer == answers[0] for answer in answers)
