"""What happened in pools, by its place in the order of all events."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select, union_all
from sqlalchemy.orm import Session

from earnest.db.tables import Event

#: The advisory lock's number, within one database: "events" in ASCII.
_ORDER = int.from_bytes(b"events")


def newest_event_of(session: Session, pool_id: str) -> int | None:
    """Place of the newest event that a pool's tables were told of, and that is still kept; None where there is none."""
    return session.scalar(select(func.max(Event.sequence)).where(Event.pool_id == pool_id))


def newest_event(session: Session) -> int:
    """The place of the newest event; 0 before there is one."""
    return session.scalar(select(func.max(Event.sequence))) or 0


def newest_event_locked(session: Session) -> int:
    """The same for who is about to add some: nobody else does before this transaction's end."""
    if session.get_bind().dialect.name == "postgresql":
        # SQLite has one writer anyway
        session.execute(select(func.pg_advisory_xact_lock(_ORDER)))
    return newest_event(session)


def oldest_event(session: Session) -> int:
    """The place of the oldest event that is kept; 0 while there is none."""
    return session.scalar(select(func.min(Event.sequence))) or 0


def events_after(session: Session, sequence: int, limit: int) -> Sequence[Event]:
    """All events after a place, in order."""
    return session.scalars(select(Event).where(Event.sequence > sequence).order_by(Event.sequence).limit(limit)).all()


def events_of_pool(session: Session, pool_id: str, sequence: int, limit: int) -> Sequence[Event]:
    """A pool's events after a place, in order."""
    return session.scalars(
        select(Event).where(Event.pool_id == pool_id, Event.sequence > sequence).order_by(Event.sequence).limit(limit)
    ).all()


def events_of_account(session: Session, address: str, sequence: int, limit: int) -> Sequence[Event]:
    """Events after a place in which an account acted or was paid, or that befell its contributions; in order.

    O(limit): each of both halves goes by its index and ends after `limit` rows.
    """
    halves = [
        select(
            select(Event.sequence)
            .where(column == address, Event.sequence > sequence)
            .order_by(Event.sequence)
            .limit(limit)
            .subquery()
        )
        for column in (Event.account, Event.contributor)
    ]
    both = union_all(*halves).subquery()
    return session.scalars(
        select(Event).join(both, Event.sequence == both.c.sequence).order_by(Event.sequence).limit(limit)
    ).all()


def events_before(
    session: Session,
    before: int | None,
    limit: int,
    *,
    pool_id: str | None = None,
    account: str | None = None,
    kind: str | None = None,
) -> Sequence[Event]:
    """Events before a place, newest first: of a pool, of an account, of a kind, or of any; of those that are kept."""
    query = select(Event).order_by(Event.sequence.desc()).limit(limit)
    if before is not None:
        query = query.where(Event.sequence < before)
    if pool_id is not None:
        query = query.where(Event.pool_id == pool_id)
    if account is not None:
        query = query.where(or_(Event.account == account, Event.contributor == account))
    if kind is not None:
        query = query.where(Event.kind == kind)
    return session.scalars(query).all()
