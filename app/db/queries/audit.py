"""What operators did."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from earnest.db.tables import Act


def page_of_acts(session: Session, before: int | None, limit: int) -> Sequence[Act]:
    """What was done below a place in the log, newest first."""
    query = select(Act).order_by(Act.sequence.desc())
    if before is not None:
        query = query.where(Act.sequence < before)
    return session.scalars(query.limit(limit)).all()
