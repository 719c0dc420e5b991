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

from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from earnest.accounts.service import AccountService
from earnest.chain.deployment import send_and_wait
from earnest.chain.errors import (
    ChainError,
    ChainUnavailable,
    ContractError,
    HistoryMissing,
    TransactionRefused,
    UnknownRevert,
)
from earnest.chain.gas import contribute_gas
from earnest.chain.gateway import Gateway
from earnest.chain.signer import Signer
from earnest.chain.tokens import Token, moving, token_of
from earnest.chain.types import Call, Receipt
from earnest.contributions.errors import ContributionUnknown
from earnest.db.engine import Sessions
from earnest.db.pool_terms import terms_of_pool
from earnest.db.queries.contributions import contribution
from earnest.db.queries.submissions import (
    count_of_account,
    highest_nonce,
    items_in,
    items_of,
    items_of_transaction,
    items_to_send,
    statuses_of,
    transactions_by,
    transactions_in,
    transactions_of,
    undecided_submissions,
)
from earnest.db.tables import Pool, Submission, SubmissionItem, Transaction
from earnest.errors import EarnestError
from earnest.pools.service import model_of_pool
from earnest.submissions.calls import Payment, approval, claim_call, claimed, payment
from earnest.submissions.errors import NothingThere, Replaced, SetAside, TookEffect
from earnest.submissions.relayed import effect_elsewhere
from earnest.submissions.sealed_calls import fact_of, sealed_call, settle, the_seal
from earnest.sync.submissions import reopen
from earnest.telemetry import span

log = logging.getLogger(__name__)

