"""Submissions, contributions and what can be done with them."""

import hashlib
import json
import re
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import fields

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from earnest.chain.errors import ChainUnavailable
from earnest.chain.events import ChainEvent
from earnest.chain.gateway import Gateway
from earnest.contributions.actions import actions
from earnest.contributions.schemas import (
    ClaimShown,
    ContributionDetail,
    ContributionShown,
    EventShown,
    SubmissionItemShown,
    SubmissionRequest,
    SubmissionShown,
    TransactionShown,
)
from earnest.contributions.sender import CONFIRMED, DROPPED, FAILED, PREPARED, SENT, ContributionUnknown, Sender
from earnest.core.models.model import NOT_PREDICTED
from earnest.db.engine import Sessions
from earnest.db.queries.contributions import claims_on, contribution, page_of_contributions
from earnest.db.queries.submissions import (
    is_signed,
    items_of,
    newest_sequence,
    page_of_submissions,
    submission_of_key,
    transactions_of,
)
from earnest.db.queries.texts import texts_of
from earnest.db.tables import Chain, Contribution, KeptText, Pool, Submission, SubmissionItem
from earnest.errors import EarnestError, IdempotencyKeyReused
from earnest.pools.service import PoolService, Rules, require_label
from earnest.sync.loop import SyncLoop

#: Seconds to wait until a confirmed transaction is in the tables.
SYNC_PATIENCE = 10.0


class SubmissionUnknown(EarnestError):
    """There is no such submission of this account."""

    status = 404
    type = "submission-unknown"
    title = "Submission unknown"


class TransactionUnknown(EarnestError):
    """No such transaction was mined."""

    status = 404
    type = "transaction-unknown"
    title = "Transaction unknown"


class MaxPriceTooLow(EarnestError):
    """The price is above what the request allows."""

    status = 409
    type = "contract-price-above-maximum"
    title = "Price above maximum"


class NotTheContributor(EarnestError):
    """Only the contributor may do this."""

    status = 403
    type = "not-contributor"
    title = "Not the contributor"


