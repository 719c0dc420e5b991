"""Logs to rows: what a range of blocks tells, written at once when all of it was taken in."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from earnest.chain.events import Log
from earnest.core.incentives.sealed import AGREED, AT_RISK
from earnest.core.keccak import keccak256
from earnest.core.models.model import NOT_PREDICTED
from earnest.core.models.registry import model_of
from earnest.core.pool import sealed_events
from earnest.core.pool.events import (
    BatchCommitted,
    Collected,
    Contributed,
    CreditChanged,
    Event,
    Refunded,
    Reported,
    Withdrawn,
)
from earnest.core.pool.sealed_events import Sealed, Settled
from earnest.db.pool_terms import terms_of_pool
from earnest.db.queries.ranges import Row
from earnest.db.tables import Pool
from earnest.sync.mirror import Mirror
from earnest.sync.range_rows import RangeRows

OPEN, REFUNDED, TAKEN, COLLECTED = "open", "refunded", "taken", "collected"
#: Of contributions whose judge is sealed, besides OPEN.
SETTLED, EXPIRED = "settled", "expired"
_STATUS_AFTER = {"refund": REFUNDED, "report": TAKEN, "collect": COLLECTED, "settle": SETTLED}


def has_row(event: Event) -> bool:
    """Whether the tables have a row for what an event tells; a pool's pauses and its owner are asked of the pool."""
    published = Contributed | BatchCommitted | Refunded | Reported | Collected | CreditChanged | Withdrawn
    return isinstance(event, published | sealed_events.Contributed | Settled | Sealed)


