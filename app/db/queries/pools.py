"""Pools, their encoders, and how well their models did."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from earnest.db.tables import Evaluation, Pool


def pool_of_id(session: Session, pool_id: str) -> Pool | None:
    """A pool by its id."""
    return session.get(Pool, pool_id)


def pool_at(session: Session, address: str) -> Pool | None:
    """A pool by its checksummed address; the newest, where several chains have one there."""
    return session.scalar(select(Pool).where(Pool.address == address).order_by(Pool.created_at.desc()).limit(1))


def page_of_pools(session: Session, after: tuple[Any, ...] | None, limit: int) -> Sequence[Pool]:
    """Pools, oldest first, after a place in the list: (second of creation, id)."""
    query = select(Pool).order_by(Pool.created_at, Pool.id).limit(limit)
    if after is not None:
        query = query.where(tuple_(Pool.created_at, Pool.id) > after)
    return session.scalars(query).all()


def pools_in(session: Session, status: str, chain_id: int | None = None) -> Sequence[Pool]:
    """Pools in a status, on one chain or on any, oldest first."""
    query = select(Pool).where(Pool.status == status).order_by(Pool.created_at)
    if chain_id is not None:
        query = query.where(Pool.chain_id == chain_id)
    return session.scalars(query).all()


def evaluations(session: Session, pool_id: str) -> Sequence[Evaluation]:
    """Every measurement of a pool's model, by block."""
    return session.scalars(
        select(Evaluation).where(Evaluation.pool_id == pool_id).order_by(Evaluation.block_number)
    ).all()


def latest_evaluation(session: Session, pool_id: str) -> Evaluation | None:
    """The newest measurement of a pool's model."""
    return session.scalar(
        select(Evaluation).where(Evaluation.pool_id == pool_id).order_by(Evaluation.block_number.desc()).limit(1)
    )
