"""What the sync asks of its own tables: where it was, what rebuilds a mirror, what a reorganisation takes back."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, ScalarResult, func, select
from sqlalchemy.orm import Session

from earnest.db.tables import Claim, Contribution, CreditEvent, ModelSnapshot, Pool, SyncedBlock


def synced_blocks(session: Session, pool_id: str) -> ScalarResult[SyncedBlock]:
    """The blocks where a synced range ended, newest first; read one by one."""
    return session.scalars(
        select(SyncedBlock).where(SyncedBlock.pool_id == pool_id).order_by(SyncedBlock.block_number.desc())
    )


def latest_snapshot(session: Session, pool_id: str, block_number: int) -> ModelSnapshot | None:
    """The newest snapshot of a pool's model up to a block."""
    return session.scalar(
        select(ModelSnapshot)
        .where(ModelSnapshot.pool_id == pool_id, ModelSnapshot.block_number <= block_number)
        .order_by(ModelSnapshot.block_number.desc())
        .limit(1)
    )


def accepted_at_snapshot(session: Session, pool_id: str) -> int:
    """How many contributions the newest snapshot of a pool's model holds; 0 while there is none."""
    newest = session.scalar(
        select(ModelSnapshot.accepted)
        .where(ModelSnapshot.pool_id == pool_id)
        .order_by(ModelSnapshot.block_number.desc())
        .limit(1)
    )
    return newest or 0


def samples_from(session: Session, pool: Pool, index: int, block_number: int) -> Sequence[tuple[bytes, int]]:
    """Samples and labels from a contribution on, up to a block, in order; O(these)."""
    # numbers never fall from block to block: nothing behind one of a later block is looked at
    later = (
        select(Contribution.index)
        .where(*_contributions(pool), Contribution.block_number > block_number)
        .order_by(Contribution.block_number)
        .limit(1)
    )
    end = session.scalar(later)
    query = (
        select(Contribution.sample, Contribution.label)
        .where(*_contributions(pool), Contribution.index >= index, Contribution.block_number <= block_number)
        .order_by(Contribution.index)
    )
    rows = session.execute(query if end is None else query.where(Contribution.index < end))
    return [(sample, label) for sample, label in rows]


def claimed_after(session: Session, pool: Pool, block_number: int) -> set[int]:
    """Numbers of the contributions that were claimed after a block."""
    return set(session.scalars(select(Claim.index).where(*_claims(pool), Claim.block_number > block_number)))


def accounts_after(session: Session, pool: Pool, block_number: int) -> set[str]:
    """The accounts in rows from later blocks, and those whose contributions were claimed there.

    O(those rows).
    """
    of_credit = CreditEvent.chain_id == pool.chain_id, CreditEvent.pool_address == pool.address
    claimed = Claim.index == Contribution.index, Claim.block_number > block_number
    return {
        *session.scalars(
            select(Contribution.contributor).where(*_contributions(pool), Contribution.block_number > block_number)
        ),
        *session.scalars(select(Claim.account).where(*_claims(pool), Claim.block_number > block_number)),
        *session.scalars(select(Contribution.contributor).where(*_contributions(pool), *_claims(pool), *claimed)),
        *session.scalars(select(CreditEvent.account).where(*of_credit, CreditEvent.block_number > block_number)),
    }


def first_contribution_after(session: Session, pool: Pool, block_number: int) -> int | None:
    """The number of the first contribution after a block."""
    return session.scalar(
        select(func.min(Contribution.index)).where(*_contributions(pool), Contribution.block_number > block_number)
    )


def amounts_of(session: Session, pool: Pool) -> Sequence[tuple[str, int, int, str]]:
    """Contributor, deposit, what is left of it, and status of each contribution."""
    rows = session.execute(
        select(Contribution.contributor, Contribution.deposit, Contribution.claimable, Contribution.status).where(
            *_contributions(pool)
        )
    )
    return [(contributor, deposit, left, status) for contributor, deposit, left, status in rows]


def money_events(session: Session, pool: Pool) -> list[Claim | CreditEvent]:
    """Everything that changed what a pool owes to accounts, in the order of the chain."""
    events: list[Claim | CreditEvent] = [
        *session.scalars(select(Claim).where(*_claims(pool))),
        *session.scalars(
            select(CreditEvent).where(CreditEvent.chain_id == pool.chain_id, CreditEvent.pool_address == pool.address)
        ),
    ]
    # a block's logs are numbered through, so (block, log index) is their order
    return sorted(events, key=lambda row: (row.block_number, row.log_index))


def _contributions(pool: Pool) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Contribution.chain_id == pool.chain_id, Contribution.pool_address == pool.address


def _claims(pool: Pool) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Claim.chain_id == pool.chain_id, Claim.pool_address == pool.address
