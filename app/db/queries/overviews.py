"""What overviews of pools show beside their state: found by indices, whatever a pool holds."""

from collections import Counter
from collections.abc import Collection, Sequence
from functools import cache

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session

from earnest.db.queries.contributions import answer_of
from earnest.db.tables import Claim, Contribution, Pool, PoolAccount, PoolTotals

#: How pools can be put in order.
ORDERS = ("contributions", "newest", "oldest", "name")


def matching_pools(
    session: Session,
    words: str,
    *,
    models: Collection[str] | None,
    incentives: Collection[str] | None,
    order: str,
    skip: int,
    limit: int,
) -> tuple[Sequence[Pool], int]:
    """Pools whose name or address holds some words, and how many there are.

    Args:
        session: the database.
        words: looked for without regard to case; empty for any.
        models: of these models only; None for any.
        incentives: of these incentives only; None for any.
        order: one of `ORDERS`.
        skip: how many come before.
        limit: how many at most.
    """
    conditions = _matching(words, models, incentives)
    totals = (PoolTotals.chain_id == Pool.chain_id) & (PoolTotals.pool_address == Pool.address)
    orders: dict[str, tuple[ColumnElement[int] | ColumnElement[str], ...]] = {
        "contributions": (func.coalesce(PoolTotals.contributions, 0).desc(), Pool.created_at.desc()),
        "newest": (Pool.created_at.desc(),),
        "oldest": (Pool.created_at.asc(),),
        "name": (func.lower(Pool.name).asc(),),
    }
    query = select(Pool).outerjoin(PoolTotals, totals).where(*conditions).order_by(*orders[order], Pool.id)
    count = session.scalar(select(func.count()).select_from(Pool).where(*conditions)) or 0
    return session.scalars(query.offset(skip).limit(limit)).all(), count


def count_of_pools(session: Session, models: Collection[str] | None, incentives: Collection[str] | None) -> int:
    """How many pools have one of these models and incentives; None for any."""
    conditions = _matching("", models, incentives)
    return session.scalar(select(func.count()).select_from(Pool).where(*conditions)) or 0


