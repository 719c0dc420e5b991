"""Which contributions can still be had back, by the rules' own windows."""

import pytest

from earnest.contributions.actions import oldest_waiting
from earnest.core.incentives import refusals
from earnest.core.incentives.ledger import totals_of
from earnest.core.incentives.self_assessment import LEFTOVER_BURN, PRICE_FIXED, SELF_ASSESSMENT
from earnest.core.incentives.windows import ALL_SAFEGUARDS, QUIET

START, WAIT, END = 1_000_000, 600, 9_000
NOW = START + 20_000


@pytest.mark.parametrize("safeguards", [0, ALL_SAFEGUARDS])
@pytest.mark.parametrize("newest", [NOW - QUIET - 1, NOW - QUIET, NOW - 1], ids=["quiet", "quiet in a second", "busy"])
@pytest.mark.parametrize("pauses", [(0, 0, 0), (0, NOW - 500, 1_000), (NOW - 2_000, 0, 0)], ids=["no", "was", "is"])
def test_oldest_that_can_be_had_back_is_the_first_that_is_not_too_late(safeguards: int, newest: int, pauses):
    terms = SELF_ASSESSMENT.terms(PRICE_FIXED, LEFTOVER_BURN, WAIT, END, 10**6, 0, safeguards, 0)
    totals = totals_of(newest, pauses)

    def is_over(time: int) -> bool:
        asked = terms.incentive.claims.refund_refusal(terms.numbers, totals, NOW, time, True, True, True)
        return bool(asked == refusals.TOO_LATE)

    found = oldest_waiting(terms, NOW, totals)
    assert not is_over(found)
    assert found == 0 or is_over(found - 1)
    # reports end when they end, whatever comes in
    last = oldest_waiting(terms, NOW, totals, for_reports=True)
    assert [terms.report_window(totals, time, NOW)[1] >= NOW for time in (last - 1, last)] == [False, True]
    # contributions that go on keep those waiting whose windows ended long ago
    assert (found == 0) is (bool(safeguards) and newest >= NOW - QUIET)
