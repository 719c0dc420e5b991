"""The claim to a database: one process writes what is derived from the chain, and sends; others follow it, or wait.

Two would number contributions twice, sign with one nonce, and rewind each other's mirrors. The claim ends with the
process, however that ends: it is a lock of the server on a connection (PostgreSQL), or of the system on a file
(SQLite).
"""

import threading
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

#: The advisory lock's number, within one database: "earnest" in ASCII.
LOCK = int.from_bytes(b"earnest")


class Claim:
    """The claim of this process.

    Args:
        engine: the database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        #: one thread at a time: who watches the claim, who takes it and who gives it up are several
        self._lock = threading.Lock()
        self._file: FileLock | None = None
        if engine.dialect.name == "sqlite":
            # not on the database's own file, which SQLite locks by rules of its own
            self._file = FileLock(Path(str(engine.url.database) + ".lock"), timeout=0, mode=0o600, thread_local=False)

    def take(self) -> bool:
        """Whether this process has the claim now; taken if nobody has it.

        Raises:
            SQLAlchemyError: the database does not answer.
            OSError: the lock's file cannot be made.
        """
        with self._lock:
            return self._take()

    def _take(self) -> bool:
        if self._file is not None:
            try:
                if not self._file.is_locked:
                    self._file.acquire()
            except Timeout:
                return False
            return True
        if self._connection is not None and self._is_alive(self._connection):
            return True
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        taken = connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({LOCK})").scalar()
        if not taken:
            connection.close()
            return False
        self._connection = connection
        return True

    def give_up(self) -> None:
        """Let others have it."""
        with self._lock:
            self._give_up()

    def _give_up(self) -> None:
        if self._file is not None:
            self._file.release()
        if self._connection is not None:
            # the server would notice that a connection ended only after a moment
            with suppress(SQLAlchemyError):
                self._connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")
            # a connection that went back to the pool would keep the lock
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _is_alive(self, connection: Connection) -> bool:
        try:
            connection.exec_driver_sql("SELECT 1")
        except SQLAlchemyError:
            self._give_up()
            return False
        return True
