"""Contributes a file's rows in batches, goes on where it was cut off, and sends nothing twice.

What a batch is sent under follows from the file, the pool, the account and the batch's place: the same command over the
same file asks for the same again, and the service answers with what became of it. Transactions that are signed here are
kept in a journal beside the file before they are handed in, and are handed in again as they are.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from earnest.client.answers import Item, Submission
from earnest.client.errors import Refused
from earnest.client.rows import Row
from earnest.client.synchronous import Client
from earnest.core.errors import JsonInvalid
from earnest.core.strict_json import parse

#: Most samples in one transaction of a key of one's own, and in one submission of a managed account, which the service
#: divides by the block's gas.
SIGNED, MANAGED = 90, 200
#: Samples that are checked at a time.
CHECKED = 90
_NOBODY = "0x000000000000000000000000000000000000dEaD"
#: Longest line of a journal: a signed transaction in hex, and names.
_MAX_LINE = 600_000


class Fault(NamedTuple):
    """A row that the service would refuse, and why."""

    number: int
    reason: str


def faults(client: Client, pool: str, rows: Sequence[Row]) -> Iterator[Fault]:
    """The rows that the service or the contract would not take, whatever they cost; nothing is sent.

    Each batch is prepared and thrown away. One that is refused is halved until the bad row stands alone:
    O(bad rows * log batch) further questions.
    """
    for start in range(0, len(rows), CHECKED):
        yield from _faults(client, pool, rows[start : start + CHECKED])


def _faults(client: Client, pool: str, rows: Sequence[Row]) -> Iterator[Fault]:
    account = {"account": client.address or _NOBODY}
    try:
        client.prepare(pool, "contribute", {"items": [row.item for row in rows], **account})
    except Refused as error:
        if error.status != 422:
            raise
        if len(rows) == 1:
            yield Fault(rows[0].number, error.detail.removeprefix("Item 0 ").removeprefix("/items/0/"))
            return
        half = len(rows) // 2
        yield from _faults(client, pool, rows[:half])
        yield from _faults(client, pool, rows[half:])


class Journal:
    """What was signed for which batch, a line each; readable by its owner alone.

    Args:
        path: of the file; made when the first line is written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def raw(self, key: str) -> str | None:
        """The transaction that was signed last for a batch."""
        found = None
        if self._path.exists():
            with self._path.open("rb") as file:
                while line := file.readline(_MAX_LINE):
                    try:
                        entry = parse(line, max_bytes=_MAX_LINE)
                    except JsonInvalid:
                        # the line that was being written when the power went
                        continue
                    if isinstance(entry, dict) and entry.get("key") == key:
                        found = entry.get("raw")
        return found if isinstance(found, str) else None

    def write(self, key: str, raw: str) -> None:
        """Keep a transaction, before it is handed in."""
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write("\n" + json.dumps({"key": key, "raw": raw}) + "\n")
            file.flush()
            os.fsync(file.fileno())


class Batches:
    """The batches of a file for a pool.

    Args:
        client: of the account.
        pool: its id.
        named: what its user calls it, id or address: what is signed here is for that one.
        rows: fit ones, in order.
        digest: of the file's content, in hex.
        journal: for transactions that are signed here.
        max_price: most that a sample may cost, in wei.
        one_commitment: see `Client.contribute`.
        keep_text: see `Client.contribute`.
    """

    def __init__(
        self,
        client: Client,
        pool: str,
        named: str,
        rows: Sequence[Row],
        digest: str,
        journal: Journal,
        *,
        max_price: int | None,
        one_commitment: bool,
        keep_text: bool,
    ) -> None:
        self._client = client
        self._pool, self._named = pool, named
        self._journal = journal
        self._options: dict[str, Any] = {
            "max_price": max_price, "one_commitment": one_commitment, "keep_text": keep_text,
        }  # fmt: skip
        size = SIGNED if client.signs else MANAGED
        self.batches = [rows[start : start + size] for start in range(0, len(rows), size)]
        account = client.address or client.account().address
        numbers = [row.number for row in rows]
        whole = json.dumps([digest, pool, account, self._options, size, numbers])
        self._whole = hashlib.sha256(whole.encode()).hexdigest()

    def send(self, place: int, wait: float) -> Submission:
        """Contribute one batch, or learn what became of it.

        Raises:
            ClientError: see `Client.contribute`.
        """
        key = f"{self._whole}-{place}"
        items = [row.item or {} for row in self.batches[place]]
        if not self._client.signs:
            return self._client.contribute(self._pool, items, key=key, wait=wait, **self._options)
        texts = [item.get("text") for item in items] if self._options["keep_text"] else None
        raw = self._journal.raw(key)
        if raw is not None:
            known = self._client.hand_in(raw, texts, wait=wait)
            if known.status == "confirmed":
                return known
        # none was signed, or the chain refused it: its place in the account's order is used up
        options = {name: self._options[name] for name in ("max_price", "one_commitment")}
        raw = self._client.signed(self._named, items, **options)
        self._journal.write(key, raw)
        return self._client.hand_in(raw, texts, wait=wait)


def failed(submission: Submission) -> list[Item]:
    """The items that the chain did not take."""
    return [item for item in submission.items if item.status != "confirmed"]
