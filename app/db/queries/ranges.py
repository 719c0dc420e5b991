"""What the tables have already of what a range of blocks tells, asked ahead: a query a table for each 500 keys."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from earnest.db.tables import Claim, Contribution, CreditEvent, Pool, PoolAccount, PoolTotals, Seal

#: A row by the names of its columns.
Row = dict[str, Any]
#: Most keys in one query.
CHUNK = 500

K = TypeVar("K", int, str)
_NEEDED = (
    Contribution.index, Contribution.contributor, Contribution.label, Contribution.sample, Contribution.claimable,
    Contribution.status, Contribution.batch_first, Contribution.outcome, Contribution.epoch,
)  # fmt: skip


def contributions_at(session: Session, pool: Pool, indices: Collection[int]) -> dict[int, Row]:
    """What a range can need of those of a pool's contributions that there are, by their numbers."""
    of_pool = _of(Contribution, pool)
    newest = session.scalar(select(func.max(Contribution.index)).where(*of_pool))
    # a range's own contributions are numbered above all others: those need no question
    asked = [] if newest is None else sorted(index for index in indices if index <= newest)
    found: dict[int, Row] = {}
    for chunk in _chunks(asked):
        for row in session.execute(select(*_NEEDED).where(*of_pool, Contribution.index.in_(chunk))):
            found[row[0]] = dict(row._mapping)
    return found


def open_contributions_of(session: Session, pool: Pool, outcome: int, epoch: int) -> dict[int, Row]:
    """The same of contributions of a case, made in an epoch, that are open as the tables have it."""
    query = select(*_NEEDED).where(
        *_of(Contribution, pool),
        Contribution.status == "open",
        Contribution.outcome == outcome,
        Contribution.epoch == epoch,
    )
    return {row[0]: dict(row._mapping) for row in session.execute(query)}


def logs_known(
    session: Session, pool: Pool, table: type[Claim | CreditEvent], hashes: Collection[str]
) -> set[tuple[str, int]]:
    """Transaction and log of a table's rows from some transactions."""
    found: set[tuple[str, int]] = set()
    for chunk in _chunks(sorted(hashes)):
        query = select(table.transaction_hash, table.log_index).where(
            *_of(table, pool), table.transaction_hash.in_(chunk)
        )
        found.update((name, place) for name, place in session.execute(query))
    return found


def epochs_sealed(session: Session, pool: Pool, epochs: Collection[int]) -> set[int]:
    """Those of some epochs whose seal is in the tables."""
    found: set[int] = set()
    for chunk in _chunks(sorted(epochs)):
        found.update(session.scalars(select(Seal.epoch).where(*_of(Seal, pool), Seal.epoch.in_(chunk))))
    return found


def accounts_at(session: Session, pool: Pool, addresses: Collection[str]) -> dict[str, Row]:
    """The whole rows of those of some accounts that a pool knows, by their addresses."""
    found: dict[str, Row] = {}
    for chunk in _chunks(sorted(addresses)):
        query = select(*PoolAccount.__table__.columns).where(*_of(PoolAccount, pool), PoolAccount.account.in_(chunk))
        for row in session.execute(query):
            found[row.account] = dict(row._mapping)
    return found


def totals_of(session: Session, pool: Pool) -> Row | None:
    """The whole row of a pool's totals."""
    found = session.execute(select(*PoolTotals.__table__.columns).where(*_of(PoolTotals, pool))).one_or_none()
    return None if found is None else dict(found._mapping)


def _of(table: Any, pool: Pool) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.chain_id == pool.chain_id, table.pool_address == pool.address


def _chunks(keys: Sequence[K]) -> Iterator[Sequence[K]]:
    return (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))
