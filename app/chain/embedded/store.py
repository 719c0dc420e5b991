"""The chain's disk: py-evm's key-value interface over SQLite, and an index of blocks and logs.

Writes are buffered and reach the disk in one SQLite transaction with the index (`commit`), or not at all (`discard`): a
killed process finds the state at the end of a block.
"""

import json
import sqlite3
from pathlib import Path
from typing import Any

from eth.db.backends.base import BaseDB

#: Raised when the format of the file changes.
FORMAT = "1"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS state (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blocks (number INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS transactions (
  hash TEXT PRIMARY KEY, body TEXT NOT NULL, receipt TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS logs (
  block INTEGER NOT NULL, position INTEGER NOT NULL, address TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (block, position)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS logs_by_address ON logs (address, block, position);
"""


class StoreError(Exception):
    """The file cannot be used; the message says why and what to do."""


class Store(BaseDB):
    """A file. Not safe under threads: one caller at a time.

    Raises:
        StoreError: damaged, or of another format.
    """

    def __init__(self, path: Path) -> None:
        self._buffer: dict[bytes, bytes | None] = {}
        try:
            self._file = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
                self._file.execute(f"PRAGMA {pragma}")
            self._file.executescript(_SCHEMA)
            found = self.meta("format")
        except sqlite3.DatabaseError as error:
            raise StoreError(f"The chain's database {path} is damaged ({error}): restore it from a backup.") from None
        if found not in (None, FORMAT):
            raise StoreError(f"The chain's database {path} has format {found}; this version reads {FORMAT}.")

    # py-evm's interface

    def __getitem__(self, key: bytes) -> bytes:
        if key in self._buffer:
            value = self._buffer[key]
        else:
            row = self._file.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
            value = row[0] if row else None
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self._buffer[key] = value

    def __delitem__(self, key: bytes) -> None:
        self._buffer[key] = None

    def _exists(self, key: bytes) -> bool:
        try:
            self[key]
        except KeyError:
            return False
        return True

    # commits

    def discard(self) -> None:
        """Forget what was not committed."""
        self._buffer.clear()

    def commit(
        self,
        block: dict[str, Any] | None = None,
        transactions: list[tuple[dict[str, Any], dict[str, Any]]] | None = None,
        meta: dict[str, str] | None = None,
    ) -> None:
        """Write the buffer, a block with its transactions and receipts, and settings; all or nothing.

        Raises:
            sqlite3.Error: nothing was written, for example because the disk is full.
        """
        cursor = self._file.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        try:
            cursor.executemany(
                "INSERT OR REPLACE INTO state VALUES (?, ?)", [(k, v) for k, v in self._buffer.items() if v is not None]
            )
            cursor.executemany("DELETE FROM state WHERE key = ?", [(k,) for k, v in self._buffer.items() if v is None])
            if block is not None:
                number = int(block["number"], 16)
                cursor.execute("INSERT INTO blocks VALUES (?, ?, ?)", (number, block["hash"], json.dumps(block)))
                for body, receipt in transactions or []:
                    cursor.execute(
                        "INSERT INTO transactions VALUES (?, ?, ?)",
                        (body["hash"], json.dumps(body), json.dumps(receipt)),
                    )
                    for log in receipt["logs"]:
                        position = int(log["logIndex"], 16)
                        cursor.execute(
                            "INSERT INTO logs VALUES (?, ?, ?, ?)", (number, position, log["address"], json.dumps(log))
                        )
            cursor.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list((meta or {}).items()))
            cursor.execute("COMMIT")
        except BaseException:
            if self._file.in_transaction:
                cursor.execute("ROLLBACK")
            raise
        self._buffer.clear()

    # index

    def meta(self, name: str) -> str | None:
        """A setting."""
        row = self._file.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def block(self, which: int | str) -> dict[str, Any] | None:
        """A block by number or hash."""
        column = "number" if isinstance(which, int) else "hash"
        row = self._file.execute(f"SELECT body FROM blocks WHERE {column} = ?", (which,)).fetchone()  # noqa: S608
        return json.loads(row[0]) if row else None

    def transaction(self, transaction_hash: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """A mined transaction and its receipt."""
        row = self._file.execute(
            "SELECT body, receipt FROM transactions WHERE hash = ?", (transaction_hash,)
        ).fetchone()
        return (json.loads(row[0]), json.loads(row[1])) if row else None

    def logs(self, first: int, last: int, addresses: list[str] | None) -> list[dict[str, Any]]:
        """Logs of a range of blocks in order, of these lower-case addresses or of all."""
        query, values = "SELECT body FROM logs WHERE block BETWEEN ? AND ?", [first, last]
        if addresses is not None:
            query += f" AND address IN ({','.join('?' * len(addresses))})"
        rows = self._file.execute(query + " ORDER BY block, position", [*values, *(addresses or [])])
        return [json.loads(row[0]) for row in rows]

    def close(self) -> None:
        """Close the file."""
        self._file.close()
