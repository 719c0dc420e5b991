"""What can be done with a contribution, by the rules' own functions."""

from earnest.contributions.schemas import Action
from earnest.core.incentives import refusals
from earnest.core.incentives.base import Terms
from earnest.core.incentives.ledger import totals_of
from earnest.db.tables import Contribution
from earnest.sync.projection import OPEN

_REASONS = {
    refusals.OK: None,
    refusals.TOO_EARLY: "too early",
    refusals.TOO_LATE: "too late",
    refusals.MODEL_DISAGREES: "the model disagrees with the label now",
    refusals.MODEL_AGREES: "the model agrees with the label now",
    refusals.GUARDED: "a contribution was accepted in this second",
    refusals.REPORTS_PAUSED: "the pool is paused",
}


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
