"""Canonical encoder files, each kept once."""

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from earnest.db.tables import Encoder


def keep_encoder(session: Session, encoder: Encoder) -> None:
    """Keep an encoder's file unless it is there, also where somebody else writes the same one at the same moment."""
    if session.get(Encoder, encoder.hash) is not None:
        return
    try:
        with session.begin_nested():
            session.add(encoder)
    except IntegrityError:
        if session.get(Encoder, encoder.hash) is None:
            raise
