"""Gets submissions onto the chain, each item at most once.

Each transaction is signed with an explicit nonce and stored before it is sent. Whatever happens next (the chain or the
database gone, the process killed), the stored bytes can be sent again, and the nonce lets them take effect once. The
chain alone decides what became of them: `settle` asks it.
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from earnest.accounts.service import AccountService
from earnest.chain.errors import ChainError, ChainUnavailable, ContractError, TransactionRefused, UnknownRevert
from earnest.chain.gas import contribute_gas
from earnest.chain.gateway import Gateway
from earnest.chain.types import BatchProof, Call, ContributionKey, Receipt
from earnest.contributions.errors import ContributionUnknown
from earnest.core.incentives.ledger import value_needed
from earnest.core.keccak import keccak256
from earnest.core.pool import Contribution as Leaf
from earnest.core.pool import merkle
from earnest.core.pool.events import Collected, Contributed, Refunded, Reported, Withdrawn
from earnest.db.engine import Sessions
from earnest.db.queries.contributions import batch_members, contribution
from earnest.db.queries.submissions import (
    highest_nonce,
    items_in,
    items_of,
    items_of_transaction,
    transactions_by,
    transactions_in,
    undecided_submissions,
)
from earnest.db.tables import Contribution, Pool, Submission, SubmissionItem, Transaction
from earnest.errors import EarnestError
from earnest.pools.service import model_of_pool, terms_of_pool
from earnest.submissions.errors import SetAside

log = logging.getLogger(__name__)

PREPARED, SENT, CONFIRMED, FAILED, DROPPED = "prepared", "sent", "confirmed", "failed", "dropped"
#: Of what the service cannot bring to its end: what became of it on the chain, an operator has to see.
ASIDE = "aside"
#: Of transactions that the chain has not decided.
UNDER_WAY = (PREPARED, SENT)
#: Most samples in one transaction, whatever their gas.
MAX_BATCH = 50
#: Seconds in which a claim waits for one in which nothing was accepted.
GUARD_PATIENCE = 15


class Sender:
    """Drives submissions to the chain.

    Args:
        sessions: the database.
        gateway: the chain.
        accounts: holds the keys.
        patience: seconds to wait for a transaction to be mined.
    """

    def __init__(self, sessions: Sessions, gateway: Gateway, accounts: AccountService, patience: float) -> None:
        self._sessions = sessions
        self._gateway = gateway
        self._accounts = accounts
        self._patience = patience
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)

    def drive(self, submission_id: str) -> None:
        """Send what is prepared, batch by batch, until nothing is left or the chain is silent.

        O(items); one transaction for a batch of samples, one for each claim.

        Raises:
            ChainUnavailable: the node does not answer; what was stored is settled later.
        """
        with self._sessions() as session:
            submission = session.get_one(Submission, submission_id)
            account, verb = submission.account, submission.verb
        with self._locks[account]:
            try:
                self._drive(submission_id, account, verb)
            except (EarnestError, SQLAlchemyError):
                raise
            except Exception as error:
                log.exception("Submission %s cannot be sent; it is set aside", submission_id)
                self._set_aside(submission_id, None, error)

    def _drive(self, submission_id: str, account: str, verb: str) -> None:
        if not self._settle(account):
            return
        single = False
        while batch := self._next_batch(submission_id, single=single):
            outcome = self._send_batch(submission_id, account, verb, batch)
            if outcome is None:
                return
            # a batch is all or nothing: when it is refused, its items go one by one to find the culprit
            single = (not outcome and len(batch) > 1) or (single and bool(batch))

    def undecided(self) -> Sequence[tuple[str, str]]:
        """Submissions that are not at their end, oldest first: (account, id)."""
        with self._sessions() as session:
            return undecided_submissions(session, UNDER_WAY)

    def settle_all(self) -> None:
        """Drive every submission that is not at its end, one after the other."""
        for _, submission_id in self.undecided():
            self.drive(submission_id)

    # SETTLING

    def _settle(self, account: str) -> bool:
        """Bring an account's stored transactions to an end, oldest first; False while one is under way."""
        with self._sessions() as session:
            under_way = transactions_by(session, account, UNDER_WAY)
        for row in under_way:
            try:
                if self._finish(row.hash, row.raw) is None:
                    return False
            except (EarnestError, SQLAlchemyError):
                raise
            except Exception as error:
                # the account's other transactions, and other accounts, must not wait for it for ever
                log.exception("Transaction %s cannot be settled; it is set aside", row.hash)
                self._set_aside(row.submission_id, row.hash, error)
        return True

    def _finish(self, transaction_hash: str, raw: bytes) -> bool | None:
        """Send (again) and wait: whether it succeeded; None while the chain has not decided."""
        receipt = self._gateway.receipt(transaction_hash)
        if receipt is None:
            try:
                self._gateway.send(raw, transaction_hash)
            except TransactionRefused as error:
                self._close(transaction_hash, None, DROPPED, _problem(error))
                return False
            self._mark_sent(transaction_hash)
            receipt = self._wait(transaction_hash)
        if receipt is None:
            return None
        if receipt.status == 1:
            self._confirm(receipt)
            return True
        reverted = UnknownRevert("The transaction was mined and reverted: the pool's state changed before it.")
        self._close(transaction_hash, receipt, FAILED, _problem(reverted))
        return False

    def _wait(self, transaction_hash: str) -> Receipt | None:
        until = time.monotonic() + self._patience
        while (receipt := self._gateway.receipt(transaction_hash)) is None and time.monotonic() < until:
            time.sleep(0.05)
        return receipt

    def _mark_sent(self, transaction_hash: str) -> None:
        with self._sessions.begin() as session:
            row = session.get_one(Transaction, transaction_hash)
            row.status = SENT
            for item in items_of_transaction(session, transaction_hash):
                item.status = SENT

    def _confirm(self, receipt: Receipt) -> None:
        with self._sessions.begin() as session:
            row = session.get_one(Transaction, receipt.transaction_hash)
            row.status, row.block_number, row.gas_used = CONFIRMED, receipt.block_number, receipt.gas_used
            facts = [
                log.event
                for log in receipt.logs
                if isinstance(log.event, Contributed | Refunded | Reported | Collected | Withdrawn)
            ]
            for item, event in zip(items_of_transaction(session, receipt.transaction_hash), facts, strict=True):
                item.status, item.error = CONFIRMED, None
                item.amount = event.deposit if isinstance(event, Contributed) else event.amount
                if not isinstance(event, Withdrawn):
                    item.index = event.index

    def _close(self, transaction_hash: str, receipt: Receipt | None, status: str, error: dict[str, Any]) -> None:
        with self._sessions.begin() as session:
            row = session.get_one(Transaction, transaction_hash)
            row.status = status
            if receipt is not None:
                row.block_number, row.gas_used = receipt.block_number, receipt.gas_used
            for item in items_of_transaction(session, transaction_hash):
                item.status, item.error = status, error

    def _set_aside(self, submission_id: str, transaction_hash: str | None, error: Exception) -> None:
        """Leave a transaction, or what is not signed yet of a submission, to an operator, with the reason."""
        reason = _problem(
            SetAside(
                f"The service cannot settle this ({type(error).__name__}) and has set it aside; its log says why. "
                "It is tried again when the service starts."
            )
        )
        with self._sessions.begin() as session:
            for item in items_of(session, submission_id, UNDER_WAY):
                if item.transaction_hash == transaction_hash:
                    item.status, item.error = ASIDE, reason
            if transaction_hash is not None:
                session.get_one(Transaction, transaction_hash).status = ASIDE

    def take_up_aside(self) -> None:
        """Open what an earlier process set aside: a newer version may know what to do with it."""
        with self._sessions.begin() as session:
            for row in transactions_in(session, ASIDE):
                row.status = SENT
            for item in items_in(session, ASIDE):
                item.status, item.error = (SENT if item.transaction_hash else PREPARED), None

    # SENDING

    def _next_batch(self, submission_id: str, *, single: bool) -> list[SubmissionItem]:
        """The next prepared items that go into one transaction."""
        with self._sessions() as session:
            submission = session.get_one(Submission, submission_id)
            prepared = items_of(session, submission_id, (PREPARED,))
            model = model_of_pool(session.get_one(Pool, submission.pool_id))
        if submission.verb != "contribute" or single:
            return list(prepared[:1])
        limit = self._gateway.transaction_gas_limit()
        batch: list[SubmissionItem] = []
        for item in prepared[:MAX_BATCH]:
            if batch and contribute_gas([i.sample or b"" for i in [*batch, item]], model) > limit:
                break
            batch.append(item)
        return batch

    def _send_batch(self, submission_id: str, account: str, verb: str, batch: list[SubmissionItem]) -> bool | None:
        """Whether the batch was confirmed; None while the chain has not decided."""
        signer = self._accounts.signer(account)
        try:
            call = self._call(submission_id, account, verb, batch)
            self._try(call, account)
        except ChainUnavailable:
            raise
        except (ChainError, EarnestError) as error:
            if len(batch) == 1:
                self._refuse(batch, error)
            return False
        prepared = self._gateway.prepare(call, signer, self._next_nonce(account))
        with self._sessions.begin() as session:
            # a transaction that was dropped may be signed again, to the last bit: it then belongs to this batch alone
            for item in items_of_transaction(session, prepared.hash):
                item.transaction_hash = None
            session.merge(
                Transaction(
                    hash=prepared.hash,
                    submission_id=submission_id,
                    sender=account,
                    nonce=prepared.nonce,
                    gas=prepared.gas,
                    raw=prepared.raw,
                    status=PREPARED,
                )
            )
            session.flush()
            for item in batch:
                row = session.get_one(SubmissionItem, (submission_id, item.position))
                row.transaction_hash = prepared.hash
        outcome = self._finish(prepared.hash, prepared.raw)
        # a batch that was mined and reverted is closed; it must not be taken for one that was never sent
        return True if outcome is False else outcome

    def _try(self, call: Call, account: str) -> None:
        """See whether a call would be accepted; a claim that the guard refuses for a second is tried in later ones."""
        for _ in range(GUARD_PATIENCE):
            try:
                return self._gateway.try_call(call, account)
            except ContractError as error:
                if error.name != "ClaimGuarded":
                    raise
                time.sleep(1)
        return self._gateway.try_call(call, account)

    def _next_nonce(self, account: str) -> int:
        with self._sessions() as session:
            newest = highest_nonce(session, account, UNDER_WAY)
        return max(self._gateway.nonce(account), -1 if newest is None else newest + 1)

    def _refuse(self, batch: list[SubmissionItem], error: EarnestError) -> None:
        with self._sessions.begin() as session:
            for item in batch:
                row = session.get_one(SubmissionItem, (item.submission_id, item.position))
                row.status, row.error = FAILED, _problem(error)

    def _call(self, submission_id: str, account: str, verb: str, batch: list[SubmissionItem]) -> Call:
        with self._sessions() as session:
            submission = session.get_one(Submission, submission_id)
            pool = session.get_one(Pool, submission.pool_id)
            address = pool.address or ""
            if verb == "withdraw":
                return self._gateway.withdraw_call(address)
            if verb != "contribute":
                row = contribution(session, pool, batch[0].index)
                if row is None:
                    raise ContributionUnknown(f"Pool {pool.name} has no contribution {batch[0].index}.")
                return self._claim_call(verb, pool, row, _batch_proof(session, row))
            terms, model = terms_of_pool(pool), model_of_pool(pool)
            max_price = submission.max_price
            committed = submission.one_commitment and len(batch) > 1
        state = self._gateway.pool_state(address)
        credit, _ = self._gateway.pool_account(address, account)
        now = self._gateway.pending_time()
        first = terms.price(now, state.last_accepted)
        # after the first, the others of a batch are priced in the same second
        due = first + (len(batch) - 1) * terms.price(now, now)
        highest = max(first, terms.price(now, now)) if len(batch) > 1 else first
        return self._gateway.contribute_call(
            address,
            [item.sample or b"" for item in batch],
            [item.label or 0 for item in batch],
            highest if max_price is None else max_price,
            value_needed(due, credit),
            committed=committed,
            model=model,
        )

    def _claim_call(self, verb: str, pool: Pool, row: Contribution, batch: BatchProof | None) -> Call:
        address, model = pool.address or "", model_of_pool(pool)
        key = ContributionKey(row.index, row.contributor, row.label, row.time, row.deposit)
        if verb == "refund":
            return self._gateway.refund_call(address, key, row.sample, batch, model)
        if verb == "report":
            return self._gateway.report_call(address, key, row.sample, batch, model)
        return self._gateway.collect_call(address, key, keccak256(row.sample), batch)


def _batch_proof(session: Session, row: Contribution) -> BatchProof | None:
    """The way from a contribution to its committed batch's root, from the tables; None for one with its own slot."""
    if row.batch_first is None:
        return None
    leaves = [
        Leaf(member.index, member.contributor, member.label, member.time, member.deposit).leaf(
            bytes.fromhex(member.sample_hash[2:])
        )
        for member in batch_members(session, row)
    ]
    return BatchProof(row.batch_first, tuple(merkle.proof(leaves, row.index - row.batch_first)))


def _problem(error: EarnestError) -> dict[str, Any]:
    """What an item remembers of an error."""
    values = error.values if isinstance(error, ContractError) else {}
    return {
        "type": "urn:earnest:problem:" + error.type,
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "values": {name: str(value) if isinstance(value, int) else value for name, value in values.items()},
    }
