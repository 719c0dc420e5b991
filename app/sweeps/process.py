"""A background process that outlives the service, and that the next service finds again.

The process holds a lock on a file for as long as it lives. A process id may be given to another process after a while;
a lock cannot be held by one that is gone, whatever ended it.
"""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

#: Seconds that a process may take to end after its files are closed.
_LAST_MOMENT = 30.0


class BackgroundProcess:
    """At most one process at a time in a folder, in a session of its own, at a low priority.

    Args:
        folder: gets the files `process` (locked; holds the process id) and `log` (what the process prints).
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "process"
        self.log = folder / "log"
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, command: Sequence[str], environment: Mapping[str, str], nice: int) -> None:
        """Start a command; there must be none that lives.

        Args:
            command: program and arguments.
            environment: its variables.
            nice: how far it steps back for others, from 0 to 19.

        Raises:
            OSError: no room for its files, no memory for it, or one lives (BlockingIOError).
        """
        lock = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # the number of an earlier process may be another's by now
            os.ftruncate(lock, 0)
            with self.log.open("wb") as log:
                self._child = subprocess.Popen(  # noqa: S603
                    [sys.executable, "-m", "earnest.sweeps.background", str(lock), str(nice), *command],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=dict(environment),
                    pass_fds=(lock,),
                    start_new_session=True,
                )
        finally:
            # the process keeps its copy, and with it the lock
            os.close(lock)

    def alive(self) -> bool:
        """Whether a process lives, whoever started it."""
        try:
            lock = os.open(self._file, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
        if self._child is not None:
            # it is about to be gone; asked for its code, it does not stay as a zombie
            self._child.wait(_LAST_MOMENT)
            self._child = None
        return False

    def interrupt(self) -> bool:
        """Ask a process that lives to end, as a key press would; whether it could be asked yet."""
        pid = self.pid()
        with suppress(ProcessLookupError):
            if pid is not None:
                os.kill(pid, signal.SIGINT)
        return pid is not None

    def kill(self) -> None:
        """End a process that lives, and all that it started."""
        with suppress(ProcessLookupError):
            if (pid := self.pid()) is not None:
                os.killpg(pid, signal.SIGKILL)

    def pid(self) -> int | None:
        """Its process id, also of its group; None before it noted it."""
        try:
            return int(self._file.read_text())
        except (OSError, ValueError):
            return None

    def last_words(self) -> str | None:
        """The last line that it printed."""
        try:
            lines = self.log.read_text("utf-8", errors="replace").split("\n")
        except OSError:
            return None
        return next((line.strip() for line in reversed(lines) if line.strip()), None)
