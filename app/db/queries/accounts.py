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


def pool_account(session: Session, pool: Pool, address: str) -> PoolAccount | None:
    """What a pool owes an account."""
    return session.get(PoolAccount, (pool.chain_id, pool.address, address))


def pool_accounts(session: Session, pool: Pool) -> Sequence[PoolAccount]:
    """What a pool owes each account that it knows."""
    return session.scalars(
        select(PoolAccount).where(PoolAccount.chain_id == pool.chain_id, PoolAccount.pool_address == pool.address)
    ).all()
