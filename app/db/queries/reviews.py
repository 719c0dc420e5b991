"""The contributions that a pool's owner has to look at; every question is about one pool."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from earnest.db.tables import Contribution, Pool, Review

#: Numbers in one question: databases take so many values and no more.
_AT_ONCE = 500


def _still_there(pool: Pool) -> Select[Review, Contribution]:
    """Reviews with their contributions; one whose block was replaced by another is none any more."""
    return (
        select(Review, Contribution)
        .join(
            Contribution,
            (Contribution.chain_id == pool.chain_id)
            & (Contribution.pool_address == pool.address)
            & (Contribution.index == Review.index)
            & (Contribution.contributor == Review.contributor)
            & (Contribution.sample_hash == Review.sample_hash),
        )
        .where(Review.pool_id == pool.id)
    )


def page_of_reviews(
    session: Session, pool: Pool, verdict: str, after: int | None, limit: int
) -> Sequence[tuple[Review, Contribution]]:
    """Reviews of one verdict with their contributions, the oldest contribution first, behind a number."""
    query = _still_there(pool).where(Review.verdict == verdict).order_by(Review.index).limit(limit)
    if after is not None:
        query = query.where(Review.index > after)
    return [(review, row) for review, row in session.execute(query)]


def review_to_change(session: Session, pool: Pool, index: int) -> tuple[Review, Contribution] | None:
    """A review with its contribution, for whoever will change it."""
    found = session.execute(_still_there(pool).where(Review.index == index).with_for_update(of=Review))
    return next(((review, row) for review, row in found), None)


def reviews_to_change(session: Session, pool: Pool, indices: Iterable[int]) -> Mapping[int, Review]:
    """The reviews of these contributions, by their numbers, whatever became of the contributions; to be changed.

    Locked in the order of their numbers, so that two who look at the same ones wait for each other.
    """
    wanted, found = sorted(indices), dict[int, Review]()
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        chosen = select(Review).where(Review.pool_id == pool.id, Review.index.in_(part))
        rows = session.scalars(chosen.order_by(Review.index).with_for_update())
        found |= {review.index: review for review in rows}
    return found


def contributions_of(session: Session, pool: Pool, indices: Iterable[int]) -> Mapping[int, Contribution]:
    """These contributions, by their numbers."""
    wanted, found = sorted(indices), dict[int, Contribution]()
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        rows = session.scalars(
            select(Contribution).where(
                Contribution.chain_id == pool.chain_id, Contribution.pool_address == pool.address,
                Contribution.index.in_(part),
            )
        )  # fmt: skip
        found |= {row.index: row for row in rows}
    return found


def count_reviews(session: Session, pool: Pool) -> Mapping[str, int]:
    """How many reviews there are of each verdict, of contributions that are still there."""
    of_each = _still_there(pool).with_only_columns(Review.verdict, func.count(), maintain_column_froms=True)
    rows = session.execute(of_each.group_by(Review.verdict))
    found: dict[str, int] = {}
    for verdict, count in rows:
        found[verdict] = count
    return found
