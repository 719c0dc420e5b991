"""A small client of the API, and a service of its own for the demo."""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import httpx

from earnest.core.strict_json import parse

#: Seconds that a service may take to be ready, and a pool to be deployed.
PATIENCE = 120.0
#: Largest answer that is read, in bytes.
MAX_ANSWER = 64 * 2**20


class DemoError(Exception):
    """The demo cannot go on; the message says why."""


class Client:
    """Calls the API; a problem document becomes a `DemoError` with its detail."""

    def __init__(self, url: str) -> None:
        # a submission is answered once the chain has decided it, where that does not take too long
        self._http = httpx.Client(base_url=url, timeout=120.0, trust_env=False, headers={"Prefer": "wait=60"})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ignored: object) -> None:
        self._http.close()

    def ready(self) -> bool:
        """Whether the service is ready."""
        try:
            return self._http.get("/readyz").status_code == 200
        except httpx.HTTPError:
            return False

    def call(self, method: str, path: str, body: Any = None, token: str | None = None) -> Any:
        """The answer's JSON.

        Raises:
            DemoError: the service refuses or does not answer.
        """
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            answer = self._http.request(method, "/v1" + path, json=body, headers=headers)
        except httpx.HTTPError as error:
            raise DemoError(f"The service does not answer ({error}).") from None
        if answer.is_error:
            try:
                detail = parse(answer.content, max_bytes=MAX_ANSWER)["detail"]
            except (ValueError, KeyError, TypeError):
                detail = answer.text
            raise DemoError(f"{method} {path} was refused: {detail}")
        try:
            return parse(answer.content, max_bytes=MAX_ANSWER)
        except ValueError as error:
            raise DemoError(f"The service does not answer as the API does. {error}") from None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def own_service() -> Iterator[tuple[str, str]]:
    """A service in a temporary folder, gone afterwards; gives its address and admin token.

    Raises:
        DemoError: it does not become ready.
    """
    with tempfile.TemporaryDirectory(prefix="earnest-demo-") as folder:
        port, token = _free_port(), secrets.token_hex(16)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("EARNEST_")}
        environment |= {
            "EARNEST_DATA_DIR": folder,
            "EARNEST_PORT": str(port),
            "EARNEST_ADMIN_TOKEN": token,
            "EARNEST_INITIAL_POOL": "false",
        }
        log = Path(folder) / "service.log"
        with log.open("wb") as output:
            command = [sys.executable, "-m", "earnest.cli", "serve"]
            service = subprocess.Popen(command, env=environment, stdout=output, stderr=output)  # noqa: S603
        url = f"http://127.0.0.1:{port}"
        try:
            until = time.monotonic() + PATIENCE
            with Client(url) as client:
                while not client.ready():
                    if service.poll() is not None or time.monotonic() > until:
                        raise DemoError(f"The service did not start: {log.read_text(errors='replace')[-500:]}")
                    time.sleep(0.1)
            yield url, token
        finally:
            service.terminate()
            try:
                service.wait(30)
            except subprocess.TimeoutExpired:
                service.kill()
                service.wait()