class ContributionService:
    """Writes submissions, and shows what became of them.

    Args:
        sessions: the database.
        gateway: the chain.
        pools: encodes and finds pools.
        sync: says how far the tables are.
        sender: gets submissions onto the chain.
    """

    def __init__(
        self, sessions: Sessions, gateway: Gateway, pools: PoolService, sync: SyncLoop, sender: Sender
    ) -> None:
        self._sessions = sessions
        self._gateway = gateway
        self._pools = pools
        self._sync = sync
        self._sender = sender

    # WRITE

    def contribute(self, account: str, which: str, request: SubmissionRequest, key: str | None) -> SubmissionShown:
        """Submit samples; every item is checked before anything is written.

        Raises:
            SampleInvalid, LabelUnknown: an item is unfit; nothing was written.
            MaxPriceTooLow: the price now is above the request's maximum; nothing was written.
        """
        with self._sessions() as session:
            pool = self._pools.find(session, which)
        model, _ = self._pools.mirror(pool).snapshot()
        rows = []
        texts: dict[int, str] = {}
        for position, item in enumerate(request.items):
            require_label(model, item.label, f"Item {position}")
            sample = model.sample_to_bytes(self._pools.sample(model, pool, item))
            rows.append(SubmissionItem(position=position, status=PREPARED, sample=sample, label=item.label))
            if item.text is not None and request.keep_text:
                texts[position] = item.text
        known = self._known(account, key, pool, "contribute", request.model_dump_json())
        if known is None and request.max_price is not None:
            state = self._gateway.pool_state(pool.address or "")
            price = Rules.of(pool).price(self._gateway.pending_time(), state.last_accepted)
            if price > request.max_price:
                raise MaxPriceTooLow(
                    f"The price is {price} wei now, above your maximum of {request.max_price} wei; nothing was sent.",
                    values={"price": str(price), "maxPrice": str(request.max_price)},
                )
        return self._submit(
            account,
            pool,
            "contribute",
            rows,
            key,
            request.model_dump_json(),
            request.max_price,
            texts,
            one_commitment=request.one_commitment,
        )

    def claim(self, account: str, which: str, verb: str, indices: Sequence[int], key: str | None) -> SubmissionShown:
        """Refund, report or collect contributions.

        Raises:
            ContributionUnknown: one does not exist; nothing was written.
        """
        with self._sessions() as session:
            pool = self._pools.find(session, which)
            for index in indices:
                if contribution(session, pool, index) is None:
                    raise ContributionUnknown(f"Pool {pool.name} has no contribution {index}.")
        self._pools.mirror(pool)
        rows = [SubmissionItem(position=i, status=PREPARED, index=index) for i, index in enumerate(indices)]
        return self._submit(account, pool, verb, rows, key, json.dumps(list(indices)), None, {})

    def withdraw(self, account: str, which: str, key: str | None) -> SubmissionShown:
        """Pay the account's credit out."""
        with self._sessions() as session:
            pool = self._pools.find(session, which)
        self._pools.mirror(pool)
        rows = [SubmissionItem(position=0, status=PREPARED)]
        return self._submit(account, pool, "withdraw", rows, key, "withdraw", None, {})

    def _known(self, account: str, key: str | None, pool: Pool, verb: str, body: str) -> Submission | None:
        if key is None:
            return None
        with self._sessions() as session:
            row = submission_of_key(session, account, key)
        if row is not None and row.request_hash != _request_hash(pool, verb, body):
            raise IdempotencyKeyReused("This Idempotency-Key was used for another request; choose a new one.")
        return row

    def _submit(
        self,
        account: str,
        pool: Pool,
        verb: str,
        rows: list[SubmissionItem],
        key: str | None,
        body: str,
        max_price: int | None,
        texts: Mapping[int, str],
        *,
        one_commitment: bool = False,
    ) -> SubmissionShown:
        known = self._known(account, key, pool, verb, body)
        submission_id = known.id if known is not None else str(uuid.uuid4())
        if known is not None:
            self._prepare_again(submission_id)
        else:
            try:
                with self._sessions.begin() as session:
                    # one at a time, so that no two submissions get the same place in the list
                    session.get_one(Chain, pool.chain_id, with_for_update=True)
                    session.add(
                        Submission(
                            id=submission_id,
                            sequence=newest_sequence(session) + 1,
                            account=account,
                            pool_id=pool.id,
                            verb=verb,
                            idempotency_key=key or submission_id,
                            request_hash=_request_hash(pool, verb, body),
                            max_price=max_price,
                            one_commitment=one_commitment,
                            created_at=int(time.time()),
                        )
                    )
                    session.flush()
                    for row in rows:
                        row.submission_id = submission_id
                        session.add(row)
                    session.flush()
                    for position, text in texts.items():
                        session.add(KeptText(submission_id=submission_id, position=position, body=text))
            except IntegrityError:
                raced = self._known(account, key, pool, verb, body)
                if raced is None:
                    raise
                submission_id = raced.id
        try:
            self._sender.drive(submission_id)
        except ChainUnavailable:
            if known is None and self._untouched(submission_id):
                # nothing was signed or sent: forget it, so that the caller's error is the whole truth
                self._forget(submission_id)
                raise
        shown = self.show_submission(account, submission_id)
        blocks = [item.block_number for item in shown.items if item.block_number is not None]
        if blocks:
            self._sync.wait_for(pool.id, max(blocks), SYNC_PATIENCE)
        return shown

    def _prepare_again(self, submission_id: str) -> None:
        """A retry takes up what failed or was dropped, and never what is confirmed or under way."""
        with self._sessions.begin() as session:
            for item in items_of(session, submission_id, (FAILED, DROPPED)):
                item.status, item.error, item.transaction_hash = PREPARED, None, None

    def _untouched(self, submission_id: str) -> bool:
        with self._sessions() as session:
            return not is_signed(session, submission_id)

    def _forget(self, submission_id: str) -> None:
        with self._sessions.begin() as session:
            for table in (KeptText, SubmissionItem):
                session.execute(delete(table).where(table.submission_id == submission_id))
            session.delete(session.get_one(Submission, submission_id))

    # SUBMISSIONS

    def show_submission(self, account: str, submission_id: str) -> SubmissionShown:
        """One submission of an account.

        Raises:
            SubmissionUnknown: there is none, or it is another's.
        """
        with self._sessions() as session:
            row = session.get(Submission, submission_id)
            if row is None or row.account != account:
                raise SubmissionUnknown(f"There is no submission {submission_id} of this account.")
            return self._submission(session, row)

    def list_submissions(
        self, account: str, before: int | None, limit: int
    ) -> tuple[list[SubmissionShown], int | None]:
        """An account's submissions, newest first, and where the next page starts."""
        with self._sessions() as session:
            rows = page_of_submissions(session, account, before, limit + 1)
            shown = [self._submission(session, row) for row in rows[:limit]]
        return shown, rows[limit - 1].sequence if len(rows) > limit else None

    def _submission(self, session: Session, row: Submission) -> SubmissionShown:
        pool = session.get_one(Pool, row.pool_id)
        items = items_of(session, row.id)
        transactions = {transaction.hash: transaction for transaction in transactions_of(session, row.id)}
        shown = []
        for item in items:
            transaction = transactions.get(item.transaction_hash or "")
            shown.append(
                SubmissionItemShown(
                    position=item.position,
                    status=item.status,
                    index=item.index,
                    transaction_hash=item.transaction_hash,
                    block_number=transaction.block_number if transaction else None,
                    gas_used=transaction.gas_used if transaction else None,
                    amount=item.amount,
                    error=item.error,
                )
            )
        statuses = [item.status for item in items]
        # the furthest from done speaks for the whole
        overall = next(s for s in (PREPARED, SENT, DROPPED, FAILED, CONFIRMED) if s in statuses)
        return SubmissionShown(
            id=row.id,
            account=row.account,
            pool=pool.id,
            verb=row.verb,
            status=overall,
            created_at=row.created_at,
            items=shown,
        )

    def show_transaction(self, transaction_hash: str) -> TransactionShown:
        """A mined transaction's receipt.

        Raises:
            TransactionUnknown: it is not mined, or is no transaction's hash.
        """
        known = re.fullmatch(r"0x[0-9a-fA-F]{64}", transaction_hash)
        receipt = self._gateway.receipt(transaction_hash) if known else None
        if receipt is None:
            raise TransactionUnknown(f"No transaction {transaction_hash} was mined.")
        places = {field.name for field in fields(ChainEvent)} - {"pool"}
        return TransactionShown(
            transaction_hash=receipt.transaction_hash,
            succeeded=receipt.status == 1,
            block_number=receipt.block_number,
            block_hash=receipt.block_hash,
            time=receipt.block_time,
            gas_used=receipt.gas_used,
            gas_price=receipt.gas_price,
            events=[
                EventShown(
                    name=type(event).__name__,
                    values={
                        name: _shown_value(name, value) for name, value in vars(event).items() if name not in places
                    },
                )
                for event in receipt.events
            ],
        )

    # CONTRIBUTIONS

    def list(
        self, which: str, before: int | None, limit: int, *, contributor: str | None = None, status: str | None = None
    ) -> tuple[Sequence[ContributionShown], int | None]:
        """A pool's contributions, newest first, and where the next page starts."""
        with self._sessions() as session:
            pool = self._pools.find(session, which)
            rows = page_of_contributions(session, pool, before, limit + 1, contributor=contributor, status=status)
            shown = self._contributions(session, pool, rows[:limit]) if rows else []
        return shown, rows[limit - 1].index if len(rows) > limit else None

    def show(self, which: str, index: int) -> ContributionDetail:
        """One contribution with its sample and claims.

        Raises:
            ContributionUnknown: there is none.
        """
        with self._sessions() as session:
            pool = self._pools.find(session, which)
            row = contribution(session, pool, index)
            if row is None:
                raise ContributionUnknown(f"Pool {pool.name} has no contribution {index}.")
            claims = claims_on(session, pool, index)
            (shown,) = self._contributions(session, pool, [row])
            model, _ = self._pools.mirror(pool).snapshot()
        return ContributionDetail(
            **shown.model_dump(),
            sample=model.sample_from_bytes(row.sample).tolist(),
            claims=[ClaimShown.model_validate(claim, extra="ignore") for claim in claims],
        )

    def delete_text(self, account: str | None, which: str, index: int) -> None:
        """Forget the text of a contribution, and of no other, whatever sample they share.

        Args:
            account: who asks; None for the operator.
            which: pool.
            index: contribution.

        Raises:
            ContributionUnknown: there is none.
            NotTheContributor: it is another's.
        """
        with self._sessions.begin() as session:
            pool = self._pools.find(session, which)
            row = contribution(session, pool, index)
            if row is None:
                raise ContributionUnknown(f"Pool {pool.name} has no contribution {index}.")
            if account not in (None, row.contributor):
                raise NotTheContributor(f"Only {row.contributor} and the operator may delete this text.")
            session.execute(
                delete(KeptText).where(
                    KeptText.chain_id == row.chain_id,
                    KeptText.pool_address == row.pool_address,
                    KeptText.index == row.index,
                )
            )

    def _contributions(self, session: Session, pool: Pool, rows: Sequence[Contribution]) -> Sequence[ContributionShown]:
        model, block = self._pools.mirror(pool).snapshot()
        rules = Rules.of(pool)
        now = self._gateway.pending_time()
        texts = texts_of(session, pool, [row.index for row in rows])
        shown = []
        for row in rows:
            sample = model.sample_from_bytes(row.sample)
            predicted_now, _ = model.predict_one(sample)
            shown.append(
                ContributionShown(
                    chain_id=row.chain_id,
                    pool=pool.id,
                    index=row.index,
                    contributor=row.contributor,
                    label=row.label,
                    predicted=_prediction(row.predicted),
                    predicted_now=predicted_now,
                    deposit=row.deposit,
                    claimable=row.claimable,
                    status=row.status,
                    time=row.time,
                    features=len(sample),
                    sample_hash=row.sample_hash,
                    batch_first=row.batch_first,
                    text=texts.get(row.index),
                    block_number=row.block_number,
                    transaction_hash=row.transaction_hash,
                    as_of_block=block.number,
                    actions=actions(rules, row, now, agrees=predicted_now == row.label),
                )
            )
        return shown


def _prediction(predicted: int) -> int | None:
    return None if predicted == NOT_PREDICTED else predicted


_AMOUNTS = {"deposit", "amount", "remaining", "credit"}


def _shown_value(name: str, value: object) -> object:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if name == "predicted" and isinstance(value, int):
        return _prediction(value)
    return str(value) if name in _AMOUNTS else value


def _request_hash(pool: Pool, verb: str, body: str) -> str:
    return hashlib.sha256(json.dumps([pool.id, verb, body]).encode()).hexdigest()
