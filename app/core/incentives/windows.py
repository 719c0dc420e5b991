"""Twin of `Windows.sol`, and of what `Pool.sol` asks before a claim: who may refund, report and collect, and when.

Refund and report while refund_wait < age <= collect_wait, collect afterwards. Incentives that share these windows take
their functions from here; one with windows of its own writes functions of its own.
"""

from typing import Any, NamedTuple

from earnest.core.compilable import compilable
from earnest.core.errors import RuleViolation
from earnest.core.incentives.refusals import (
    ALREADY_REPORTED,
    CLOSED,
    MODEL_AGREES,
    MODEL_DISAGREES,
    NOT_CONTRIBUTOR,
    NOT_VERIFIED,
    OK,
    OWN_CONTRIBUTION,
    TOO_EARLY,
    TOO_LATE,
)
from earnest.core.parameters import Parameter

#: Waits are uint32 on chain.
MAX_WAIT = 2**32 - 1

REFUND_WAIT = Parameter(
    "refund_wait", "whole", "how long refunds and reports stay closed", 0, MAX_WAIT, "s", default=86_400
)
COLLECT_WAIT = Parameter(
    "collect_wait", "whole", "after how long what is left can be collected", 1, MAX_WAIT, "s", default=777_600
)


def require_order(refund_wait: int, collect_wait: int) -> None:
    """Refuse windows that no pool may have.

    Raises:
        RuleViolation: they are not in order.
    """
    if refund_wait >= collect_wait:
        raise RuleViolation(f"refund_wait ({refund_wait} s) must be below collect_wait ({collect_wait} s).")


class Windows(NamedTuple):
    """The functions of `base.Kernels` that the waits decide."""

    refund_window: Any
    report_window: Any
    collect_from: Any
    refund_refusal: Any
    report_refusal: Any
    collect_refusal: Any


def windows(refund_wait: int, collect_wait: int) -> Windows:
    """The functions for an incentive that keeps its waits at these places among a pool's numbers.

    The arguments are those of `base.Kernels`.
    """

    @compilable
    def claim_window(p: Any, totals: Any, time: int, now: int) -> tuple[int, int]:
        return time + p[refund_wait] + 1, time + p[collect_wait]

    @compilable
    def collect_from(p: Any, totals: Any, time: int, now: int) -> int:
        first: int = time + p[collect_wait] + 1
        return first

    @compilable
    def refund_refusal(p: Any, totals: Any, now: int, time: int, is_open: bool, is_author: bool, agrees: bool) -> int:
        if not is_open:
            return CLOSED
        if not is_author:
            return NOT_CONTRIBUTOR
        first, last = claim_window(p, totals, time, now)
        if now < first:
            return TOO_EARLY
        if now > last:
            return TOO_LATE
        return OK if agrees else MODEL_DISAGREES

    @compilable
    def report_refusal(
        p: Any,
        totals: Any,
        now: int,
        time: int,
        is_open: bool,
        is_author: bool,
        verified: int,
        has_reported: bool,
        agrees: bool,
    ) -> int:
        if not is_open:
            return CLOSED
        if is_author:
            return OWN_CONTRIBUTION
        first, last = claim_window(p, totals, time, now)
        if now < first:
            return TOO_EARLY
        if now > last:
            return TOO_LATE
        if verified == 0:
            return NOT_VERIFIED
        if has_reported:
            return ALREADY_REPORTED
        return MODEL_AGREES if agrees else OK

    @compilable
    def collect_refusal(p: Any, totals: Any, now: int, time: int, is_open: bool) -> int:
        if not is_open:
            return CLOSED
        return TOO_EARLY if now < collect_from(p, totals, time, now) else OK

    return Windows(claim_window, claim_window, collect_from, refund_refusal, report_refusal, collect_refusal)
