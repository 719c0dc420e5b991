"""Submissions, claims, withdrawals."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from earnest.accounts.dependencies import Caller
from earnest.submissions.dependencies import Submissions
from earnest.submissions.schemas import ClaimRequest, SubmissionRequest, SubmissionShown
from earnest.web.dependencies import IdempotencyKey
from earnest.web.routes import StrictRoute
from earnest.web.schemas import Page, decode_cursor, encode_cursor

router = APIRouter(tags=["contributions"], route_class=StrictRoute)

Limit = Annotated[int, Query(ge=1, le=100)]


@router.post("/pools/{pool}/submissions", status_code=201)
def submit(
    pool: str,
    request: SubmissionRequest,
    submissions: Submissions,
    caller: Caller,
    idempotency_key: IdempotencyKey = None,
) -> SubmissionShown:
    """Contribute samples. Each item has a result of its own; statuses are the chain's word, never a hope."""
    return submissions.contribute(caller, pool, request, idempotency_key)


@router.post("/pools/{pool}/withdrawals", status_code=201)
def withdraw(
    pool: str, submissions: Submissions, caller: Caller, idempotency_key: IdempotencyKey = None
) -> SubmissionShown:
    """Pay the caller's credit in this pool out."""
    return submissions.withdraw(caller, pool, idempotency_key)


@router.post("/pools/{pool}/{verb}s", status_code=201)
def claim(
    pool: str,
    verb: Literal["refund", "report", "collect"],
    request: ClaimRequest,
    submissions: Submissions,
    caller: Caller,
    idempotency_key: IdempotencyKey = None,
) -> SubmissionShown:
    """Refund one's own contributions, report others', or collect what is left of old ones."""
    return submissions.claim(caller, pool, verb, request.indices, idempotency_key)


@router.get("/submissions")
def list_submissions(
    submissions: Submissions, caller: Caller, cursor: str | None = None, limit: Limit = 20
) -> Page[SubmissionShown]:
    """The caller's submissions, newest first."""
    before = decode_cursor(cursor, int) if cursor is not None else None
    items, following = submissions.page(caller, before, limit)
    return Page(items=items, next=encode_cursor(following) if following is not None else None)


@router.get("/submissions/{submission}")
def show_submission(submission: str, submissions: Submissions, caller: Caller) -> SubmissionShown:
    """One of the caller's submissions."""
    return submissions.show(caller, submission)
