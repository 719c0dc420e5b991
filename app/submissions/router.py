"""Submissions, claims, withdrawals."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from earnest.accounts.dependencies import Caller, Signer
from earnest.submissions.dependencies import Submissions, Submitting
from earnest.submissions.schemas import ClaimRequest, SubmissionRequest, SubmissionShown
from earnest.submissions.service import SubmissionService
from earnest.submissions.waiting import outcome
from earnest.web.dependencies import IdempotencyKey, Leaving, Wait
from earnest.web.routes import StrictRoute
from earnest.web.schemas import Page, decode_cursor, encode_cursor
from earnest.web.threads import submitting

router = APIRouter(tags=["contributions"], route_class=StrictRoute)

Limit = Annotated[int, Query(ge=1, le=100)]


#: Accepted, and not decided by the chain yet; or decided while the client waited.
ACCEPTED: dict[str, Any] = {
    "status_code": 202,
    "responses": {
        201: {"model": SubmissionShown, "description": "The chain has decided every item."},
        202: {"description": "On record, and on its way to the chain; ask for it again at `Location`."},
    },
}


async def answer_with(
    submissions: SubmissionService, caller: str, submission: str, wait: Wait, leaving: Leaving, response: Response
) -> SubmissionShown:
    """The answer about a submission, 201 once the chain has decided it, with what to ask for next in the headers."""
    shown, decided = await outcome(submissions, caller, submission, wait, leaving)
    response.status_code = 201 if decided else 202
    response.headers["Location"] = f"/v1/submissions/{submission}"
    if wait:
        response.headers["Preference-Applied"] = f"wait={wait:g}"
    if not decided:
        response.headers["Retry-After"] = "1"
    return shown


@router.post("/pools/{pool}/submissions", **ACCEPTED)
async def submit(
    pool: str,
    request: SubmissionRequest,
    submissions: Submitting,
    caller: Signer,
    response: Response,
    leaving: Leaving,
    wait: Wait,
    idempotency_key: IdempotencyKey = None,
) -> SubmissionShown:
    """Contribute samples. Each item has a result of its own; statuses are the chain's word, never a hope.

    Answers 202 at once; with the header `Prefer: wait=20` it answers 201 with the outcome, should that come in so many
    seconds.
    """
    submission = await submitting.run(submissions.contribute, caller, pool, request, idempotency_key)
    return await answer_with(submissions, caller, submission, wait, leaving, response)


@router.post("/pools/{pool}/withdrawals", **ACCEPTED)
async def withdraw(
    pool: str,
    submissions: Submitting,
    caller: Signer,
    response: Response,
    leaving: Leaving,
    wait: Wait,
    idempotency_key: IdempotencyKey = None,
) -> SubmissionShown:
    """Pay the caller's credit in this pool out; waits as submissions do."""
    submission = await submitting.run(submissions.withdraw, caller, pool, idempotency_key)
    return await answer_with(submissions, caller, submission, wait, leaving, response)


@router.post("/pools/{pool}/seals", **ACCEPTED)
async def seal(
    pool: str,
    submissions: Submitting,
    caller: Signer,
    response: Response,
    leaving: Leaving,
    wait: Wait,
    idempotency_key: IdempotencyKey = None,
) -> SubmissionShown:
    """Seal a pool's judge anew, which anybody may do once an epoch; the pool's bounty becomes the caller's credit."""
    submission = await submitting.run(submissions.seal, caller, pool, idempotency_key)
    return await answer_with(submissions, caller, submission, wait, leaving, response)


def _verb(request: Request) -> str:
    """The verb that an address ends with, in its plural."""
    return str(request.scope["path"]).rsplit("/", 1)[-1].removesuffix("s")


async def claim(
    pool: str,
    verb: Annotated[str, Depends(_verb)],
    request: ClaimRequest,
    submissions: Submitting,
    caller: Signer,
    response: Response,
    leaving: Leaving,
    wait: Wait,
    idempotency_key: IdempotencyKey = None,
) -> SubmissionShown:
    """Refund one's own contributions, report others', or collect what is left of old ones; waits as submissions do.

    Where the judge is sealed there is one, `settle`, for one's own: the deposit comes back, and the sample teaches.
    """
    submission = await submitting.run(submissions.claim, caller, pool, verb, request.indices, idempotency_key)
    return await answer_with(submissions, caller, submission, wait, leaving, response)


# a route for each verb: one for all would answer for every other address that ends with an s
for each in ("refund", "report", "collect", "settle"):
    router.add_api_route(f"/pools/{{pool}}/{each}s", claim, methods=["POST"], name=f"{each}_contributions", **ACCEPTED)


@router.get("/submissions")
def list_submissions(
    submissions: Submissions, caller: Caller, cursor: str | None = None, limit: Limit = 20
) -> Page[SubmissionShown]:
    """The caller's submissions, newest first."""
    before = decode_cursor(cursor, int) if cursor is not None else None
    items, following = submissions.page(caller, before, limit)
    return Page(items=items, next=encode_cursor(following) if following is not None else None)


@router.get("/submissions/{submission}")
async def show_submission(
    submission: str, submissions: Submissions, caller: Caller, response: Response, leaving: Leaving, wait: Wait
) -> SubmissionShown:
    """One of the caller's submissions; with `Prefer: wait=20` once the chain has decided it, or 20 s later."""
    # refused before it is waited for
    shown = await run_in_threadpool(submissions.show, caller, submission)
    if wait:
        shown, _ = await outcome(submissions, caller, submission, wait, leaving)
        response.headers["Preference-Applied"] = f"wait={wait:g}"
    return shown
