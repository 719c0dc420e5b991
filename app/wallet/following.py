"""Transactions that others signed, or that forward what they signed, as submissions that are followed to their end."""

import time
import uuid
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from earnest.chain.raw_transaction import SignedCall
from earnest.core.models.model import Model
from earnest.db.engine import Sessions
from earnest.db.queries.submissions import (
    forget_old,
    forget_transactions,
    items_of,
    newest_sequence,
    submission_of_key,
    transactions_by,
)
from earnest.db.tables import Chain, Pool, Submission, SubmissionItem, Transaction
from earnest.pools.service import PoolService
from earnest.submissions.errors import QueueFull
from earnest.submissions.sender import DROPPED, PREPARED, UNDER_WAY
from earnest.texts.service import keep_texts
from earnest.wallet.errors import TransactionUnfit
from earnest.wallet.verbs import SAMPLES, Meant
from earnest.web.schemas import SampleInput

#: Most transactions of one sender that the chain has not decided, and how far ahead of its next one they may be.
MAX_UNDER_WAY = 64
#: Most of one sender that are remembered and did not take effect: whoever's place was taken paid for none of them.
MAX_DROPPED = 64


class Followed(NamedTuple):
    """A signed transaction.

    Attributes:
        raw: its bytes.
        hash: 0x-prefixed lower-case hex.
        sender: who signed it, checksummed.
        nonce: its place among the sender's transactions.
        gas: most that it uses.
    """

    raw: bytes
    hash: str
    sender: str
    nonce: int
    gas: int

    @classmethod
    def of(cls, signed: SignedCall) -> "Followed":
        """That of what was handed in."""
        return cls(signed.raw, signed.hash, signed.sender, signed.nonce, signed.gas)

    def row(self, submission_id: str) -> Transaction:
        """As the tables have it."""
        return Transaction(
            hash=self.hash, submission_id=submission_id, sender=self.sender, nonce=self.nonce, gas=self.gas,
            raw=self.raw, status=PREPARED,
        )  # fmt: skip


def store(
    sessions: Sessions,
    pool: Pool,
    meant: Meant,
    made: Followed,
    account: str,
    key: str,
    kept: Mapping[int, str],
) -> str:
    """Write a transaction's submission; the id, which is the known one where the same came twice at once.

    Args:
        sessions: the database.
        pool: that is called.
        meant: what the call says.
        made: the transaction.
        account: whose call it is.
        key: 0x and 64 hexadecimal digits that say all of it: the submission's idempotency key.
        kept: texts by the items' positions.

    Raises:
        QueueFull: too many of the sender's are under way.
    """
    submission_id = str(uuid.uuid4())
    try:
        with sessions.begin() as session:
            session.get_one(Chain, pool.chain_id, with_for_update=True)
            require_room(session, made.sender)
            if made.sender == account:
                # of what is sent for others each counts among its own account's
                forget_old(session, made.sender, DROPPED, MAX_DROPPED)
            session.add(
                Submission(
                    id=submission_id,
                    sequence=newest_sequence(session) + 1,
                    account=account,
                    pool_id=pool.id,
                    verb=meant.verb.name,
                    idempotency_key=key,
                    request_hash=key[2:],
                    max_price=None,
                    one_commitment=meant.one_commitment,
                    own_key=True,
                    created_at=int(time.time()),
                )
            )
            session.flush()
            session.add(made.row(submission_id))
            session.flush()
            for position, item in enumerate(meant.items):
                session.add(
                    SubmissionItem(
                        submission_id=submission_id,
                        position=position,
                        status=PREPARED,
                        sample=item.sample,
                        label=item.label,
                        index=item.index,
                        transaction_hash=made.hash,
                    )
                )
            session.flush()
            keep_texts(session, submission_id, kept)
    except IntegrityError:
        # the same came twice at once
        with sessions() as session:
            raced = submission_of_key(session, account, key)
        if raced is None:
            raise
        return raced.id
    return submission_id


def store_again(sessions: Sessions, submission_id: str, made: Followed) -> None:
    """Write another transaction of a submission whose former one can never take effect.

    Raises:
        QueueFull: too many of the sender's are under way.
    """
    with sessions.begin() as session:
        require_room(session, made.sender)
        items = items_of(session, submission_id, (DROPPED,), change=True)
        for item in items:
            item.transaction_hash = None
        session.flush()
        # what was dropped is forgotten some day, and would take with it what took its place
        forget_transactions(session, submission_id, DROPPED)
        session.add(made.row(submission_id))
        session.flush()
        for item in items:
            item.status, item.error, item.transaction_hash = PREPARED, None, made.hash


def require_room(session: Session, sender: str) -> None:
    """Refuse more of a sender's than the chain is likely to decide soon.

    Raises:
        QueueFull: so it is.
    """
    if len(transactions_by(session, sender, UNDER_WAY)) >= MAX_UNDER_WAY:
        raise QueueFull(
            f"{MAX_UNDER_WAY} transactions of this account are under way: try again when the chain has decided some.",
            retry_after=5,
        )


def fitting(pools: PoolService, pool: Pool, meant: Meant, texts: Sequence[str | None] | None) -> dict[int, str]:
    """Texts to keep, by position; each must be what its sample was made of.

    Raises:
        TransactionUnfit: one is not, or there are too many or too few.
    """
    if texts is None:
        return {}
    if meant.verb.asks != SAMPLES or len(texts) != len(meant.items):
        raise TransactionUnfit("Give as many texts as the transaction has samples, null for none.")
    model: Model = pools.mirror(pool).snapshot()[0]
    kept = {}
    for position, (text, item) in enumerate(zip(texts, meant.items, strict=True)):
        if text is None:
            continue
        if not text.strip() or "\0" in text:
            raise TransactionUnfit(f"Text {position} is empty, or holds a NUL character.")
        if model.sample_to_bytes(pools.sample(model, pool, SampleInput(text=text))) != item.sample:
            raise TransactionUnfit(f"Text {position} is not what the transaction's sample was made of.")
        kept[position] = text
    return kept