def _matching(
    words: str, models: Collection[str] | None, incentives: Collection[str] | None
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if words:
        found = Pool.name.icontains(words, autoescape=True)
        conditions.append(or_(found, Pool.address.icontains(words, autoescape=True)))
    if models is not None:
        conditions.append(Pool.model.in_(models))
    if incentives is not None:
        conditions.append(Pool.incentive.in_(incentives))
    return conditions


def names_of(session: Session, pool_ids: Collection[str]) -> dict[str, str]:
    """What pools are called, by id."""
    rows = session.execute(select(Pool.id, Pool.name).where(Pool.id.in_(pool_ids)))
    return {row.id: row.name for row in rows}


def most_active(session: Session, pool: Pool, limit: int) -> Sequence[PoolAccount]:
    """The accounts with the most contributions to a pool."""
    return session.scalars(
        select(PoolAccount)
        .where(
            PoolAccount.chain_id == pool.chain_id,
            PoolAccount.pool_address == pool.address,
            PoolAccount.contributions > 0,
        )
        .order_by(PoolAccount.contributions.desc(), PoolAccount.account)
        .limit(limit)
    ).all()


def latest_answers(
    session: Session, pool: Pool, accounts: Collection[str], limit: int
) -> dict[str, Counter[tuple[int, int]]]:
    """Label and the model's class before learning, as `answer_of` has it, of accounts' latest contributions.

    Args:
        session: the database.
        pool: to which.
        accounts: whose.
        limit: contributions of an account.

    Returns:
        By account, how often each pair was.
    """
    found: dict[str, Counter[tuple[int, int]]] = {account: Counter() for account in accounts}
    asked = {"chain": pool.chain_id, "pool": pool.address, "accounts": list(found), "skipped": limit - 1}
    asked["most"] = len(found)
    for account, label, predicted, outcome, count in session.execute(_latest_answers(), asked):
        found[account][label, answer_of(predicted, outcome)] += count
    return found


@cache
def _latest_answers() -> Select[str, int, int, int | None, int]:
    chain, address = bindparam("chain", type_=BigInteger), bindparam("pool", type_=String)
    # the last that counts is found by the index, and those after it are looked at
    last = (
        select(Contribution.index)
        .where(
            Contribution.chain_id == chain,
            Contribution.pool_address == address,
            Contribution.contributor == PoolAccount.account,
        )
        .order_by(Contribution.index.desc())
        .offset(bindparam("skipped"))
        .limit(1)
        .correlate(PoolAccount)
        .scalar_subquery()
    )
    accounts = (
        select(PoolAccount.account, func.coalesce(last, 0).label("last"))
        .where(
            PoolAccount.chain_id == chain,
            PoolAccount.pool_address == address,
            PoolAccount.account.in_(bindparam("accounts", expanding=True)),
        )
        # of which none is left out: SQLite would look at all contributions of all accounts first
        .limit(bindparam("most"))
        .subquery("accounts")
    )
    latest = and_(
        Contribution.chain_id == chain,
        Contribution.pool_address == address,
        Contribution.contributor == accounts.c.account,
        Contribution.index >= accounts.c.last,
    )
    columns = Contribution.contributor, Contribution.label, Contribution.predicted, Contribution.outcome
    return select(*columns, func.count()).select_from(accounts).join(Contribution, latest).group_by(*columns)


def latest_fates(session: Session, pool: Pool, limit: int) -> Sequence[tuple[int, int, str]]:
    """Label, the model's class by `answer_of`, and status of the latest contributions that nothing is left of."""
    newest = (
        select(Contribution.label, Contribution.predicted, Contribution.outcome, Contribution.status)
        .where(*_of(pool))
        .order_by(Contribution.index.desc())
        .limit(limit)
    )
    return [
        (label, answer_of(predicted, outcome), status)
        for label, predicted, outcome, status in session.execute(newest)
        if status != "open"
    ]


def own_open(session: Session, pool: Pool, account: str, limit: int) -> Sequence[int]:
    """What is left of an account's open contributions to a pool, each in wei."""
    return session.scalars(
        select(Contribution.claimable)
        .where(*_of(pool), Contribution.contributor == account, Contribution.status == "open")
        .limit(limit)
    ).all()


def first_after(session: Session, pool: Pool, count: int, time: int) -> int:
    """The number of the first contribution after a time, of `count`; as many as there are where none is.

    O(log count) looks in one question: numbers have no gaps and times never fall.
    """
    asked = {"chain": pool.chain_id, "pool": pool.address, "count": count, "time": time}
    return session.execute(_first_after(), asked).scalar_one()


@cache
def _first_after() -> Select[int]:
    count, time = bindparam("count", type_=BigInteger), bindparam("time", type_=BigInteger)
    between = select(literal(0, BigInteger).label("low"), count.label("high")).cte("between", recursive=True)
    middle = (between.c.low + between.c.high) // 2
    made = (
        select(Contribution.time)
        .where(
            Contribution.chain_id == bindparam("chain"),
            Contribution.pool_address == bindparam("pool"),
            Contribution.index == middle,
        )
        .correlate(between)
        .scalar_subquery()
    )
    before = func.coalesce(made, time + 1) <= time
    halved = select(case((before, middle + 1), else_=between.c.low), case((before, between.c.high), else_=middle))
    between = between.union_all(halved.where(between.c.low < between.c.high))
    return select(between.c.low).where(between.c.low >= between.c.high)


def open_from(session: Session, pool: Pool, index: int, limit: int) -> Sequence[Contribution]:
    """A pool's open contributions from a number on, the oldest first: their windows end in this order."""
    return session.scalars(
        select(Contribution)
        .where(*_of(pool), Contribution.status == "open", Contribution.index >= index)
        .order_by(Contribution.index)
        .limit(limit)
    ).all()


def open_amounts_from(session: Session, pool: Pool, index: int, limit: int) -> Sequence[int]:
    """What is left of each of these, in wei."""
    return session.scalars(
        select(Contribution.claimable)
        .where(*_of(pool), Contribution.status == "open", Contribution.index >= index)
        .order_by(Contribution.index)
        .limit(limit)
    ).all()


def reported_by(session: Session, pool: Pool, account: str, indices: Collection[int]) -> set[int]:
    """Which of these contributions an account has reported."""
    return set(
        session.scalars(
            select(Claim.index).where(
                Claim.chain_id == pool.chain_id,
                Claim.pool_address == pool.address,
                Claim.account == account,
                Claim.verb == "report",
                Claim.index.in_(indices),
            )
        )
    )


def _of(pool: Pool) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Contribution.chain_id == pool.chain_id, Contribution.pool_address == pool.address
