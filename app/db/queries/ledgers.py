"""What changed an account's credit in a pool, in the order of the chain, a few rows at a time."""

from collections.abc import Iterator, Sequence
from heapq import merge
from typing import Any, NamedTuple

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from earnest.db.tables import Claim, Contribution, CreditEvent, Pool, PoolAccount

Row = Contribution | Claim | CreditEvent


class Place(NamedTuple):
    """Where on the chain something is; logs of a block are numbered through."""

    block_number: int
    log_index: int


def place_of(row: Row) -> Place:
    """Where a row comes from."""
    return Place(row.block_number, row.log_index)


def rows_of_account(session: Session, pool: Pool, account: str, after: Place, limit: int) -> Iterator[Row]:
    """An account's contributions, claims that were paid to it, payments and withdrawals after a place, merged.

    Each of the three is asked for at most `limit` rows: the first `limit` that come are all that there are up to the
    last of them. O(limit), by the indexes.
    """
    return merge(
        _of(session, pool, Contribution, Contribution.contributor == account, after, limit),
        _of(session, pool, Claim, (Claim.account == account) & ~Claim.burned, after, limit),
        _of(session, pool, CreditEvent, CreditEvent.account == account, after, limit),
        key=place_of,
    )


def _of(session: Session, pool: Pool, table: Any, whose: Any, after: Place, limit: int) -> Sequence[Row]:
    return list(
        session.scalars(
            select(table)
            .where(
                table.chain_id == pool.chain_id,
                table.pool_address == pool.address,
                whose,
                tuple_(table.block_number, table.log_index) > tuple(after),
            )
            .order_by(table.block_number, table.log_index)
            .limit(limit)
        )
    )


def contributions_from(session: Session, pool: Pool, index: int, limit: int) -> Sequence[Contribution]:
    """A pool's contributions from a number on, in order."""
    return session.scalars(
        select(Contribution)
        .where(
            Contribution.chain_id == pool.chain_id,
            Contribution.pool_address == pool.address,
            Contribution.index >= index,
        )
        .order_by(Contribution.index)
        .limit(limit)
    ).all()


def accounts_of(session: Session, pool: Pool, after: str, limit: int) -> Sequence[str]:
    """Addresses of the accounts that take part in a pool, after one, in the order of their text."""
    return session.scalars(
        select(PoolAccount.account)
        .where(
            PoolAccount.chain_id == pool.chain_id,
            PoolAccount.pool_address == pool.address,
            PoolAccount.account > after,
        )
        .order_by(PoolAccount.account)
        .limit(limit)
    ).all()
