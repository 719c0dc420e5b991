"""Starts the chain's process, keeps it alive, stops it."""

import json
import logging
import select
import subprocess
import sys
import threading
from pathlib import Path

from earnest.chain.errors import ChainUnavailable
from earnest.secrets import read_or_create, write

log = logging.getLogger(__name__)

URL_FILE = "chain-url"
#: Seconds that the process may take to answer.
START_SECONDS = 60.0
#: Seconds between two looks at the process.
_WATCH_SECONDS = 0.2


class EmbeddedChain:
    """The embedded chain as a child process; restarted at the same address when it dies.

    Args:
        folder: holds `chain.sqlite`, `chain.log`, the secret that its address ends with (`chain-secret`), and the whole
            address (`chain-url`), for other programs of whoever may read it.
        funded: address that owns all ether at genesis.
    """

    def __init__(self, folder: Path, funded: str) -> None:
        self.folder = folder
        self._funded = funded
        self._port = 0
        self._secret_file = folder.resolve() / "chain-secret"
        self._secret = read_or_create(self._secret_file)
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._watcher: threading.Thread | None = None
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Process id; None while there is none."""
        return self._process.pid if self._process is not None else None

    def start(self) -> str:
        """Start the process if it does not run, and return its address.

        Raises:
            ChainUnavailable: it does not start; the message says why.
        """
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._launch()
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="chain watcher", daemon=True)
                self._watcher.start()
        return self._url()

    def _url(self) -> str:
        return f"http://127.0.0.1:{self._port}/{self._secret}"

    def stop(self) -> None:
        """End the process; every acknowledged transaction is on disk."""
        self._stopping.set()
        with self._lock:
            self._end()
        if self._watcher is not None:
            self._watcher.join(5)

    def _end(self) -> None:
        """Kill the process, if there is one, and close its pipes."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _launch(self) -> None:
        self._end()
        database = self.folder.resolve() / "chain.sqlite"
        command = [sys.executable, "-m", "earnest.chain.embedded", "--database", str(database)]
        command += ["--funded", self._funded, "--secret", str(self._secret_file), "--port", str(self._port)]
        with (self.folder / "chain.log").open("ab") as errors:
            start = errors.tell()
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)  # noqa: S603
        output = self._process.stdout
        if output is None:
            raise ChainUnavailable("The chain's process has no output.")
        ready, _, _ = select.select([output], [], [], START_SECONDS)
        line = output.readline() if ready else b""
        if not line:
            self._end()
            said = (self.folder / "chain.log").read_bytes()[start:].decode(errors="replace").strip()
            reason = said.splitlines()[-1] if said else "it did not answer"
            raise ChainUnavailable(f"The embedded chain does not start: {reason}")
        port = int(json.loads(line)["port"])
        if port != self._port:
            self._port = port
            try:
                write(self.folder / URL_FILE, self._url())
            except OSError as error:
                self._end()
                raise ChainUnavailable(f"The embedded chain's address cannot be noted: {error.strerror}.") from None

    def _watch(self) -> None:
        while not self._stopping.wait(_WATCH_SECONDS):
            with self._lock:
                if self._stopping.is_set() or self._process is None or self._process.poll() is None:
                    continue
                log.warning("The embedded chain ended with code %s; it is started again", self._process.returncode)
                try:
                    self._launch()
                except ChainUnavailable as error:
                    log.error("%s", error.detail)
                    self._stopping.wait(1.0)
