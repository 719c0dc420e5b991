"""Pools, their encoders, and how well their models did."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, func, literal, or_, select, tuple_, union_all
from sqlalchemy.orm import Session

from earnest.db.tables import Evaluation, Implementation, Pool, PoolTotals


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


def ids_of_pools_in(session: Session, status: str) -> Sequence[str]:
    """Ids of pools in a status, oldest first: no row is loaded, whose initial state may be large."""
    return session.scalars(select(Pool.id).where(Pool.status == status).order_by(Pool.created_at)).all()


def deploying(session: Session, pool_id: str) -> Pool | None:
    """A pool whose deployment is under way, for whoever brings it to its end; None if somebody has."""
    pool = session.get(Pool, pool_id, with_for_update=True, populate_existing=True)
    return pool if pool is not None and pool.status == "deploying" else None


def tokens_of_pools(session: Session) -> Sequence[tuple[str, dict[str, Any]]]:
    """Ids of pools whose deposits are paid in a token, and the token as it was described."""
    rows = session.execute(select(Pool.id, Pool.token).where(Pool.token.is_not(None)))
    return [(pool, token) for pool, token in rows if token is not None]


def evaluations(session: Session, pool_id: str, most: int) -> Sequence[Evaluation]:
    """Measurements of a pool's model by block, the first and the last among them; evenly spaced where there are many.

    O(most * log(measurements)): each is found by the index, and no other is looked at.
    """
    of_pool = Evaluation.pool_id == pool_id
    # each by itself: asked for both at once, SQLite looks at all that lies between
    first, last = (session.scalar(select(end(Evaluation.block_number)).where(of_pool)) for end in (func.min, func.max))
    if first is None or last is None:
        return []
    step = max(1, -(-(last - first) // max(1, most - 1)))
    marks = select(literal(last, BigInteger).label("mark")).cte("marks", recursive=True)
    marks = marks.union_all(select(marks.c.mark - step).where(marks.c.mark - step > first))
    newest = (
        select(func.max(Evaluation.block_number))
        .where(of_pool, Evaluation.block_number <= marks.c.mark)
        .correlate(marks)
        .scalar_subquery()
    )
    # one list: with the first beside it, by "or", all would be looked at
    chosen = union_all(select(literal(first, BigInteger)), select(newest).select_from(marks))
    return session.scalars(
        select(Evaluation).where(of_pool, Evaluation.block_number.in_(chosen)).order_by(Evaluation.block_number)
    ).all()


def totals_of_pool(session: Session, pool: Pool) -> PoolTotals | None:
    """What a pool's contributions and accounts come to; None before the first."""
    return session.get(PoolTotals, (pool.chain_id, pool.address or ""))


def latest_evaluation(session: Session, pool_id: str) -> Evaluation | None:
    """The newest measurement of a pool's model."""
    return session.scalar(
        select(Evaluation).where(Evaluation.pool_id == pool_id).order_by(Evaluation.block_number.desc()).limit(1)
    )


def implementations_by(session: Session, chain_id: int, forwarder: str) -> Sequence[Implementation]:
    """What is deployed once on a chain and is the forwarder of this name, or believes it."""
    named = or_(Implementation.name == forwarder, Implementation.name.endswith(f" by {forwarder}"))
    return session.scalars(select(Implementation).where(Implementation.chain_id == chain_id, named)).all()
