"""Contributions and the claims on them; every question is about one pool."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, select
from sqlalchemy.orm import Session

from earnest.core.incentives.sealed import AGREED
from earnest.core.models.model import NOT_PREDICTED, OTHER_CLASS
from earnest.db.tables import Claim, Contribution, Pool

_OF_SAMPLE = (
    select(Contribution.index)
    .where(
        Contribution.chain_id == bindparam("chain_id"),
        Contribution.pool_address == bindparam("address"),
        Contribution.sample_hash == bindparam("sample_hash"),
    )
    # by the index of samples: in the order of numbers SQLite would look at all of a pool's for those of one
    .order_by((Contribution.index + 0).desc())
    .limit(bindparam("most"))
)


def _of(pool: Pool) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Contribution.chain_id == pool.chain_id, Contribution.pool_address == pool.address


def _claims_of(pool: Pool) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Claim.chain_id == pool.chain_id, Claim.pool_address == pool.address


def contribution(session: Session, pool: Pool, index: int | None) -> Contribution | None:
    """A pool's contribution by its number."""
    return session.get(Contribution, (pool.chain_id, pool.address or "", index))


def newest_samples(session: Session, pool: Pool, limit: int) -> Sequence[tuple[int, str, int, bytes]]:
    """Index, contributor, label and sample of a pool's newest contributions, newest first."""
    columns = Contribution.index, Contribution.contributor, Contribution.label, Contribution.sample
    query = select(*columns).where(*_of(pool)).order_by(Contribution.index.desc()).limit(limit)
    return [(index, contributor, label, sample) for index, contributor, label, sample in session.execute(query)]


def answer_of(predicted: int, outcome: int | None) -> int:
    """The model's class before learning, `OTHER_CLASS` if all that is known is that a judge disagreed.

    Args:
        predicted: the class, or `NOT_PREDICTED`.
        outcome: the case, where the judge is sealed; None elsewhere.
    """
    return OTHER_CLASS if predicted == NOT_PREDICTED and outcome not in (None, AGREED) else predicted


class NewestRow(NamedTuple):
    """What is looked at of a contribution; `number` is its index, `predicted` as `answer_of` has it."""

    number: int
    contributor: str
    label: int
    predicted: int
    time: int
    sample: bytes


def newest_rows(session: Session, pool: Pool, limit: int) -> Sequence[NewestRow]:
    """A pool's newest contributions, newest first."""
    columns = (
        Contribution.index, Contribution.contributor, Contribution.label, Contribution.predicted, Contribution.time,
        Contribution.sample, Contribution.outcome,
    )  # fmt: skip
    query = select(*columns).where(*_of(pool)).order_by(Contribution.index.desc()).limit(limit)
    return [
        NewestRow(number, contributor, label, answer_of(predicted, outcome), time, sample)
        for number, contributor, label, predicted, time, sample, outcome in session.execute(query)
    ]


def page_of_contributions(
    session: Session,
    pool: Pool,
    before: int | None,
    limit: int,
    *,
    contributor: str | None = None,
    status: str | None = None,
) -> Sequence[Contribution]:
    """A pool's contributions below a number, newest first."""
    query = select(Contribution).where(*_of(pool)).order_by(Contribution.index.desc())
    if before is not None:
        query = query.where(Contribution.index < before)
    if contributor is not None:
        query = query.where(Contribution.contributor == contributor)
    if status is not None:
        query = query.where(Contribution.status == status)
    return session.scalars(query.limit(limit)).all()


def exported_contributions(
    session: Session,
    pool: Pool,
    last: int | None,
    limit: int,
    *,
    contributor: str | None = None,
    status: str | None = None,
    label: int | None = None,
    newest_first: bool = False,
) -> Sequence[Contribution]:
    """A pool's contributions beyond a number, in the order of their numbers or against it."""
    index = Contribution.index
    query = select(Contribution).where(*_of(pool)).order_by(index.desc() if newest_first else index)
    if last is not None:
        query = query.where(index < last if newest_first else index > last)
    for column, value in (
        (Contribution.contributor, contributor),
        (Contribution.status, status),
        (Contribution.label, label),
    ):
        if value is not None:
            query = query.where(column == value)
    return session.scalars(query.limit(limit)).all()


def times_of_newest(session: Session, pool_ids: Collection[str]) -> dict[str, int]:
    """When pools' last contributions that are in the tables were accepted, of those that have any."""
    rows = session.execute(_newest_times(), {"ids": list(pool_ids)})
    return {pool_id: time for pool_id, time in rows if time is not None}


@cache
def _newest_times() -> Select[str, int]:
    newest = (
        select(Contribution.time)
        .where(Contribution.chain_id == Pool.chain_id, Contribution.pool_address == Pool.address)
        .order_by(Contribution.index.desc())
        .limit(1)
        .correlate(Pool)
        .scalar_subquery()
    )
    return select(Pool.id, newest).where(Pool.id.in_(bindparam("ids", expanding=True)))


def time_of_newest(session: Session, pool: Pool) -> int | None:
    """The same of one pool; None before there is one."""
    return times_of_newest(session, [pool.id]).get(pool.id)


def indices_with_sample(session: Session, pool: Pool, sample_hash: str, limit: int) -> Sequence[int]:
    """Numbers of the contributions of one sample, newest first; O(these)."""
    asked = {"chain_id": pool.chain_id, "address": pool.address, "sample_hash": sample_hash, "most": limit}
    # every quote asks it: numbers alone need nothing of what the session does for rows
    return session.connection().execute(_OF_SAMPLE, asked).scalars().all()


class SampleRow(NamedTuple):
    """A contribution's number, its sample's hash, its block's hash."""

    number: int
    sample_hash: str
    block_hash: str


def samples_from(session: Session, pool: Pool, first: int, limit: int) -> Sequence[SampleRow]:
    """So many of a pool's contributions from a number on, oldest first."""
    columns = Contribution.index, Contribution.sample_hash, Contribution.block_hash
    query = select(*columns).where(*_of(pool), Contribution.index >= first).order_by(Contribution.index).limit(limit)
    return [SampleRow(*row) for row in session.execute(query)]


def sample_at(session: Session, pool: Pool, index: int) -> SampleRow | None:
    """The same of one contribution; None where there is none."""
    found = samples_from(session, pool, index, 1)
    return found[0] if found and found[0].number == index else None


def batch_members(session: Session, row: Contribution) -> Sequence[Contribution]:
    """The contributions that share a committed batch with one, itself among them."""
    return session.scalars(
        select(Contribution)
        .where(
            Contribution.chain_id == row.chain_id,
            Contribution.pool_address == row.pool_address,
            Contribution.batch_first == row.batch_first,
        )
        .order_by(Contribution.index)
    ).all()


def claims_on(session: Session, pool: Pool, index: int) -> Sequence[Claim]:
    """The claims on a contribution, in the order of the chain."""
    return session.scalars(
        select(Claim).where(*_claims_of(pool), Claim.index == index).order_by(Claim.block_number, Claim.log_index)
    ).all()