class Projection:
    """Takes a range's logs in one after the other, each as the chain had it then, and writes what they come to.

    O(logs); the number of statements depends on the tables, and on the rows by the thousand, never on the row.

    Args:
        session: the transaction in which the range is written.
        pool: whose logs they are.
        logs: of the range, in the order of the chain.
    """

    def __init__(self, session: Session, pool: Pool, logs: Sequence[Log[Event]]) -> None:
        self._pool = pool
        self._rows = RangeRows(session, pool, logs)
        self._sums = self._rows.sums

    def sample_of(self, index: int) -> tuple[bytes, int]:
        """Sample and label of a contribution that the logs settle.

        Raises:
            ValueError: it was not made.
        """
        return self._rows.sample_of(index)

    def contributor_of(self, index: int) -> str | None:
        """Who made a contribution that the logs name."""
        return self._rows.contributor_of(index)

    def take(self, log: Log[Event], mirror: Mirror | None = None) -> bool:
        """Take in one of the logs; one that the tables have already changes nothing.

        Args:
            log: the next.
            mirror: of the pool, as it is before the log; None where nobody has it.

        Returns:
            whether it was new.

        Raises:
            ValueError: it claims, settles or commits what was never made.
        """
        if self._rows.has(log):
            return False
        match log.event:
            case Contributed() as event:
                self._contribution(log, event, predicted=event.predicted)
            case sealed_events.Contributed() as event:
                self._contribution(
                    log, event, predicted=_said(self._pool, event, mirror),
                    outcome=event.outcome, epoch=event.epoch, standing=event.standing,
                )  # fmt: skip
                self._sums.account(event.contributor)["standing"] = event.standing
            case Settled() as event:
                self._claim(
                    log, event.index, "settle", event.contributor, event.amount,
                    taught=event.taught, standing=event.standing,
                )  # fmt: skip
                self._sums.account(event.contributor)["standing"] = event.standing
            case Sealed() as event:
                self._seal(log, event)
            case BatchCommitted() as event:
                self._rows.commit(event.first_index, event.count)
            case Refunded() as event:
                self._claim(log, event.index, "refund", event.contributor, event.amount)
            case Reported() as event:
                self._claim(log, event.index, "report", event.reporter, event.amount)
            case Collected() as event:
                self._claim(log, event.index, "collect", event.collector, event.amount, burned=event.burned)
            case CreditChanged() as event:
                row = {"kind": "payment", "account": event.account, "amount": event.credit}
                self._rows.credit(self._place(log) | row)
                self._sums.set_credit(event.account, event.credit)
            case Withdrawn() as event:
                row = {"kind": "withdrawal", "account": event.account, "amount": event.amount}
                self._rows.credit(self._place(log) | row)
                self._sums.withdraw(event.account, event.amount)
        return True

    def write(self) -> None:
        """Write what was taken in; the caller commits."""
        self._rows.write()

    # INTERNAL

    def _place(self, log: Log[Event]) -> Row:
        return {
            "chain_id": self._pool.chain_id,
            "pool_address": self._pool.address,
            "block_number": log.block_number,
            "block_hash": log.block_hash,
            "transaction_hash": log.transaction_hash,
            "log_index": log.log_index,
            "time": log.block_time,
        }

    def _contribution(
        self,
        log: Log[Event],
        event: Contributed | sealed_events.Contributed,
        *,
        predicted: int,
        outcome: int | None = None,
        epoch: int | None = None,
        standing: int | None = None,
    ) -> None:
        row = self._place(log)
        row["index"] = event.index
        row["contributor"] = event.contributor
        row["label"] = event.label
        row["predicted"] = predicted
        row["deposit"] = row["claimable"] = event.deposit
        row["status"] = OPEN
        row["sample"] = event.sample
        row["sample_hash"] = "0x" + keccak256(event.sample).hex()
        row["batch_first"] = None
        row["outcome"], row["epoch"], row["standing"] = outcome, epoch, standing
        self._rows.make(row)
        self._sums.count(event.contributor, event.deposit, event.deposit, is_open=True)

    def _claim(
        self,
        log: Log[Event],
        index: int,
        verb: str,
        account: str,
        amount: int,
        *,
        burned: bool = False,
        taught: bool | None = None,
        standing: int | None = None,
    ) -> None:
        told: Row = {"index": index, "verb": verb, "account": account, "amount": amount, "burned": burned}
        contribution = self._rows.claim(self._place(log) | told | {"taught": taught, "standing": standing})
        totals = self._sums.totals()
        contribution["claimable"] -= amount
        totals["open_amount"] -= amount
        if contribution["claimable"] == 0:
            contribution["status"] = _STATUS_AFTER[verb]
            totals["open_contributions"] -= 1
        if burned:
            totals["burned"] += amount
        else:
            self._sums.pay(verb, account, amount)

    def _seal(self, log: Log[Event], event: Sealed) -> None:
        """Note a seal, and close what expired with it."""
        terms = terms_of_pool(self._pool)
        expired = terms.incentive.sealed.expired_epoch(terms.numbers, event.epoch)
        told: Row = {"epoch": event.epoch, "sealer": event.sealer, "bounty": event.bounty, "burned": event.burned}
        self._rows.seal(self._place(log) | told | {"digest": event.digest, "expired": expired})
        totals = self._sums.totals()
        for row in self._rows.expiring(AT_RISK, expired):
            totals["open_contributions"] -= 1
            totals["open_amount"] -= row["claimable"]
            totals["burned"] += row["claimable"]
            row["status"], row["claimable"] = EXPIRED, 0


def _said(pool: Pool, event: sealed_events.Contributed, mirror: Mirror | None) -> int:
    """The judge's class, which the event tells of only whether it is the label; `NOT_PREDICTED` where nobody knows it.

    O(numbers in the sample): the judge stands still between two seals, so that the mirror's is the one that was asked.
    """
    if event.outcome == AGREED:
        return event.label
    model = model_of(pool.model or "", pool.model_parameters or ()) if mirror is None else mirror.served
    if model.class_count == 2:
        return 1 - event.label
    if mirror is None:
        return NOT_PREDICTED
    said, _ = model.predict_one(model.sample_from_bytes(event.sample))
    # a mirror that agrees where the contract did not is wrong, and its digest tells so at the next look
    return NOT_PREDICTED if said == event.label else said
