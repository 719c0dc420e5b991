"""What can be done with a contribution, by the rules' own functions."""

from earnest.contributions.schemas import Action
from earnest.core.incentives import self_assessment
from earnest.db.tables import Contribution
from earnest.pools.service import Rules
from earnest.sync.projection import OPEN

_REASONS = {
    self_assessment.OK: None,
    self_assessment.TOO_EARLY: "too early",
    self_assessment.TOO_LATE: "too late",
    self_assessment.MODEL_DISAGREES: "the model disagrees with the label now",
    self_assessment.MODEL_AGREES: "the model agrees with the label now",
}


def actions(rules: Rules, row: Contribution, now: int, *, agrees: bool) -> list[Action]:
    """What can still be done with a contribution, by the rules' own functions; nothing once it is closed."""
    if row.status != OPEN:
        return []
    windows = (rules.refund_wait, rules.collect_wait)
    since, until = self_assessment.claim_window(row.time, *windows)
    refund = self_assessment.refund_refusal(now, row.time, *windows, True, True, agrees)
    # asked for a reporter with standing that has not reported it
    report = self_assessment.report_refusal(now, row.time, *windows, True, False, 1, False, agrees)
    collect = self_assessment.collect_refusal(now, row.time, rules.collect_wait, True)
    found = []
    if now <= until:
        found += [
            Action(
                verb="refund",
                by="contributor",
                since=since,
                until=until,
                open=refund == self_assessment.OK,
                amount=row.claimable,
                reason=_REASONS[refund],
            ),
            Action(
                verb="report",
                by="verified others",
                since=since,
                until=until,
                open=report == self_assessment.OK,
                amount=None,
                reason=_REASONS[report],
            ),
        ]
    found.append(
        Action(
            verb="collect",
            by="anyone",
            since=self_assessment.collect_from(row.time, rules.collect_wait),
            until=None,
            open=collect == self_assessment.OK,
            amount=0 if rules.parameters.burns_leftover else row.claimable,
            reason=_REASONS[collect],
        )
    )
    return found
