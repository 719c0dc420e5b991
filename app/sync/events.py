"""Writes what happened in a pool down for those who follow it, in the transaction in which the tables learn of it."""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from earnest.chain.events import Log
from earnest.core.incentives.sealed import CASES
from earnest.core.models.model import NOT_PREDICTED
from earnest.core.pool import sealed_events
from earnest.core.pool.events import (
    Collected,
    Contributed,
    CreditChanged,
    Event,
    OwnershipTransferred,
    Paused,
    Refunded,
    Reported,
    Unpaused,
    Withdrawn,
)
from earnest.db import tables
from earnest.db.queries.events import newest_event_locked
from earnest.db.tables import Pool
from earnest.sync.bulk import insert_rows

#: Events that are kept; who was away for longer is told to look anew.
KEPT = 100_000
#: Who made the contribution of a number; None where it is unknown.
ContributorOf = Callable[[int], str | None]
_COLUMNS = ("account", "contributor", "index", "amount", "transaction_hash")


class Notes:
    """What one database transaction notes of one pool; written at its end, all at once.

    Args:
        session: the transaction.
        pool: what happened in.
    """

    def __init__(self, session: Session, pool: Pool) -> None:
        self._session = session
        self._pool = pool
        self._rows: list[dict[str, Any]] = []

    def log(self, log: Log[Event], contributor_of: ContributorOf) -> None:
        """Note what a log tells."""
        told = _told(log.event, contributor_of)
        if told is not None:
            kind, row = told
            self.add(kind, log.block_number, log.block_time, transaction_hash=log.transaction_hash, **row)

    def add(self, kind: str, block_number: int, time: int, **row: Any) -> None:
        """Note something; `facts` and the event's other columns as keywords."""
        self._rows.append(
            dict.fromkeys(_COLUMNS)
            | {"facts": {}, **row, "pool_id": self._pool.id, "kind": kind, "block_number": block_number, "time": time}
        )

    def reorganised(self, block_number: int, time: int, accounts: Iterable[str]) -> None:
        """Note that what came after a block did not happen: once for the pool, and once for each account."""
        for account in (None, *sorted(accounts)):
            self.add("reorganised", block_number, time, account=account)

    def write(self) -> None:
        """Give the events their places, and forget the oldest.

        Places are given under a lock until the transaction ends: who reads up to the newest has missed none.
        """
        if not self._rows:
            return
        before = newest_event_locked(self._session)
        for place, row in enumerate(self._rows, start=before + 1):
            row["sequence"] = place
        # of more than are kept, the oldest need not be written
        insert_rows(self._session, tables.Event, self._rows[-KEPT:])
        self._session.execute(delete(tables.Event).where(tables.Event.sequence <= before + len(self._rows) - KEPT))


def _told(event: Event, contributor_of: ContributorOf) -> tuple[str, dict[str, Any]] | None:
    """The kind of event, and what it fills in; None for what nobody follows."""
    match event:
        case Contributed():
            predicted = None if event.predicted == NOT_PREDICTED else event.predicted
            facts: dict[str, Any] = {"label": event.label, "predicted": predicted}
            return "contributed", {
                "account": event.contributor, "index": event.index, "amount": event.deposit, "facts": facts,
            }  # fmt: skip
        case sealed_events.Contributed():
            facts = {"label": event.label, "case": CASES[event.outcome], "epoch": event.epoch}
            return "contributed", {
                "account": event.contributor, "index": event.index, "amount": event.deposit, "facts": facts,
            }  # fmt: skip
        case sealed_events.Settled():
            facts = {"taught": event.taught, "standing": event.standing}
            return "settled", {
                "account": event.contributor, "index": event.index, "amount": event.amount, "facts": facts,
            }  # fmt: skip
        case sealed_events.Sealed():
            facts = {"epoch": event.epoch, "burned": str(event.burned)}
            return "sealed", {"account": event.sealer, "amount": event.bounty, "facts": facts}
        case Refunded():
            return "refunded", _claimed(contributor_of, event.index, event.contributor, event.amount)
        case Reported():
            left: dict[str, Any] = {"facts": {"remaining": str(event.remaining)}}
            return "reported", _claimed(contributor_of, event.index, event.reporter, event.amount) | left
        case Collected():
            burned: dict[str, Any] = {"facts": {"burned": event.burned}}
            return "collected", _claimed(contributor_of, event.index, event.collector, event.amount) | burned
        case CreditChanged():
            return "credit", {"account": event.account, "amount": event.credit}
        case Withdrawn():
            to = {"receiver": event.receiver}
            return "withdrawn", {"account": event.account, "amount": event.amount, "facts": to}
        case Paused() | Unpaused():
            return type(event).__name__.lower(), {"account": event.account}
        case OwnershipTransferred():
            return "owner", {"account": event.owner, "facts": {"previous": event.previous_owner}}
        case _:
            return None


def _claimed(contributor_of: ContributorOf, index: int, account: str, amount: int) -> dict[str, Any]:
    made_by = contributor_of(index)
    contributor = None if made_by == account else made_by
    return {"account": account, "contributor": contributor, "index": index, "amount": amount}
