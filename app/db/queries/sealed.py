"""What the tables have of pools whose judge is sealed."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from earnest.core.incentives.sealed import AT_RISK
from earnest.db.tables import Claim, Contribution, Pool, PoolAccount, Seal

#: As the projection writes it.
_SETTLE, _OPEN = "settle", "open"


def seal_of(session: Session, pool: Pool, epoch: int) -> Seal | None:
    """A seal by the epoch that began with it."""
    return session.get(Seal, (pool.chain_id, pool.address, epoch))


def newest_seal(session: Session, pool: Pool, block_number: int | None = None) -> Seal | None:
    """The newest seal, or the newest up to a block."""
    query = select(Seal).where(*_seals(pool)).order_by(Seal.epoch.desc()).limit(1)
    if block_number is not None:
        query = query.where(Seal.block_number <= block_number)
    return session.scalar(query)


def seals_between(session: Session, pool: Pool, after: int, last: int) -> Sequence[Seal]:
    """Seals after a block and up to another one."""
    return session.scalars(
        select(Seal).where(*_seals(pool), Seal.block_number > after, Seal.block_number <= last)
    ).all()


def seals_after(session: Session, pool: Pool, block_number: int) -> Sequence[Seal]:
    """Seals after a block."""
    return session.scalars(select(Seal).where(*_seals(pool), Seal.block_number > block_number)).all()


def settlings_between(session: Session, pool: Pool, after: int, last: int) -> Sequence[Claim]:
    """Settlings after a block and up to another one."""
    return session.scalars(
        select(Claim).where(
            Claim.chain_id == pool.chain_id,
            Claim.pool_address == pool.address,
            Claim.verb == _SETTLE,
            Claim.block_number > after,
            Claim.block_number <= last,
        )
    ).all()


def count_at(session: Session, pool: Pool, block_number: int) -> int:
    """Contributions accepted up to a block's end."""
    newest = session.scalar(
        select(func.max(Contribution.index)).where(*_contributions(pool), Contribution.block_number <= block_number)
    )
    return 0 if newest is None else newest + 1


def places_between(session: Session, pool: Pool, after: int, last: int) -> Sequence[tuple[int, int]]:
    """Block and log of each contribution after a block and up to another one."""
    rows = session.execute(
        select(Contribution.block_number, Contribution.log_index).where(
            *_contributions(pool), Contribution.block_number > after, Contribution.block_number <= last
        )
    )
    return [(block_number, log_index) for block_number, log_index in rows]


def open_of_outcome(session: Session, pool: Pool, outcome: int, epoch: int) -> Sequence[Contribution]:
    """Contributions of a case, made in an epoch, that are open."""
    return session.scalars(
        select(Contribution).where(
            *_contributions(pool),
            Contribution.status == _OPEN,
            Contribution.outcome == outcome,
            Contribution.epoch == epoch,
        )
    ).all()


def is_waiting(session: Session, pool: Pool, since: int, risk_since: int) -> bool:
    """Whether an open contribution was made in an epoch or later; for one at risk that is another epoch."""
    at_risk = Contribution.outcome == AT_RISK
    late = or_(Contribution.epoch >= since, and_(at_risk, Contribution.epoch >= risk_since))
    query = select(Contribution.index).where(*_contributions(pool), Contribution.status == _OPEN, late)
    return session.scalar(query.limit(1)) is not None


def made_in_epochs(session: Session, pool: Pool, status: str, epochs: Sequence[int]) -> Sequence[Contribution]:
    """Contributions in a status that were made in some epochs."""
    return session.scalars(
        select(Contribution).where(*_contributions(pool), Contribution.status == status, Contribution.epoch.in_(epochs))
    ).all()


def standings_in(session: Session, pool: Pool, accounts: Sequence[str]) -> dict[str, int]:
    """What standing accounts have in a pool, by address; nobody is left out who has an account there."""
    rows = session.execute(
        select(PoolAccount.account, PoolAccount.standing).where(
            PoolAccount.chain_id == pool.chain_id,
            PoolAccount.pool_address == pool.address,
            PoolAccount.account.in_(accounts),
        )
    )
    return {row.account: row.standing for row in rows}


def standing_events(session: Session, pool: Pool) -> Sequence[tuple[str, int]]:
    """Account and standing after each contribution and settling, in the order of the chain."""
    made = select(
        Contribution.block_number, Contribution.log_index, Contribution.contributor, Contribution.standing
    ).where(*_contributions(pool), Contribution.standing.is_not(None))
    settled = select(Claim.block_number, Claim.log_index, Claim.account, Claim.standing).where(
        Claim.chain_id == pool.chain_id, Claim.pool_address == pool.address, Claim.standing.is_not(None)
    )
    rows = [*session.execute(made), *session.execute(settled)]
    return [(account, standing) for _, _, account, standing in sorted(rows, key=lambda row: (row[0], row[1]))]


def _contributions(pool: Pool) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Contribution.chain_id == pool.chain_id, Contribution.pool_address == pool.address


def _seals(pool: Pool) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Seal.chain_id == pool.chain_id, Seal.pool_address == pool.address
