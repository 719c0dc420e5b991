"""Twin of `Windows.sol`, and of what `Pool.sol` asks before a claim: who may refund, report and collect, and when.

Refund while refund_wait < age <= collect_wait, report while refund_wait + head_start < age <= collect_wait, collect
afterwards; safeguards change that as they say. In a guarded pool refunds stay open, and collections closed, until an
hour has passed without a contribution. Incentives that share these windows take their functions from here; one with
windows of its own writes functions of its own.
"""

from typing import Any, NamedTuple

from earnest.core.compilable import compilable
from earnest.core.errors import RuleViolation
from earnest.core.incentives.ledger import LAST_ACCEPTED, LONGEST_WAIT, PAUSED, PAUSED_SINCE, RESUMED
from earnest.core.incentives.refusals import (
    ALREADY_REPORTED,
    CLOSED,
    GUARDED,
    MODEL_AGREES,
    MODEL_DISAGREES,
    NOT_CONTRIBUTOR,
    NOT_VERIFIED,
    OK,
    OWN_CONTRIBUTION,
    REPORTS_PAUSED,
    TOO_EARLY,
    TOO_LATE,
)
from earnest.core.parameters import Parameter

#: Waits are uint32 on chain.
MAX_WAIT = 2**32 - 1

REFUND_WAIT = Parameter(
    "refund_wait",
    "whole",
    "how long refunds and reports stay closed",
    0,
    MAX_WAIT,
    "s",
    default=86_400,
    label="wait before refunds",
)
COLLECT_WAIT = Parameter(
    "collect_wait",
    "whole",
    "after how long what is left can be collected",
    1,
    MAX_WAIT,
    "s",
    default=777_600,
    label="wait before collections",
)
HEAD_START = Parameter(
    "head_start",
    "whole",
    "how much longer than refunds reports stay closed",
    0,
    MAX_WAIT,
    "s",
    default=0,
    label="head start of refunds",
)

#: Safeguards, bits of one number; the published rules have none of them (`ClaimRules.sol`). No claim in a second in
#: which a contribution was accepted; anyone may send an author's refund for it; no report while the pool is paused nor
#: in the head start after that, and windows end as much later as it was paused.
GUARD, REFUND_BY_ANYONE, PAUSES_EXTEND = 1, 2, 4
ALL_SAFEGUARDS = GUARD | REFUND_BY_ANYONE | PAUSES_EXTEND

SAFEGUARDS = Parameter(
    "safeguards",
    "choice",
    "what keeps claims from whoever turns the model for a moment: guard (no claim in a second in which a contribution "
    "was accepted), anyone (anyone may send an author's refund), pauses (no report while the pool is paused, and "
    "windows that are longer by it)",
    default="none",
    # by the number that their bits add up to
    choices=("none", "guard", "anyone", "guard+anyone", "pauses", "guard+pauses", "anyone+pauses", "all"),
)


#: Seconds that a guarded pool leaves for reports at least: whoever contributes in each block keeps claims closed.
SHORTEST_WINDOW = 3_600
#: Seconds without a contribution for which refunds stay open in a guarded pool, so that who closes them by contributing
#: in each block cannot collect what it closed.
QUIET = 3_600


def require_order(refund_wait: int, collect_wait: int, head_start: int = 0, safeguards: int = 0) -> None:
    """Refuse windows that no pool may have.

    Raises:
        RuleViolation: they are not in order, or too short or too long for a guarded pool.
    """
    if refund_wait + head_start >= collect_wait:
        ahead = f" and head_start ({head_start} s) together" if head_start else ""
        raise RuleViolation(f"refund_wait ({refund_wait} s){ahead} must be below collect_wait ({collect_wait} s).")
    window = collect_wait - refund_wait - head_start
    if safeguards & GUARD and window < SHORTEST_WINDOW:
        raise RuleViolation(
            f"collect_wait ({collect_wait} s) leaves {window} s for reports; a guarded pool leaves at least "
            f"{SHORTEST_WINDOW} s, since claims wait while contributions come in: raise it."
        )
    if safeguards & GUARD and refund_wait > LONGEST_WAIT:
        raise RuleViolation(
            f"refund_wait ({refund_wait} s) is more than {LONGEST_WAIT} s (366 days), for which a guarded pool keeps a "
            "deposit at most: lower it."
        )


class Windows(NamedTuple):
    """The functions of `base.Kernels` that the waits decide."""

    refund_window: Any
    report_window: Any
    collect_from: Any
    refund_refusal: Any
    report_refusal: Any
    collect_refusal: Any
    guard_refusal: Any


def windows(refund_wait: int, collect_wait: int, safeguards: int, head_start: int) -> Windows:
    """The functions for an incentive that keeps its waits at these places among a pool's numbers.

    The arguments are those of `base.Kernels`.
    """

    @compilable
    def last_second(p: Any, totals: Any, time: int, now: int) -> int:
        """Of refunds and reports; while a pause runs, it moves with `now`."""
        last: int = time + p[collect_wait]
        if p[safeguards] & PAUSES_EXTEND:
            last += totals[PAUSED]
            if totals[PAUSED_SINCE] != 0:
                last += max(0, now - totals[PAUSED_SINCE])
        return last

    @compilable
    def last_refund(p: Any, totals: Any, time: int, now: int) -> int:
        last: int = last_second(p, totals, time, now)
        return max(last, totals[LAST_ACCEPTED] + QUIET) if p[safeguards] & GUARD else last

    @compilable
    def refund_window(p: Any, totals: Any, time: int, now: int) -> tuple[int, int]:
        return time + p[refund_wait] + 1, last_refund(p, totals, time, now)

    @compilable
    def report_window(p: Any, totals: Any, time: int, now: int) -> tuple[int, int]:
        """Of a contribution in a paused pool: as far as is known before the pause ends."""
        first = time + p[refund_wait] + p[head_start] + 1
        if p[safeguards] & PAUSES_EXTEND and totals[RESUMED] != 0:
            first = max(first, totals[RESUMED] + p[head_start] + 1)
        return first, last_second(p, totals, time, now)

    @compilable
    def collect_from(p: Any, totals: Any, time: int, now: int) -> int:
        first: int = last_refund(p, totals, time, now) + 1
        return first

    @compilable
    def guard_refusal(p: Any, totals: Any, now: int) -> int:
        return GUARDED if p[safeguards] & GUARD and now <= totals[LAST_ACCEPTED] else OK

    @compilable
    def refund_refusal(p: Any, totals: Any, now: int, time: int, is_open: bool, is_author: bool, agrees: bool) -> int:
        if not is_open:
            return CLOSED
        if guard_refusal(p, totals, now) != OK:
            return GUARDED
        if not is_author and not p[safeguards] & REFUND_BY_ANYONE:
            return NOT_CONTRIBUTOR
        first, last = refund_window(p, totals, time, now)
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
        if guard_refusal(p, totals, now) != OK:
            return GUARDED
        if is_author:
            return OWN_CONTRIBUTION
        if p[safeguards] & PAUSES_EXTEND and totals[PAUSED_SINCE] != 0:
            return REPORTS_PAUSED
        first, last = report_window(p, totals, time, now)
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
        if guard_refusal(p, totals, now) != OK:
            return GUARDED
        return TOO_EARLY if now < collect_from(p, totals, time, now) else OK

    return Windows(
        refund_window, report_window, collect_from, refund_refusal, report_refusal, collect_refusal, guard_refusal
    )
