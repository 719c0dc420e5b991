"""The queue of contributions that a pool's owner has to look at, by a policy of the owner's. No money depends on it."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from earnest.db.engine import Sessions
from earnest.db.queries.contributions import newest_rows
from earnest.db.queries.reviews import (
    contributions_of,
    count_reviews,
    page_of_reviews,
    review_to_change,
    reviews_to_change,
)
from earnest.db.queries.texts import beginnings_of_texts
from earnest.db.tables import Contribution, Pool, Review
from earnest.pools.quality.looking import quality_of, require_owner
from earnest.pools.service import PoolService
from earnest.reviews.errors import ReviewUnknown
from earnest.reviews.policy import reasons_of
from earnest.reviews.schemas import PolicyShown, QueuedShown, ReviewShown, Verdict, VerdictRequest

Result = TypeVar("Result")

#: Characters of a text that are shown.
CHARACTERS = 600
#: The reason of what no policy named.
UNASKED = "Somebody looked at it unasked."


class ReviewService:
    """Policies and queues.

    Args:
        sessions: the database.
        pools: finds pools.
    """

    def __init__(self, sessions: Sessions, pools: PoolService) -> None:
        self._sessions = sessions
        self._pools = pools

    def policy(self, caller: str | None, which: str) -> PolicyShown:
        """A pool's policy; the usual one where its owner has set none.

        Args:
            caller: who asks; None for the operator. So below.
            which: id or address of the pool. So below.

        Raises:
            PoolUnknown: there is none.
            QualityNotAllowed: it is another's.
        """
        with self._sessions() as session:
            return _policy(self._own(session, caller, which))

    def set_policy(self, caller: str | None, which: str, policy: PolicyShown) -> PolicyShown:
        """Set a pool's policy; what is in the queue stays there.

        Raises:
            PoolUnknown, QualityNotAllowed: see `policy`.
        """
        with self._sessions.begin() as session:
            self._own(session, caller, which).review_policy = policy.model_dump()
        return policy

    def look(self, caller: str | None, which: str) -> QueuedShown:
        """Look at the newest contributions, and queue what the policy names; takes seconds.

        What somebody has given a verdict on stays as it is.

        Raises:
            PoolUnknown, QualityNotAllowed: see `policy`.
            QualityBusy, QualityUnavailable, NotReady: see `quality_of`.
        """
        policy = self.policy(caller, which)
        found = quality_of(self._sessions, self._pools, caller, which, policy.newest)

        def put(session: Session) -> tuple[int, int]:
            pool = self._own(session, caller, which)
            who = {row.number: row.contributor for row in newest_rows(session, pool, policy.newest)}
            reasons = reasons_of(policy, found, who)
            known, there = reviews_to_change(session, pool, reasons), contributions_of(session, pool, reasons)
            added = 0
            for index, told in reasons.items():
                row, before = there.get(index), known.get(index)
                if row is None:
                    continue
                if before is None:
                    session.add(_queued(pool, row, told))
                    added += 1
                elif _is_of(before, row):
                    before.reasons = told
                else:
                    _queue_again(before, row, told)
                    added += 1
            session.flush()
            return added, count_reviews(session, pool).get("open", 0)

        added, waiting = self._raced(put)
        return QueuedShown(looked_at=found.newest, added=added, open=waiting)

    def page(
        self, caller: str | None, which: str, verdict: Verdict, after: int | None, limit: int
    ) -> tuple[list[ReviewShown], int | None]:
        """A page of the queue, the oldest contribution first, and where the next one starts.

        Raises:
            PoolUnknown, QualityNotAllowed: see `policy`.
        """
        with self._sessions() as session:
            pool = self._own(session, caller, which)
            rows = page_of_reviews(session, pool, verdict, after, limit + 1)
            shown = [self._shown(session, pool, review, row) for review, row in rows[:limit]]
        return shown, rows[limit - 1][0].index if len(rows) > limit else None

    def decide(self, caller: str | None, which: str, index: int, request: VerdictRequest) -> ReviewShown:
        """Note what somebody found; of a contribution that no policy named, too.

        Raises:
            PoolUnknown, QualityNotAllowed: see `policy`.
            ReviewUnknown: there is no such contribution.
        """

        def note(session: Session) -> ReviewShown:
            pool = self._own(session, caller, which)
            review, row = review_to_change(session, pool, index) or self._by_hand(session, pool, index)
            review.verdict, review.note = request.verdict, request.note
            review.reviewed_at = None if request.verdict == "open" else int(time.time())
            session.flush()
            return self._shown(session, pool, review, row)

        return self._raced(note)

    def counts(self, caller: str | None, which: str) -> dict[str, int]:
        """How many contributions there are of each verdict.

        Raises:
            PoolUnknown, QualityNotAllowed: see `policy`.
        """
        with self._sessions() as session:
            return dict(count_reviews(session, self._own(session, caller, which)))

    def _raced(self, change: Callable[[Session], Result]) -> Result:
        """Change reviews; once more where somebody else queued the same contribution in between, and is found then."""
        try:
            with self._sessions.begin() as session:
                return change(session)
        except IntegrityError:
            with self._sessions.begin() as session:
                return change(session)

    def _own(self, session: Session, caller: str | None, which: str) -> Pool:
        pool = self._pools.find(session, which)
        require_owner(pool, caller)
        return pool

    @staticmethod
    def _by_hand(session: Session, pool: Pool, index: int) -> tuple[Review, Contribution]:
        """Queue a contribution that somebody looks at unasked."""
        row = contributions_of(session, pool, [index]).get(index)
        if row is None:
            raise ReviewUnknown(f"Pool {pool.name} has no contribution #{index}.")
        before = reviews_to_change(session, pool, [index]).get(index)
        if before is not None:
            # somebody was quicker by a moment, or the block of what it was about was replaced
            if not _is_of(before, row):
                _queue_again(before, row, [UNASKED])
            return before, row
        review = _queued(pool, row, [UNASKED])
        session.add(review)
        return review, row

    @staticmethod
    def _shown(session: Session, pool: Pool, review: Review, row: Contribution) -> ReviewShown:
        text = beginnings_of_texts(session, pool, review.index, CHARACTERS, last=review.index).get(review.index)
        return ReviewShown(
            index=review.index, contributor=review.contributor, label=row.label, reasons=review.reasons, text=text,
            verdict=review.verdict, note=review.note, added_at=review.added_at, reviewed_at=review.reviewed_at,
        )  # fmt: skip


def _policy(pool: Pool) -> PolicyShown:
    return PolicyShown(**(pool.review_policy or {}))


def _is_of(review: Review, row: Contribution) -> bool:
    return (review.contributor, review.sample_hash) == (row.contributor, row.sample_hash)


def _queued(pool: Pool, row: Contribution, reasons: list[str]) -> Review:
    return Review(pool_id=pool.id, index=row.index, **_queued_values(row, reasons))


def _queue_again(review: Review, row: Contribution, reasons: list[str]) -> None:
    """Let a review be of the contribution that took the place of its own: the verdict was on another's.

    Written over, not deleted and added: who deletes what somebody else just deleted has found nothing.
    """
    for name, value in _queued_values(row, reasons).items():
        setattr(review, name, value)


def _queued_values(row: Contribution, reasons: list[str]) -> dict[str, Any]:
    return {
        "contributor": row.contributor, "sample_hash": row.sample_hash, "reasons": reasons,
        "verdict": "open", "note": None, "added_at": int(time.time()), "reviewed_at": None,
    }  # fmt: skip
