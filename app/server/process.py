"""Run the service under uvicorn, with its data folder locked."""

import logging
import os
import socket
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from filelock import FileLock, Timeout

from earnest import telemetry
from earnest.config import Settings, require_database
from earnest.extras import needed
from earnest.secrets import SecretDamaged
from earnest.server.protocol import OneAnswer

log = logging.getLogger(__name__)

#: Seconds that the head of a request may take to arrive; kept connections are closed earlier, 5 s after an answer.
HEAD_SECONDS = 15.0
#: Most connections; beyond it those that have asked nothing yet are closed, oldest first.
MAX_CONNECTIONS = 1_000
#: Seconds that requests under way may take to end when the service is asked to.
GRACE_SECONDS = 8
#: Seconds after which the process ends though a thread still waits for a silent node or database.
LAST_SECONDS = 16.0


def _listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket.

    Raises:
        OSError: the address is taken or not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=2048)
    # asyncio sets it only on sockets that say which protocol they speak, which this one does not. Without it the second
    # packet of an answer waits for the first one's delayed acknowledgement, 40 ms. Connections inherit it.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


class PatientServer(uvicorn.Server):
    """uvicorn, which by itself waits for ever for the rest of a request's head."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        #: of connections without a request: the one that was answered last, and since when that has been so
        self._since: dict[Any, tuple[Any, float]] = {}

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Asked to end: what doesn't come to its end in time is left, as at a crash, which loses nothing."""
        if not self.should_exit:
            last = threading.Timer(LAST_SECONDS, _leave)
            last.daemon = True
            last.start()
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Called ten times a second; once a second, close connections that have sent no whole head for too long."""
        if counter % 10 == 0:
            self._close_the_silent(time.monotonic())
        return await super().on_tick(counter)

    def _close_the_silent(self, now: float) -> None:
        # a connection without a request, or whose last one has its answer
        waiting = [
            each
            for each in self.server_state.connections
            if (cycle := getattr(each, "cycle", None)) is None or cycle.response_complete
        ]
        former = self._since
        self._since = {}
        for each in waiting:
            last = getattr(each, "cycle", None)
            known = former.get(each)
            # one that is asked often may be without a request at every look, and is not silent for that
            self._since[each] = known if known is not None and known[0] is last else (last, now)
        most = MAX_CONNECTIONS - (len(self.server_state.connections) - len(waiting))
        oldest = sorted(waiting, key=lambda each: self._since[each][1])
        for place, connection in enumerate(oldest):
            if now - self._since[connection][1] > HEAD_SECONDS or len(oldest) - place > max(most, 0):
                connection.transport.close()


def _keep_private(folder: Path) -> None:
    """Take from others what an earlier version left open to them: the folder, and the databases and logs in it.

    Raises:
        OSError: they are somebody else's.
    """
    folder.chmod(0o700)
    for path in folder.glob("*"):
        if path.is_file() and not path.is_symlink():
            path.chmod(0o600)


def _leave() -> None:
    log.error("Something still waits after %.0f s; the service ends without it", LAST_SECONDS)
    logging.shutdown()
    os._exit(1)


def serve(settings: Settings) -> int:
    """Serve until interrupted.

    Returns:
        the process's exit code; 1 when the data folder or the address cannot be used, 2 when what the folder holds is
        no secret or no database, with one sentence on standard error.

    Raises:
        ExtraMissing: a library is missing that the service, or a setting, needs.
    """
    with needed("service", "The service"):
        from earnest.operations.logs import set_up
        from earnest.runtime import Runtime
        from earnest.server.application import create_app

    set_up(settings.log_format)
    if settings.otel_endpoint is not None:
        telemetry.start(settings.otel_endpoint, settings.collector_headers)
    for noisy in ("httpx", "urllib3", "alembic", "opentelemetry"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # what this process and its children write holds keys, texts and tokens' hashes: for its owner's eyes
    os.umask(0o077)
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        _keep_private(settings.data_dir)
        lock = FileLock(settings.data_dir / "lock", timeout=0)
        lock.acquire()
    except Timeout:
        print(
            f"Another service uses {settings.data_dir}: stop it, or set EARNEST_DATA_DIR to another folder.",
            file=sys.stderr,
        )
        return 1
    except OSError as error:
        print(f"The data folder {settings.data_dir} cannot be used: {error.strerror or error}.", file=sys.stderr)
        return 1
    try:
        try:
            require_database(settings.resolved_database_url)
            runtime = Runtime(settings)
        except (SecretDamaged, OSError, ValueError) as error:
            print(error, file=sys.stderr)
            return 2
        # taken before anything is started or deployed
        try:
            listening = _listen(settings.host, settings.port)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or error
            print(
                f"http://{settings.host}:{settings.port} cannot be served: {reason}. "
                "Choose another with EARNEST_HOST and EARNEST_PORT.",
                file=sys.stderr,
            )
            return 1
        print(f"Earnest serves http://{settings.host}:{settings.port} (data in {settings.data_dir})", flush=True)
        server = PatientServer(
            uvicorn.Config(
                create_app(runtime),
                http=OneAnswer,
                log_level="warning",
                lifespan="on",
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        runtime.leaving = lambda: server.should_exit
        server.run(sockets=[listening])
        return 0 if server.started else 1
    finally:
        telemetry.stop()
        lock.release()