PREPARED, SENT, CONFIRMED, FAILED, DROPPED = "prepared", "sent", "confirmed", "failed", "dropped"
#: Of what the service cannot bring to its end: what became of it on the chain, an operator has to see.
ASIDE = "aside"
#: Of transactions that the chain has not decided.
UNDER_WAY = (PREPARED, SENT)
#: Of transactions that were in a block.
MINED = (CONFIRMED, FAILED)
#: Most samples in one transaction, whatever their gas.
MAX_BATCH = 50
#: Seconds in which what an account signed itself is looked after before others are, and between two looks at it.
OWN_PATIENCE, LOOK_SECONDS = 1.0, 0.1
#: Seconds before each of the looks for what is mined at once.
AT_ONCE = (0.0, 0.005, 0.01)
#: Why a transaction that was signed elsewhere can never take effect.
_REPLACED = "Another transaction of the account has taken this one's place"
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
            account, verb, own = submission.account, submission.verb, submission.own_key
            if own:
                # where somebody else pays the gas (ERC-2771), the transaction is theirs
                account = next((row.sender for row in transactions_of(session, submission_id)), account)
            relayed = account != submission.account
        if relayed and self._locks[account].locked():
            # whoever looks after one of a sender's transactions looks after all: no thread waits for that
            return
        with self._locks[account], span("submission", earnest__submission=submission_id, earnest__verb=verb):
            try:
                if own:
                    self._follow(account)
                else:
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

    def _follow(self, account: str) -> None:
        """Send what an account signed itself, and look after it for a while; the chain decides in which order.

        So is what the operator signed because it forwards another's call. Nothing is ever signed here: a transaction
        that the chain does not take is dropped, for its account to see.
        """
        until = time.monotonic() + min(self._patience, OWN_PATIENCE)
        with self._sessions() as session:
            left = list(transactions_by(session, account, UNDER_WAY))
        send = True
        while left:
            count = self._gateway.nonce(account, "latest")
            for row in list(left):
                if self._is_decided(row, count, send=send):
                    left.remove(row)
                if time.monotonic() >= until and row.nonce > count:
                    return
            # whoever leaves a gap in front of its transactions holds nobody else up
            if not any(row.nonce <= count for row in left) or time.monotonic() >= until:
                return
            send = False
            time.sleep(LOOK_SECONDS)

    def _is_decided(self, row: Transaction, count: int, *, send: bool) -> bool:
        """Look after a transaction; one that cannot be settled is set aside, and keeps no other waiting."""
        try:
            return self._look_after(row, count, send=send)
        except (EarnestError, SQLAlchemyError):
            raise
        except Exception as error:
            log.exception("Transaction %s cannot be settled; it is set aside", row.hash)
            self._set_aside(row.submission_id, row.hash, error)
            return True

    def _look_after(self, row: Transaction, count: int, *, send: bool) -> bool:
        """Whether the chain has decided a transaction; one that it has not is handed to it first.

        Args:
            row: the transaction.
            count: how many of its account's were mined before it was looked for.
            send: whether to hand it to the node.
        """
        receipt = self._gateway.receipt(row.hash)
        if receipt is not None:
            self._decide(receipt)
            return True
        if count > row.nonce:
            self._close(row.hash, None, DROPPED, problem_of(Replaced(f"{_REPLACED} (nonce {row.nonce}).")))
            return True
        if send and self._may_be_sent(row.hash):
            try:
                self._gateway.send(row.raw, row.hash)
            except TransactionRefused as error:
                # one that comes after another that is not here yet waits for it
                if count == row.nonce:
                    self._close(row.hash, None, DROPPED, problem_of(error))
                    return True
            self._mark_sent(row.hash)
        return False

    def undecided(self) -> Sequence[tuple[str, str]]:
        """Submissions that are not at their end, oldest first: (account, id)."""
        with self._sessions() as session:
            return undecided_submissions(session, UNDER_WAY)

    def count_undecided(self, account: str) -> int:
        """How many submissions of an account are not at their end."""
        with self._sessions() as session:
            return count_of_account(session, account, UNDER_WAY)

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

    def _finish(self, transaction_hash: str, raw: bytes, *, is_new: bool = False) -> bool | None:
        """Send (again) and wait: whether it succeeded; None while the chain has not decided.

        Args:
            transaction_hash: the transaction's.
            raw: its stored bytes.
            is_new: whether it was signed a moment ago. One that is on the chain all the same is refused by the node,
                which has it, so that nobody need ask before.
        """
        receipt = None if is_new else self._gateway.receipt(transaction_hash)
        if receipt is None:
            if not self._may_be_sent(transaction_hash):
                return None
            try:
                self._gateway.send(raw, transaction_hash)
            except TransactionRefused as error:
                self._close(transaction_hash, None, DROPPED, problem_of(error))
                return False
            receipt = self._at_once(transaction_hash)
            if receipt is None:
                # what is mined at once is written once; until then the stored bytes say all that is needed
                self._mark_sent(transaction_hash)
                receipt = self._wait(transaction_hash)
        return None if receipt is None else self._decide(receipt)

    def _decide(self, receipt: Receipt) -> bool | None:
        """Write what a receipt says: whether the transaction succeeded; None where its block is gone again.

        A receipt may be read just before a reorganisation takes its block, and written after the sync has taken back
        what was in it: nobody would look at it again. So it is looked at again here, after it is written.
        """
        why: EarnestError = UnknownRevert("The transaction was mined and reverted: the pool's state changed before it.")
        elsewhere = None
        if receipt.status != 1:
            try:
                elsewhere = self._elsewhere(receipt)
            except TookEffect as effect:
                why = effect
        if receipt.status == 1:
            self._confirm(receipt, receipt.transaction_hash)
        elif elsewhere is not None:
            self._confirm(elsewhere, receipt.transaction_hash)
        else:
            self._close(receipt.transaction_hash, receipt, FAILED, problem_of(why))
        block = self._gateway.block(receipt.block_number)
        if block is None or block.hash != receipt.block_hash:
            self._open_again(receipt.transaction_hash)
            return None
        return receipt.status == 1 or elsewhere is not None

    def _elsewhere(self, receipt: Receipt) -> Receipt | None:
        """What a call came to that somebody else sent before the transaction that was to forward it; None for none.

        None too where the node no longer knows: others must not wait for that.

        Raises:
            TookEffect: see `effect_elsewhere`.
            ChainUnavailable: the node does not answer.
        """
        with self._sessions() as session:
            row = session.get_one(Transaction, receipt.transaction_hash)
            submission = session.get_one(Submission, row.submission_id)
        if row.sender == submission.account:
            return None
        try:
            return effect_elsewhere(self._gateway, row.raw, submission.idempotency_key or "", receipt.block_number)
        except HistoryMissing:
            return None

    def _open_again(self, transaction_hash: str) -> None:
        """Take back what was written of a transaction whose block is gone; it is settled anew."""
        log.warning("Transaction %s is open again: its block was reorganised away", transaction_hash)
        with self._sessions.begin() as session:
            reopen(session, [session.get_one(Transaction, transaction_hash)])

    def _may_be_sent(self, transaction_hash: str) -> bool:
        """Whether the pool is there that a stored transaction calls.

        Where a reorganisation took its creation there is no code, and a deposit would be a gift to nobody. It waits:
        the pool may be made again, at the same address.
        """
        with self._sessions() as session:
            row = session.get_one(Transaction, transaction_hash)
            pool = session.get_one(Pool, session.get_one(Submission, row.submission_id).pool_id)
        if self._gateway.code(pool.address or ""):
            return True
        log.warning("Transaction %s is not sent: the chain has no pool %s now", transaction_hash, pool.name)
        return False

    def _at_once(self, transaction_hash: str) -> Receipt | None:
        """The receipt of what was sent a moment ago, where the node mines each transaction as it comes."""
        for pause in AT_ONCE:
            time.sleep(pause)
            receipt = self._gateway.receipt(transaction_hash)
            if receipt is not None:
                return receipt
        return None

    def _wait(self, transaction_hash: str) -> Receipt | None:
        until = time.monotonic() + self._patience
        while (receipt := self._gateway.receipt(transaction_hash)) is None and time.monotonic() < until:
            time.sleep(0.05)
        return receipt

    def _mark_sent(self, transaction_hash: str) -> None:
        with self._sessions.begin() as session:
            session.execute(update(Transaction).where(Transaction.hash == transaction_hash).values(status=SENT))
            session.execute(
                update(SubmissionItem).where(SubmissionItem.transaction_hash == transaction_hash).values(status=SENT)
            )

    def _confirm(self, receipt: Receipt, transaction_hash: str) -> None:
        """Write what a transaction came to, by the receipt of the one that did it; the pool's own word counts alone."""
        with self._sessions.begin() as session:
            row = session.get_one(Transaction, transaction_hash)
            pool = session.get_one(Pool, session.get_one(Submission, row.submission_id).pool_id)
            row.status, row.block_number, row.gas_used = CONFIRMED, receipt.block_number, receipt.gas_used
            facts = [
                fact for log in receipt.logs if log.address == pool.address and (fact := fact_of(log.event)) is not None
            ]
            items = items_of_transaction(session, transaction_hash)
            if not facts:
                # a pause, say, tells of no contribution and of no money; where one was to be told, nobody took the call
                asked = any(item.sample is not None or item.index is not None for item in items)
                for item in items:
                    item.status, item.error = (FAILED, problem_of(_nobody())) if asked else (CONFIRMED, None)
                return
            for item, (amount, index) in zip(items, facts, strict=True):
                item.status, item.error, item.amount = CONFIRMED, None, amount
                if index is not None:
                    item.index = index

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
        reason = problem_of(
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
            prepared = items_of(session, submission_id, (PREPARED,), limit=MAX_BATCH)
            pool = session.get_one(Pool, submission.pool_id)
            model = model_of_pool(pool)
            # one by one where the judge is sealed: each has a price by a case of its own
            single = single or (pool.incentive is not None and terms_of_pool(pool).incentive.is_sealed)
        if submission.verb != "contribute" or single:
            return list(prepared[:1])
        limit = self._gateway.transaction_gas_limit()
        most = list(prepared)
        if most and contribute_gas([item.sample or b"" for item in most], model) <= limit:
            return most
        batch: list[SubmissionItem] = []
        for item in most:
            if batch and contribute_gas([i.sample or b"" for i in [*batch, item]], model) > limit:
                break
            batch.append(item)
        return batch

    def _send_batch(self, submission_id: str, account: str, verb: str, batch: list[SubmissionItem]) -> bool | None:
        """Whether the batch was confirmed; None while the chain has not decided."""
        signer = self._accounts.signer(account)
        nonce = self._next_nonce(account)
        if nonce is None:
            return None
        try:
            call, pays = self._call(submission_id, account, verb, batch)
            allowed = self._allow(submission_id, account, signer, pays)
            waited = self._try(call, account)
        except ChainUnavailable:
            raise
        except (ChainError, EarnestError) as error:
            if len(batch) == 1 and not self._refuse(batch, error):
                return None
            return False
        if allowed or waited:
            # other transactions of the account, or other blocks, may have come between
            nonce = self._next_nonce(account)
        if nonce is None:
            return None
        prepared = self._gateway.prepare(call, signer, nonce)
        with self._sessions.begin() as session:
            rows = _hold(session, batch)
            if rows is None:
                # another process has the claim by now, and signs: what this one signed is never stored, and never sent
                return None
            newest = highest_nonce(session, account, UNDER_WAY)
            if newest is not None and newest >= nonce:
                # so does it where it has sent another submission of the account in this place
                return None
            # a transaction that was dropped may be signed again, to the last bit: it then belongs to this batch alone
            carried = update(SubmissionItem).where(SubmissionItem.transaction_hash == prepared.hash)
            session.execute(carried.values(transaction_hash=None))
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
            places = SubmissionItem.position.in_([row.position for row in rows])
            own = update(SubmissionItem).where(SubmissionItem.submission_id == submission_id, places)
            session.execute(own.values(transaction_hash=prepared.hash))
        outcome = self._finish(prepared.hash, prepared.raw, is_new=True)
        # a batch that was mined and reverted is closed; it must not be taken for one that was never sent
        return True if outcome is False else outcome

    def _allow(self, submission_id: str, account: str, signer: Signer, pays: Payment | None) -> bool:
        """Let a token's pool take exactly what a contribution costs; whether that took a transaction.

        It is no step of the submission: if the service ends here, it is looked at anew, and made once more if need be.

        Raises:
            TokensMissing: the account has too few.
            ChainError: the token refuses it, or it was not mined in time.
        """
        if pays is None or not pays.pulled:
            return False
        with self._sessions() as session:
            pool = session.get_one(Pool, session.get_one(Submission, submission_id).pool_id)
        call = approval(self._gateway, pool, account, pays)
        if call is not None:
            send_and_wait(self._gateway, call, signer)
        return call is not None

    def _try(self, call: Call, account: str) -> bool:
        """See whether a call would be accepted, and return whether that took more than one look.

        A claim that the guard refuses for a second is tried in later ones.
        """
        for turn in range(GUARD_PATIENCE):
            try:
                self._gateway.try_call(call, account)
                return turn > 0
            except ContractError as error:
                if error.name != "ClaimGuarded":
                    raise
                time.sleep(1)
        self._gateway.try_call(call, account)
        return True

    def _next_nonce(self, account: str) -> int | None:
        """The nonce of an account's next transaction.

        None while the chain has fewer of them than the tables say were mined: it was reorganised, which the sync is
        about to find out, or the node lags. A new transaction would take the place of one that was mined and
        acknowledged, and is to be sent again.
        """
        with self._sessions() as session:
            newest = highest_nonce(session, account, UNDER_WAY)
            mined = highest_nonce(session, account, MINED)
        count = self._gateway.nonce(account)
        if mined is not None and count <= mined:
            return None
        return max(count, -1 if newest is None else newest + 1)

    def _refuse(self, batch: list[SubmissionItem], error: EarnestError) -> bool:
        """Write why items are not sent; False where another process sends them."""
        with self._sessions.begin() as session:
            rows = _hold(session, batch)
            for row in rows or ():
                pool = session.get_one(Pool, session.get_one(Submission, row.submission_id).pool_id)
                row.status, row.error = FAILED, problem_of(error, token_of(pool.token))
        return rows is not None

    def _call(
        self, submission_id: str, account: str, verb: str, batch: list[SubmissionItem]
    ) -> tuple[Call, Payment | None]:
        """The call, and of a contribution what it costs."""
        with self._sessions() as session:
            submission = session.get_one(Submission, submission_id)
            pool = session.get_one(Pool, submission.pool_id)
            address = pool.address or ""
            if verb == "withdraw":
                return moving(self._gateway.withdraw_call(address), token_of(pool.token)), None
            if verb == "seal":
                return the_seal(pool), None
            if verb != "contribute":
                row = contribution(session, pool, batch[0].index)
                if row is None:
                    raise ContributionUnknown(f"Pool {pool.name} has no contribution {batch[0].index}.")
                if verb == "settle":
                    return settle(pool, row), None
                return claim_call(self._gateway, pool, verb, [claimed(session, row)]), None
            max_price = submission.max_price
            if terms_of_pool(pool).incentive.is_sealed:
                return sealed_call(
                    self._gateway, pool, account, batch[0], max_price, accept_risk=submission.accept_risk
                )
            committed = submission.one_commitment and len(batch) > 1
        pays = payment(self._gateway, pool, account, len(batch))
        call = self._gateway.contribute_call(
            address,
            [item.sample or b"" for item in batch],
            [item.label or 0 for item in batch],
            pays.highest if max_price is None else max_price,
            pays.value,
            committed=committed,
            model=model_of_pool(pool),
        )
        return moving(call, pays.token), pays


def _hold(session: Session, batch: Sequence[SubmissionItem]) -> list[SubmissionItem] | None:
    """The rows of items to send, held until the transaction's end; None where another process has sent one of them.

    A process may lose its claim to the database in the middle, and notice it only a moment later.
    """
    rows = list(items_to_send(session, batch[0].submission_id, [item.position for item in batch]))
    sent = statuses_of(session, {row.transaction_hash for row in rows if row.transaction_hash is not None})
    if any(row.status != PREPARED for row in rows) or any(status in UNDER_WAY for status in sent):
        return None
    return rows


def _nobody() -> NothingThere:
    return NothingThere("The transaction was mined, and no pool took it: there was none at its address.")


def problem_of(error: EarnestError, token: Token | None = None) -> dict[str, Any]:
    """What an item remembers of an error, its amounts in the unit of what the pool's deposits are paid in."""
    values, detail = {}, error.detail
    if isinstance(error, ContractError):
        values = error.values
        detail = detail if token is None else error.told_in(token.amount)
    return {
        "type": "urn:earnest:problem:" + error.type,
        "title": error.title,
        "status": error.status,
        "detail": detail,
        "values": {name: str(value) if isinstance(value, int) else value for name, value in values.items()},
    }
