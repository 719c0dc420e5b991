"""Managed accounts, and what pools owe to accounts."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from earnest.db.tables import Account, Pool, PoolAccount


def address_of_token(session: Session, token_hash: str) -> str | None:
    """The managed account whose bearer token has this hash."""
    return session.scalar(select(Account.address).where(Account.token_hash == token_hash))


def any_account(session: Session) -> Account | None:
    """One of the managed accounts; None while there is none."""
    return session.scalar(select(Account).limit(1))


def managed_address(session: Session, address: str) -> str | None:
    """A managed account's address, by itself: whether there is such an account."""
    return session.scalar(select(Account.address).where(Account.address == address))


def standings_of(session: Session, address: str) -> Sequence[tuple[Pool, PoolAccount]]:
    """An account in each deployed pool that it takes part in, the oldest pool first."""
    rows = session.execute(
        select(Pool, PoolAccount)
        .join(PoolAccount, (PoolAccount.chain_id == Pool.chain_id) & (PoolAccount.pool_address == Pool.address))
        .where(PoolAccount.account == address, Pool.status == "ready")
        .order_by(Pool.created_at)
    )
    return [(pool, standing) for pool, standing in rows]
