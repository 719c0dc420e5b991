"""What can be done with a contribution, by the rules' own functions."""

from bisect import bisect_left

from earnest.contributions.schemas import Action, SealedFacts
from earnest.core.incentives import refusals
from earnest.core.incentives.base import Terms
from earnest.core.incentives.ledger import totals_of
from earnest.core.incentives.sealed import AT_RISK, CASES
from earnest.db.tables import Contribution
from earnest.sync.projection import EXPIRED, OPEN, SETTLED

_REASONS = {
    refusals.OK: None,
    refusals.TOO_EARLY: "too early",
    refusals.TOO_LATE: "too late",
    refusals.MODEL_DISAGREES: "the model disagrees with the label now",
    refusals.MODEL_AGREES: "the model agrees with the label now",
    refusals.GUARDED: "a contribution was accepted in this second",
    refusals.REPORTS_PAUSED: "the pool is paused",
    refusals.TOO_FEW_SEALS: "too few seals since it was made",
    refusals.EXPIRED: "its last epoch is over, and the next seal takes it",
    refusals.JUDGE_DISAGREES: "the judge disagrees with the label, and its author has too little standing",
}


def oldest_waiting(terms: Terms, now: int, totals: list[int], *, for_reports: bool = False) -> int:
    """The time of the oldest contribution that its author could still have back, in seconds; above `now` where none is.

    Windows end in the order in which they began. O(log now).

    Args:
        terms: the pool's.
        now: chain time.
        totals: the pool's, as `ledger.totals_of`.
        for_reports: that others could still report, instead.
    """
    window = terms.report_window if for_reports else terms.refund_window
    return bisect_left(range(now + 1), True, key=lambda time: window(totals, time, now)[1] >= now)


def actions(terms: Terms, row: Contribution, now: int, totals: list[int], *, agrees: bool) -> list[Action]:
    """What can still be done with a contribution, by the rules' own functions; nothing once it is closed.

    Args:
        terms: the pool's.
        row: the contribution.
        now: chain time.
        totals: the pool's, as `ledger.totals_of`.
        agrees: whether the model predicts the label now.
    """
    if row.status != OPEN:
        return []
    kernels, p = terms.incentive.claims, terms.numbers
    refunds = terms.refund_window(totals, row.time, now)
    reports = terms.report_window(totals, row.time, now)
    refund = kernels.refund_refusal(p, totals, now, row.time, True, True, agrees)
    # asked for somebody else, of a contribution that its author could refund
    by_anyone = kernels.refund_refusal(p, totals_of(0), now, row.time, True, False, True) != refusals.NOT_CONTRIBUTOR
    # asked for a reporter with standing that has not reported it
    report = kernels.report_refusal(p, totals, now, row.time, True, False, 1, False, agrees)
    collect = kernels.collect_refusal(p, totals, now, row.time, True)
    found = []
    if now <= refunds[1]:
        found += [
            Action(
                verb="refund",
                by="anyone" if by_anyone else "contributor",
                since=refunds[0],
                until=refunds[1],
                open=refund == refusals.OK,
                amount=row.claimable,
                reason=_REASONS[refund],
            ),
            Action(
                verb="report",
                by="verified others",
                since=reports[0],
                until=reports[1],
                open=report == refusals.OK,
                amount=None,
                reason=_REASONS[report],
            ),
        ]
    found.append(
        Action(
            verb="collect",
            by="anyone",
            since=terms.collect_from(totals, row.time, now),
            until=None,
            open=collect == refusals.OK,
            amount=0 if terms.burns_leftover else row.claimable,
            reason=_REASONS[collect],
        )
    )
    return found


def settling(terms: Terms, row: Contribution, epoch: int, standing: int, *, agrees: bool) -> list[Action]:
    """The same of a contribution whose judge is sealed.

    Args:
        terms: the pool's.
        row: the contribution.
        epoch: seals so far.
        standing: its author's now.
        agrees: whether the judge agrees with the label now.
    """
    if row.status != OPEN:
        return []
    made, case = row.epoch or 0, row.outcome or 0
    code = _settle_code(terms, row, epoch, standing, agrees=agrees)
    return [
        Action(
            verb="settle",
            by="contributor",
            since=None,
            until=None,
            from_epoch=made + terms["wait_seals"],
            until_epoch=made + terms["risk_seals"] if case == AT_RISK else None,
            open=code == refusals.OK,
            amount=row.claimable,
            reason=_REASONS[code],
        )
    ]


def sealed_facts(terms: Terms, row: Contribution, epoch: int) -> SealedFacts | None:
    """What a contribution is where the judge is sealed; None elsewhere."""
    if row.outcome is None:
        return None
    waits = _settle_code(terms, row, epoch, 0, agrees=True) == refusals.TOO_FEW_SEALS
    state = row.status if row.status in (SETTLED, EXPIRED) else "waiting" if waits else "due"
    return SealedFacts(case=CASES[row.outcome], epoch=row.epoch, state=state, standing=row.standing)


def _settle_code(terms: Terms, row: Contribution, epoch: int, standing: int, *, agrees: bool) -> int:
    kernels, p = terms.incentive.sealed, terms.numbers
    return kernels.settle_refusal(p, epoch, row.epoch or 0, row.outcome or 0, True, True, agrees, standing)
