"""A pool's policy and its queue for review."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from earnest.accounts.dependencies import Owner
from earnest.reviews.dependencies import Reviews
from earnest.reviews.schemas import PolicyShown, QueuedShown, ReviewShown, Verdict, VerdictRequest
from earnest.web.routes import StrictRoute
from earnest.web.schemas import Page, decode_cursor, encode_cursor
from earnest.web.threads import asking, writing

router = APIRouter(tags=["reviews"], route_class=StrictRoute)

Limit = Annotated[int, Query(ge=1, le=100)]


@router.get("/pools/{pool}/quality/policy")
@asking
def show_policy(pool: str, reviews: Reviews, owner: Owner) -> PolicyShown:
    """What of the pool's newest contributions its owner wants to look at."""
    return reviews.policy(owner, pool)


@router.put("/pools/{pool}/quality/policy")
@writing
def set_policy(pool: str, request: PolicyShown, reviews: Reviews, owner: Owner) -> PolicyShown:
    """Set that; what is in the queue already stays there."""
    return reviews.set_policy(owner, pool, request)


@router.post("/pools/{pool}/reviews")
@asking
def queue_reviews(pool: str, reviews: Reviews, owner: Owner) -> QueuedShown:
    """Look at the newest contributions, and put those that the policy names into the queue.

    What has a verdict keeps it. Needs the extra `quality`, and takes seconds. No money depends on the queue.
    """
    return reviews.look(owner, pool)


@router.get("/pools/{pool}/reviews")
@asking
def list_reviews(
    pool: str, reviews: Reviews, owner: Owner, verdict: Verdict = "open", cursor: str | None = None, limit: Limit = 20
) -> Page[ReviewShown]:
    """The queue, the oldest contribution first: those without a verdict, or those with one."""
    after = decode_cursor(cursor, int) if cursor is not None else None
    items, following = reviews.page(owner, pool, verdict, after, limit)
    return Page(items=items, next=encode_cursor(following) if following is not None else None)


@router.put("/pools/{pool}/reviews/{index}")
@writing
def decide_review(
    pool: str, index: Annotated[int, Path(ge=0, le=2**63 - 1)], request: VerdictRequest, reviews: Reviews, owner: Owner
) -> ReviewShown:
    """Note what somebody found who looked at a contribution; advice, which moves no money."""
    return reviews.decide(owner, pool, index, request)
