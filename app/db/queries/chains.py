"""The chains that this service has worked with."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from earnest.db.tables import Chain


def known_chains(session: Session) -> Sequence[Chain]:
    """All of them."""
    return session.scalars(select(Chain)).all()
