"""Waiting for what becomes of a submission, without a thread."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from starlette.concurrency import run_in_threadpool

from earnest.submissions.schemas import SubmissionShown
from earnest.submissions.service import SubmissionService

#: Statuses of submissions that the chain has not decided.
UNDECIDED = ("prepared", "sent")
#: Seconds between two looks at one that is under way elsewhere, and at whether the service is about to end.
LOOK_SECONDS = 0.5
#: Seconds in which the tables take in the block of what was confirmed, and between two looks at them.
TABLES_PATIENCE, TABLES_LOOK = 10.0, 0.02


async def outcome(
    submissions: SubmissionService, account: str, submission_id: str, seconds: float, leaving: Callable[[], bool]
) -> tuple[SubmissionShown, bool]:
    """A submission once the chain has decided it and the tables have what it did, or as it is when time is up.

    Args:
        submissions: queues and shows.
        account: whose it is.
        submission_id: which.
        seconds: how long to wait at most; 0 for not at all.
        leaving: whether the service is about to end; then nothing is waited for.

    Returns:
        the submission, and whether the chain has decided every item.
    """
    until = time.monotonic() + seconds
    shown = await run_in_threadpool(submissions.show, account, submission_id)
    while shown.status in UNDECIDED and time.monotonic() < until and not leaving():
        await _driven(submissions, shown, min(until, time.monotonic() + LOOK_SECONDS))
        shown = await run_in_threadpool(submissions.show, account, submission_id)
    decided = shown.status not in UNDECIDED
    until = time.monotonic() + TABLES_PATIENCE
    while decided and seconds and not submissions.is_in_tables(shown) and time.monotonic() < until and not leaving():
        await asyncio.sleep(TABLES_LOOK)
    return shown, decided


async def _driven(submissions: SubmissionService, shown: SubmissionShown, until: float) -> None:
    """Return when a submission was driven as far as it goes, or at a time."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def wake(_: object) -> None:
        # whoever waited may be gone, and its loop with it
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(done.set)

    begun = time.monotonic()
    submissions.sending(shown.account, shown.id).add_done_callback(wake)
    with suppress(TimeoutError):
        async with asyncio.timeout(max(0.0, until - time.monotonic())):
            await done.wait()
    if time.monotonic() - begun < TABLES_LOOK:
        # driven to its end at once, and not decided: the chain is silent
        await asyncio.sleep(min(LOOK_SECONDS, max(0.0, until - time.monotonic())))
