"""Webhooks: a caller's own, and those that there is something to do for."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from earnest.db.tables import Event, Webhook

#: Statuses: events are delivered; none are, until somebody enables it again.
ACTIVE, ASIDE = "active", "aside"


def webhooks_of(session: Session, owner: str | None) -> Sequence[Webhook]:
    """An account's webhooks, or the operator's, newest first."""
    return session.scalars(
        select(Webhook).where(Webhook.owner == owner).order_by(Webhook.created_at.desc(), Webhook.id)
    ).all()


def count_webhooks(session: Session, owner: str | None) -> int:
    """How many webhooks an account, or the operator, has."""
    return session.scalar(select(func.count()).select_from(Webhook).where(Webhook.owner == owner)) or 0


def count_all_webhooks(session: Session) -> int:
    """How many there are."""
    return session.scalar(select(func.count()).select_from(Webhook)) or 0


def webhook_to_change(session: Session, webhook_id: str) -> Webhook | None:
    """A webhook, for whoever will change it."""
    return session.scalar(select(Webhook).where(Webhook.id == webhook_id).with_for_update())


def active_webhooks(session: Session) -> Sequence[tuple[str, str | None]]:
    """Every webhook that events are delivered to, with its owner."""
    rows = session.execute(select(Webhook.id, Webhook.owner).where(Webhook.status == ACTIVE))
    return [(webhook_id, owner) for webhook_id, owner in rows]


def webhooks_told_of(session: Session, after: int) -> Sequence[tuple[str, str | None]]:
    """The active webhooks that an event after a place is for, with their owners; O(those events)."""
    new = Event.sequence > after
    halves = [
        select(Webhook.id, Webhook.owner).join(Event, column == other).where(new, Webhook.status == ACTIVE)
        for column, other in (
            (Webhook.pool_id, Event.pool_id),
            (Webhook.account, Event.account),
            (Webhook.account, Event.contributor),
        )
    ]
    return [(webhook_id, owner) for webhook_id, owner in session.execute(union(*halves))]


def webhooks_due(session: Session, now: int) -> Sequence[tuple[str, str | None]]:
    """The webhooks whose next try has come, and those that a test is wanted of, with their owners."""
    # two questions, each by its index: this is asked twice a second
    due = union(
        select(Webhook.id, Webhook.owner).where(Webhook.status == ACTIVE, Webhook.next_attempt_at <= now),
        select(Webhook.id, Webhook.owner).where(Webhook.test_wanted.is_(True)),
    )
    return [(webhook_id, owner) for webhook_id, owner in session.execute(due)]


def webhooks_by_status(session: Session) -> Mapping[str, int]:
    """How many webhooks there are of each status."""
    counted = dict.fromkeys((ACTIVE, ASIDE), 0)
    for status, count in session.execute(select(Webhook.status, func.count()).group_by(Webhook.status)):
        counted[status] = count
    return counted
