"""Submissions, contributions, claims."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from earnest.contributions.schemas import (
    ClaimRequest,
    ContributionDetail,
    ContributionShown,
    SubmissionRequest,
    SubmissionShown,
    TransactionShown,
)
from earnest.web.dependencies import Caller, Credentials, IdempotencyKey, Ready
from earnest.web.routes import StrictRoute
from earnest.web.schemas import Page, decode_cursor, encode_cursor

router = APIRouter(tags=["contributions"], route_class=StrictRoute)

#: Contributions are numbered from 0; the database keeps 64 bits.
Index = Annotated[int, Path(ge=0, lt=2**40)]
Limit = Annotated[int, Query(ge=1, le=100)]


@router.post("/pools/{pool}/submissions", status_code=201)
def submit(
    pool: str,
    request: SubmissionRequest,
    runtime: Ready,
    caller: Caller,
    idempotency_key: IdempotencyKey = None,
) -> SubmissionShown:
    """Contribute samples. Each item has a result of its own; statuses are the chain's word, never a hope."""
    return runtime.contributions.contribute(caller, pool, request, idempotency_key)


@router.post("/pools/{pool}/withdrawals", status_code=201)
def withdraw(pool: str, runtime: Ready, caller: Caller, idempotency_key: IdempotencyKey = None) -> SubmissionShown:
    """Pay the caller's credit in this pool out."""
    return runtime.contributions.withdraw(caller, pool, idempotency_key)


@router.post("/pools/{pool}/{verb}s", status_code=201)
def claim(
    pool: str,
    verb: Literal["refund", "report", "collect"],
    request: ClaimRequest,
    runtime: Ready,
    caller: Caller,
    idempotency_key: IdempotencyKey = None,
) -> SubmissionShown:
    """Refund one's own contributions, report others', or collect what is left of old ones."""
    return runtime.contributions.claim(caller, pool, verb, request.indices, idempotency_key)


@router.get("/submissions")
def list_submissions(
    runtime: Ready, caller: Caller, cursor: str | None = None, limit: Limit = 20
) -> Page[SubmissionShown]:
    """The caller's submissions, newest first."""
    before = decode_cursor(cursor, int) if cursor is not None else None
    items, following = runtime.contributions.list_submissions(caller, before, limit)
    return Page(items=items, next=encode_cursor(following) if following is not None else None)


@router.get("/submissions/{submission}")
def show_submission(submission: str, runtime: Ready, caller: Caller) -> SubmissionShown:
    """One of the caller's submissions."""
    return runtime.contributions.show_submission(caller, submission)


@router.get("/pools/{pool}/contributions")
def list_contributions(
    pool: str,
    runtime: Ready,
    cursor: str | None = None,
    limit: Limit = 20,
    contributor: str | None = None,
    status: Literal["open", "refunded", "taken", "collected"] | None = None,
) -> Page[ContributionShown]:
    """A pool's contributions, newest first, each with what can be done with it."""
    before = decode_cursor(cursor, int) if cursor is not None else None
    items, following = runtime.contributions.list(pool, before, limit, contributor=contributor, status=status)
    return Page(items=list(items), next=encode_cursor(following) if following is not None else None)


@router.get("/pools/{pool}/contributions/{index}")
def show_contribution(pool: str, index: Index, runtime: Ready) -> ContributionDetail:
    """One contribution with its sample and its claims."""
    return runtime.contributions.show(pool, index)


@router.delete("/pools/{pool}/contributions/{index}/text", status_code=204)
def delete_text(pool: str, index: Index, runtime: Ready, credentials: Credentials) -> None:
    """Forget a contribution's text, for its contributor or the operator; its sample stays on the chain."""
    token = credentials.credentials if credentials else None
    operator = runtime.accounts.is_admin(token)
    runtime.contributions.delete_text(None if operator else runtime.accounts.authenticate(token), pool, index)


@router.get("/transactions/{transaction_hash}")
def show_transaction(transaction_hash: str, runtime: Ready) -> TransactionShown:
    """A mined transaction's receipt as the chain has it, with the pools' events in it."""
    return runtime.contributions.show_transaction(transaction_hash)
