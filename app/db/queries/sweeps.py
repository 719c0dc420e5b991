"""Sweeps that the service runs."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from earnest.db.tables import Study


def sweep_of_key(session: Session, key: str) -> Study | None:
    """A sweep by its idempotency key."""
    return session.scalar(select(Study).where(Study.idempotency_key == key))


def newest_sequence(session: Session) -> int:
    """The place of the newest sweep in the list; 0 while there is none."""
    return session.scalar(select(func.max(Study.sequence))) or 0


def page_of_sweeps(session: Session, before: int | None, limit: int) -> Sequence[Study]:
    """Sweeps below a place in the list, newest first."""
    query = select(Study).order_by(Study.sequence.desc()).limit(limit)
    if before is not None:
        query = query.where(Study.sequence < before)
    return session.scalars(query).all()


def sweeps_with_a_process(session: Session) -> Sequence[Study]:
    """Sweeps that run, or were cancelled and may still have a process; the oldest first."""
    return session.scalars(
        select(Study)
        .where(or_(Study.status == "running", (Study.status == "cancelled") & Study.finished_at.is_(None)))
        .order_by(Study.sequence)
    ).all()


def next_queued(session: Session) -> Study | None:
    """The sweep that waits longest."""
    return session.scalar(select(Study).where(Study.status == "queued").order_by(Study.sequence).limit(1))
