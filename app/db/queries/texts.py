"""Kept texts."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from earnest.db.tables import KeptText, Pool, SubmissionItem


def texts_of(session: Session, pool: Pool, indices: Sequence[int]) -> Mapping[int | None, str]:
    """The kept texts of some of a pool's contributions, by their numbers."""
    rows = session.scalars(
        select(KeptText).where(
            KeptText.chain_id == pool.chain_id, KeptText.pool_address == pool.address, KeptText.index.in_(indices)
        )
    )
    return {row.index: row.body for row in rows}


def beginnings_of_texts(
    session: Session, pool: Pool, first: int, characters: int, *, last: int | None = None
) -> Mapping[int, str]:
    """How the kept texts of a pool's contributions from a number on, or up to another one, begin, by their numbers."""
    query = select(KeptText.index, func.substr(KeptText.body, 1, characters)).where(
        KeptText.chain_id == pool.chain_id, KeptText.pool_address == pool.address, KeptText.index >= first
    )
    if last is not None:
        query = query.where(KeptText.index <= last)
    rows = session.execute(query)
    return {index: body for index, body in rows if index is not None}


def texts_of_submission(session: Session, submission_id: str) -> Mapping[int, str]:
    """The kept texts of a submission's items, by position."""
    rows = session.scalars(select(KeptText).where(KeptText.submission_id == submission_id))
    return {row.position: row.body for row in rows}


def items_and_texts(
    session: Session, transaction_hashes: Sequence[str]
) -> Sequence[tuple[SubmissionItem, KeptText | None]]:
    """The items that some transactions carry, in order, each with its text where one is kept."""
    query = (
        select(SubmissionItem, KeptText)
        .join(
            KeptText,
            (KeptText.submission_id == SubmissionItem.submission_id) & (KeptText.position == SubmissionItem.position),
            isouter=True,
        )
        .where(SubmissionItem.transaction_hash.in_(transaction_hashes))
        .order_by(SubmissionItem.position)
    )
    return [(item, text) for item, text in session.execute(query)]
