"""Pools, their encoders, and how well their models did."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ScalarSelect, Select, bindparam, case, func, or_, select, tuple_, union
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


def evaluations(session: Session, pool_ids: Collection[str], most: int) -> dict[str, list[Evaluation]]:
    """Measurements of pools' models by block, the first and the last among them; evenly spaced where there are many.

    O(pools * most * log(measurements)): each is found by the index, and no other is looked at.

    Args:
        session: the database.
        pool_ids: whose.
        most: measurements of a pool.
    """
    found: dict[str, list[Evaluation]] = {pool_id: [] for pool_id in pool_ids}
    asked = {"ids": list(found), "gaps": max(1, most - 1)}
    for one in session.scalars(_thinned(), asked):
        found[one.pool_id].append(one)
    return found


@cache
def _thinned() -> Select[Evaluation]:
    # written once: to put it together takes longer than to answer it
    def end(order: Any) -> ScalarSelect[int]:
        # each by itself: asked for both at once, SQLite looks at all that lies between
        block = select(order(Evaluation.block_number)).where(Evaluation.pool_id == Pool.id)
        return block.correlate(Pool).scalar_subquery()

    ends = (
        select(Pool.id.label("pool_id"), end(func.min).label("first"), end(func.max).label("last"))
        .where(Pool.id.in_(bindparam("ids", expanding=True)))
        .cte("ends")
    )
    gaps = bindparam("gaps", type_=BigInteger)
    marks = select(ends.c.pool_id, ends.c.first, ends.c.last.label("mark"), ends.c.last).cte("marks", recursive=True)
    wide = (marks.c.last - marks.c.first + gaps - 1) // gaps
    step = case((wide < 1, 1), else_=wide)
    before = select(marks.c.pool_id, marks.c.first, marks.c.mark - step, marks.c.last)
    marks = marks.union_all(before.where(marks.c.mark - step > marks.c.first))
    newest = (
        select(func.max(Evaluation.block_number))
        .where(Evaluation.pool_id == marks.c.pool_id, Evaluation.block_number <= marks.c.mark)
        .correlate(marks)
        .scalar_subquery()
    )
    chosen = union(
        select(ends.c.pool_id, ends.c.first.label("block_number")), select(marks.c.pool_id, newest)
    ).subquery("chosen")
    at = (Evaluation.pool_id == chosen.c.pool_id) & (Evaluation.block_number == chosen.c.block_number)
    return select(Evaluation).select_from(chosen).join(Evaluation, at).order_by(Evaluation.block_number)


def totals_of_pool(session: Session, pool: Pool) -> PoolTotals | None:
    """What a pool's contributions and accounts come to; None before the first."""
    return session.get(PoolTotals, (pool.chain_id, pool.address or ""))


def totals_of_pools(session: Session, pools: Collection[Pool]) -> Sequence[PoolTotals]:
    """The same of many, in one look; while the rows are kept, `totals_of_pool` asks nothing more of these pools."""
    addresses = [pool.address for pool in pools if pool.address is not None]
    # by both halves of the key: by the address alone all rows would be looked at
    of_pools = PoolTotals.chain_id.in_({pool.chain_id for pool in pools}), PoolTotals.pool_address.in_(addresses)
    return session.scalars(select(PoolTotals).where(*of_pools)).all()


def latest_evaluations(session: Session, pool_ids: Collection[str]) -> dict[str, Evaluation]:
    """The newest measurement of each pool's model."""
    return {one.pool_id: one for one in session.scalars(_latest(), {"ids": list(pool_ids)})}


@cache
def _latest() -> Select[Evaluation]:
    newest = select(func.max(Evaluation.block_number)).where(Evaluation.pool_id == Pool.id).correlate(Pool)
    at = (Evaluation.pool_id == Pool.id) & (Evaluation.block_number == newest.scalar_subquery())
    ids = Pool.id.in_(bindparam("ids", expanding=True))
    return select(Evaluation).select_from(Pool).join(Evaluation, at).where(ids)


def implementations_by(session: Session, chain_id: int, forwarder: str) -> Sequence[Implementation]:
    """What is deployed once on a chain and is the forwarder of this name, or believes it."""
    named = or_(Implementation.name == forwarder, Implementation.name.endswith(f" by {forwarder}"))
    return session.scalars(select(Implementation).where(Implementation.chain_id == chain_id, named)).all()
