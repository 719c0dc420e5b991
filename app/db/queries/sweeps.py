"""Sweeps that the service runs."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from earnest.db.tables import Sweep


def sweep_of_key(session: Session, key: str) -> Sweep | None:
    """A sweep by its idempotency key."""
    return session.scalar(select(Sweep).where(Sweep.idempotency_key == key))


def newest_sequence(session: Session) -> int:
    """The place of the newest sweep in the list; 0 while there is none."""
    return session.scalar(select(func.max(Sweep.sequence))) or 0


def page_of_sweeps(session: Session, before: int | None, limit: int) -> Sequence[Sweep]:
    """Sweeps below a place in the list, newest first."""
    query = select(Sweep).order_by(Sweep.sequence.desc()).limit(limit)
    if before is not None:
        query = query.where(Sweep.sequence < before)
    return session.scalars(query).all()


def newest_ended(session: Session, limit: int) -> Sequence[tuple[str, str]]:
    """Ids and names of the newest sweeps that have ended; their requests and plans can be long, and are left out."""
    query = select(Sweep.id, Sweep.name).where(Sweep.finished_at.is_not(None))
    return [(row.id, row.name) for row in session.execute(query.order_by(Sweep.sequence.desc()).limit(limit))]


def sweeps_with_a_process(session: Session) -> Sequence[Sweep]:
    """Sweeps that run, or were cancelled and may still have a process; the oldest first."""
    return session.scalars(
        select(Sweep)
        .where(or_(Sweep.status == "running", (Sweep.status == "cancelled") & Sweep.finished_at.is_(None)))
        .order_by(Sweep.sequence)
    ).all()


def next_queued(session: Session) -> Sweep | None:
    """The sweep that waits longest."""
    return session.scalar(select(Sweep).where(Sweep.status == "queued").order_by(Sweep.sequence).limit(1))
