"""Writes submissions, queues them to be sent, and shows what became of them."""

import hashlib
import json
import time
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import Future

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from earnest.chain.gateway import Gateway
from earnest.chain.tokens import token_of, told
from earnest.contributions.errors import ContributionUnknown
from earnest.core.incentives.base import Terms
from earnest.core.incentives.sealed import AT_RISK
from earnest.core.models.model import Model
from earnest.db.engine import Sessions
from earnest.db.pool_terms import terms_of_pool
from earnest.db.queries.contributions import contribution
from earnest.db.queries.sealed import standings_in
from earnest.db.queries.submissions import (
    items_of,
    newest_sequence,
    page_of_submissions,
    submission_of_key,
    transactions_of,
)
from earnest.db.queries.texts import texts_of_submission
from earnest.db.tables import Chain, Pool, Submission, SubmissionItem
from earnest.errors import IdempotencyKeyReused
from earnest.pools.encoding import encoding_of
from earnest.pools.service import PoolService, require_known, require_label
from earnest.submissions.errors import (
    MaxPriceTooLow,
    QueueFull,
    RiskNotAccepted,
    SubmissionUnknown,
    VerbOfOtherPools,
)
from earnest.submissions.queue import SendQueue
from earnest.submissions.schemas import SubmissionItemShown, SubmissionRequest, SubmissionShown
from earnest.submissions.sender import ASIDE, CONFIRMED, DROPPED, FAILED, PREPARED, SENT
from earnest.sync.loop import SyncLoop
from earnest.texts.service import keep_texts

#: Most submissions of one account that wait to be sent.
MAX_WAITING = 200
#: Seconds after which it is worth trying again.
RETRY_AFTER = 5


