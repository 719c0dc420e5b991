"""Submissions, their items and their transactions."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from earnest.db.tables import KeptText, Pool, Submission, SubmissionItem, Transaction


def submission_of_key(session: Session, account: str, key: str) -> Submission | None:
    """An account's submission by its idempotency key."""
    return session.scalar(select(Submission).where(Submission.account == account, Submission.idempotency_key == key))


def newest_sequence(session: Session) -> int:
    """The place of the newest submission in the list; 0 while there is none."""
    return session.scalar(select(func.max(Submission.sequence))) or 0


def page_of_submissions(session: Session, account: str, before: int | None, limit: int) -> Sequence[Submission]:
    """An account's submissions below a place in the list, newest first."""
    query = select(Submission).where(Submission.account == account).order_by(Submission.sequence.desc())
    if before is not None:
        query = query.where(Submission.sequence < before)
    return session.scalars(query.limit(limit)).all()


def undecided_submissions(session: Session, statuses: Sequence[str]) -> list[tuple[str, str]]:
    """Account and id of the submissions with an item in one of some statuses, oldest first."""
    rows = session.execute(
        select(Submission.account, Submission.id)
        .where(Submission.id.in_(select(SubmissionItem.submission_id).where(SubmissionItem.status.in_(statuses))))
        .order_by(Submission.sequence)
    )
    return [(account, submission_id) for account, submission_id in rows]


def count_of_account(session: Session, account: str, statuses: Sequence[str]) -> int:
    """How many submissions of an account have an item in one of some statuses."""
    under_way = select(SubmissionItem.submission_id).where(SubmissionItem.status.in_(statuses))
    query = select(func.count()).where(Submission.account == account, Submission.id.in_(under_way))
    return session.scalar(query) or 0


def items_by_status(session: Session) -> dict[str, int]:
    """How many items there are in each status; O(items), by the index on it."""
    rows = session.execute(select(SubmissionItem.status, func.count()).group_by(SubmissionItem.status))
    return dict(rows.tuples().all())


def items_of(
    session: Session,
    submission_id: str,
    statuses: Sequence[str] | None = None,
    *,
    change: bool = False,
    limit: int | None = None,
) -> Sequence[SubmissionItem]:
    """A submission's items in order; those in some statuses, or all; held until the end where they are to change.

    Args:
        session: the database.
        submission_id: whose.
        statuses: None for any.
        change: whether they are to change.
        limit: how many at most; None for all.
    """
    query = select(SubmissionItem).where(SubmissionItem.submission_id == submission_id)
    if statuses is not None:
        query = query.where(SubmissionItem.status.in_(statuses))
    query = query.order_by(SubmissionItem.position).limit(limit)
    return session.scalars(query.with_for_update() if change else query).all()


def items_to_send(session: Session, submission_id: str, positions: Sequence[int]) -> Sequence[SubmissionItem]:
    """Some of a submission's items in order, held until the transaction's end."""
    return session.scalars(
        select(SubmissionItem)
        .where(SubmissionItem.submission_id == submission_id, SubmissionItem.position.in_(positions))
        .order_by(SubmissionItem.position)
        .with_for_update()
    ).all()


def statuses_of(session: Session, hashes: Collection[str]) -> Sequence[str]:
    """The statuses of some transactions."""
    return session.scalars(select(Transaction.status).where(Transaction.hash.in_(hashes))).all()


def items_in(session: Session, status: str) -> Sequence[SubmissionItem]:
    """Every submission's items in a status."""
    return session.scalars(select(SubmissionItem).where(SubmissionItem.status == status)).all()


def transactions_in(session: Session, status: str) -> Sequence[Transaction]:
    """Every account's transactions in a status."""
    return session.scalars(select(Transaction).where(Transaction.status == status)).all()


def items_of_transaction(session: Session, transaction_hash: str) -> Sequence[SubmissionItem]:
    """The items that a transaction carries, in order."""
    return session.scalars(
        select(SubmissionItem)
        .where(SubmissionItem.transaction_hash == transaction_hash)
        .order_by(SubmissionItem.position)
    ).all()


def transactions_of(session: Session, submission_id: str) -> Sequence[Transaction]:
    """Every transaction that was signed for a submission."""
    return session.scalars(select(Transaction).where(Transaction.submission_id == submission_id)).all()


def transactions_by(session: Session, sender: str, statuses: Sequence[str]) -> Sequence[Transaction]:
    """An account's transactions in some statuses, by nonce."""
    return session.scalars(
        select(Transaction)
        .where(Transaction.sender == sender, Transaction.status.in_(statuses))
        .order_by(Transaction.nonce)
    ).all()


def highest_nonce(session: Session, sender: str, statuses: Sequence[str]) -> int | None:
    """The highest nonce of an account's transactions in some statuses."""
    return session.scalar(
        select(func.max(Transaction.nonce)).where(Transaction.sender == sender, Transaction.status.in_(statuses))
    )


def forget_old(session: Session, sender: str, status: str, kept: int) -> None:
    """Delete what an account signed itself and is in a status, but for so many of the newest."""
    old = session.scalars(
        select(Submission.id)
        .join(Transaction, Transaction.submission_id == Submission.id)
        .where(Transaction.sender == sender, Transaction.status == status, Submission.own_key)
        .order_by(Submission.sequence.desc())
        .offset(kept)
    ).all()
    # one by one: there is hardly ever more than one
    for submission_id in old:
        session.execute(delete(KeptText).where(KeptText.submission_id == submission_id))
        session.execute(delete(SubmissionItem).where(SubmissionItem.submission_id == submission_id))
        session.execute(delete(Transaction).where(Transaction.submission_id == submission_id))
        session.execute(delete(Submission).where(Submission.id == submission_id))


def forget_transactions(session: Session, submission_id: str, status: str) -> None:
    """Delete a submission's transactions in a status, which no item must name any more."""
    session.execute(delete(Transaction).where(Transaction.submission_id == submission_id, Transaction.status == status))


def decided_transactions(session: Session, pool: Pool, after: int, last: int | None) -> Sequence[Transaction]:
    """Transactions to a pool that were decided after a block, and up to another one or without an end."""
    query = (
        select(Transaction)
        .join(Submission, Submission.id == Transaction.submission_id)
        .where(Submission.pool_id == pool.id, Transaction.block_number > after)
    )
    if last is not None:
        query = query.where(Transaction.block_number <= last)
    return session.scalars(query.order_by(Transaction.nonce)).all()
