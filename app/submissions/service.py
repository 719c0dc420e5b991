"""Writes submissions, has them sent, and shows what became of them."""

import hashlib
import json
import time
import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from earnest.chain.errors import ChainUnavailable
from earnest.chain.gateway import Gateway
from earnest.contributions.errors import ContributionUnknown
from earnest.db.engine import Sessions
from earnest.db.queries.contributions import contribution
from earnest.db.queries.submissions import (
    is_signed,
    items_of,
    newest_sequence,
    page_of_submissions,
    submission_of_key,
    transactions_of,
)
from earnest.db.tables import Chain, Pool, Submission, SubmissionItem
from earnest.errors import IdempotencyKeyReused
from earnest.pools.service import PoolService, require_label, terms_of_pool
from earnest.submissions.errors import MaxPriceTooLow, SubmissionUnknown
from earnest.submissions.schemas import SubmissionItemShown, SubmissionRequest, SubmissionShown
from earnest.submissions.sender import CONFIRMED, DROPPED, FAILED, PREPARED, SENT, Sender
from earnest.sync.loop import SYNC_PATIENCE, SyncLoop
from earnest.texts.service import forget_texts, keep_texts


class SubmissionService:
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
            sample = model.sample_to_bytes(self._pools.contribution(model, pool, item))
            rows.append(SubmissionItem(position=position, status=PREPARED, sample=sample, label=item.label))
            if item.text is not None and request.keep_text:
                texts[position] = item.text
        known = self._known(account, key, pool, "contribute", request.model_dump_json())
        if known is None and request.max_price is not None:
            state = self._gateway.pool_state(pool.address or "")
            price = terms_of_pool(pool).price(self._gateway.pending_time(), state.last_accepted)
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
                    keep_texts(session, submission_id, texts)
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
        shown = self.show(account, submission_id)
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
            forget_texts(session, submission_id)
            session.execute(delete(SubmissionItem).where(SubmissionItem.submission_id == submission_id))
            session.delete(session.get_one(Submission, submission_id))

    # READ

    def show(self, account: str, submission_id: str) -> SubmissionShown:
        """One submission of an account.

        Raises:
            SubmissionUnknown: there is none, or it is another's.
        """
        with self._sessions() as session:
            row = session.get(Submission, submission_id)
            if row is None or row.account != account:
                raise SubmissionUnknown(f"There is no submission {submission_id} of this account.")
            return self._shown(session, row)

    def page(self, account: str, before: int | None, limit: int) -> tuple[list[SubmissionShown], int | None]:
        """An account's submissions, newest first, and where the next page starts."""
        with self._sessions() as session:
            rows = page_of_submissions(session, account, before, limit + 1)
            shown = [self._shown(session, row) for row in rows[:limit]]
        return shown, rows[limit - 1].sequence if len(rows) > limit else None

    def _shown(self, session: Session, row: Submission) -> SubmissionShown:
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


def _request_hash(pool: Pool, verb: str, body: str) -> str:
    return hashlib.sha256(json.dumps([pool.id, verb, body]).encode()).hexdigest()
