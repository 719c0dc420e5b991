"""anvil, a development node with the newest rules: from node_modules, else from PATH."""

import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from earnest.contracts.build import ROOT

START_SECONDS = 20


class AnvilError(Exception):
    """anvil is missing, or it does not start."""


def find_anvil() -> Path:
    """The program, run by itself and not through Node.

    Raises:
        AnvilError: it is neither in node_modules nor on PATH.
    """
    installed = ROOT / "node_modules" / ".bin" / "anvil"
    if installed.is_file():
        return installed
    found = shutil.which("anvil")
    if found is None:
        raise AnvilError("anvil is missing: run `make setup-dev`, or install Foundry where npm has no anvil for it.")
    return Path(found)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=2) as answer:
            return "result" in json.load(answer)
    except OSError:
        return False


@contextmanager
def running_anvil(*options: str, port: int | None = None) -> Iterator[str]:
    """Run a node of our own on a free port; its address.

    Args:
        options: further options of anvil's, such as `--no-mining`.
        port: a fixed port, for a node that is to come back where another was.

    Raises:
        AnvilError: it is missing, or it does not start.
    """
    port = port or _free_port()
    settings = ("--host", "127.0.0.1", "--port", str(port), "--hardfork", "osaka", "--silent")
    command: list[str | Path] = [find_anvil(), *settings, *options]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + START_SECONDS
        while not _answers(url):
            if process.poll() is not None:
                said = process.stderr.read() if process.stderr else b""
                raise AnvilError(f"anvil ended while it started: {said!r}")
            if time.monotonic() >= deadline:
                raise AnvilError(f"anvil did not answer in {START_SECONDS} s.")
            time.sleep(0.02)
        yield url
    finally:
        process.terminate()
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