class SubmissionService:
    """Writes submissions, and shows what became of them.

    Args:
        sessions: the database.
        gateway: the chain.
        pools: encodes and finds pools.
        sync: says how far the tables are.
        queue: gets submissions onto the chain.
    """

    def __init__(
        self, sessions: Sessions, gateway: Gateway, pools: PoolService, sync: SyncLoop, queue: SendQueue
    ) -> None:
        self._sessions = sessions
        self._gateway = gateway
        self._pools = pools
        self._sync = sync
        self._queue = queue

    # WRITE

    def contribute(self, account: str, which: str, request: SubmissionRequest, key: str | None) -> str:
        """Queue samples; every item is checked before anything is written. Returns the submission's id.

        Raises:
            SampleInvalid, SampleTooUnknown, LabelUnknown: an item is unfit; nothing was written.
            MaxPriceTooLow: the price now is above the request's maximum; nothing was written.
            QueueFull: too much of the account's waits already; nothing was written.
        """
        with self._sessions() as session:
            pool = self._pools.find(session, which)
        model, _ = self._pools.mirror(pool).snapshot()
        rows = []
        texts: dict[int, str] = {}
        for position, item in enumerate(request.items):
            require_label(model, item.label, f"Item {position}")
            sample = self._pools.contribution(model, pool, item)
            require_known(model, pool, sample, f"Item {position}")
            packed = model.sample_to_bytes(sample)
            rows.append(SubmissionItem(position=position, status=PREPARED, sample=packed, label=item.label))
            if item.text is not None and request.keep_text:
                texts[position] = item.text
        known, terms = self._known(account, key, pool, "contribute", request.model_dump_json()), terms_of_pool(pool)
        if known is None and terms.incentive.is_sealed:
            self._require_consent(account, pool, model, terms, rows, request)
        elif known is None and request.max_price is not None:
            state, token = self._gateway.pool_state(pool.address or ""), token_of(pool.token)
            price = terms.price(self._gateway.pending_time(), state.last_accepted)
            if price > request.max_price:
                raise MaxPriceTooLow(
                    f"The price is {told(price, token)} now, above your maximum of {told(request.max_price, token)}; "
                    "nothing was sent.",
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
            accept_risk=request.accept_risk,
        )

    def _require_consent(
        self,
        account: str,
        pool: Pool,
        model: Model,
        terms: Terms,
        rows: Sequence[SubmissionItem],
        request: SubmissionRequest,
    ) -> None:
        """Refuse samples that may cost more, or be lost, than the request accepts: as standing is now, in their order.

        The contract refuses them too: the price that is sent with each says what was accepted.

        Raises:
            RiskNotAccepted: a deposit may be lost.
            MaxPriceTooLow: one costs more than the request's maximum.
        """
        kernels, p, token = terms.incentive.sealed, terms.numbers, token_of(pool.token)
        with self._sessions() as session:
            standing = standings_in(session, pool, [account]).get(account, 0)
        for row in rows:
            predicted, _ = model.predict_one(model.sample_from_bytes(row.sample or b""))
            case = kernels.case_of(p, predicted == row.label, standing)
            price = kernels.deposit_of(p, case)
            standing = kernels.standing_after(p, case, standing)
            if case == AT_RISK and not request.accept_risk:
                raise RiskNotAccepted(
                    f"Item {row.position}: {terms.incentive.words.cases[case]} Its deposit would be "
                    f"{told(price, token)}: send it with accept_risk, or leave it out; nothing was sent.",
                    values={
                        "position": row.position,
                        "price": str(price),
                        "predicted": predicted,
                        "standing": standing,
                    },
                )
            if request.max_price is not None and price > request.max_price:
                raise MaxPriceTooLow(
                    f"The price of item {row.position} is {told(price, token)}, above your maximum of "
                    f"{told(request.max_price, token)}; nothing was sent.",
                    values={"price": str(price), "maxPrice": str(request.max_price)},
                )

    def claim(self, account: str, which: str, verb: str, indices: Sequence[int], key: str | None) -> str:
        """Queue a refund, a report or a collection of contributions, or a settling. Returns the submission's id.

        Raises:
            ContributionUnknown: one does not exist; nothing was written.
            VerbOfOtherPools: it is a verb of the other life of contributions.
        """
        with self._sessions() as session:
            pool = self._pools.find(session, which)
            _require_verb(pool, verb)
            for index in indices:
                if contribution(session, pool, index) is None:
                    raise ContributionUnknown(f"Pool {pool.name} has no contribution {index}.")
        self._pools.mirror(pool)
        rows = [SubmissionItem(position=i, status=PREPARED, index=index) for i, index in enumerate(indices)]
        return self._submit(account, pool, verb, rows, key, json.dumps(list(indices)), None, {})

    def withdraw(self, account: str, which: str, key: str | None) -> str:
        """Queue the payment of the account's credit. Returns the submission's id."""
        return self._alone(account, which, "withdraw", key)

    def seal(self, account: str, which: str, key: str | None) -> str:
        """Queue a seal. Returns the submission's id.

        Raises:
            VerbOfOtherPools: the pool has no sealed judge.
        """
        return self._alone(account, which, "seal", key)

    def _alone(self, account: str, which: str, verb: str, key: str | None) -> str:
        """Queue a verb that is about no contribution."""
        with self._sessions() as session:
            pool = self._pools.find(session, which)
            _require_verb(pool, verb)
        self._pools.mirror(pool)
        rows = [SubmissionItem(position=0, status=PREPARED)]
        return self._submit(account, pool, verb, rows, key, verb, None, {})

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
        accept_risk: bool = False,
    ) -> str:
        known = self._known(account, key, pool, verb, body)
        submission_id = known.id if known is not None else str(uuid.uuid4())
        if known is not None:
            self._prepare_again(submission_id)
        elif self._queue.count(account) >= MAX_WAITING:
            raise QueueFull(
                f"{MAX_WAITING} submissions of this account wait to be sent: try again when the chain has taken some.",
                retry_after=RETRY_AFTER,
            )
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
                            accept_risk=accept_risk,
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
        self._queue.put(account, submission_id)
        return submission_id

    def _prepare_again(self, submission_id: str) -> None:
        """A retry takes up what failed or was dropped, and never what is confirmed or under way, whoever drives it."""
        with self._sessions.begin() as session:
            for item in items_of(session, submission_id, (FAILED, DROPPED), change=True):
                item.status, item.error, item.transaction_hash = PREPARED, None, None

    # WAITING

    def sending(self, account: str, submission_id: str) -> Future[None]:
        """Done once a submission was driven as far as it goes now; queues it if it is not."""
        return self._queue.put(account, submission_id)

    def is_in_tables(self, shown: SubmissionShown) -> bool:
        """Whether what the chain says of a submission's contributions can be read from the tables by now."""
        blocks = [item.block_number for item in shown.items if item.block_number is not None]
        return not blocks or self._sync.has_reached(shown.pool, max(blocks))

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
        texts = texts_of_submission(session, row.id)
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
                    encoding=encoding_of(self._pools.encoder(pool), texts.get(item.position))[0] if texts else None,
                )
            )
        statuses = [item.status for item in items]
        # the furthest from done speaks for the whole
        overall = next(s for s in (PREPARED, SENT, ASIDE, DROPPED, FAILED, CONFIRMED) if s in statuses)
        return SubmissionShown(
            id=row.id,
            account=row.account,
            pool=pool.id,
            verb=row.verb,
            status=overall,
            created_at=row.created_at,
            items=shown,
        )


#: Verbs of pools whose judge is sealed, and of the others.
_SEALED_VERBS, _PUBLISHED_VERBS = ("settle", "seal"), ("refund", "report", "collect")


def _require_verb(pool: Pool, verb: str) -> None:
    if pool.incentive is None:
        # what is not deployed is refused with its own reason
        return
    incentive = terms_of_pool(pool).incentive
    others = _PUBLISHED_VERBS if incentive.is_sealed else _SEALED_VERBS
    if verb in others:
        own = _SEALED_VERBS if incentive.is_sealed else _PUBLISHED_VERBS
        raise VerbOfOtherPools(f"Under {incentive.name} there is no {verb}: use {', '.join(own)}.")


def _request_hash(pool: Pool, verb: str, body: str) -> str:
    return hashlib.sha256(json.dumps([pool.id, verb, body]).encode()).hexdigest()
