import pytest

from earnest.core.errors import CoreError
from earnest.core.incentives import refusals as codes
from earnest.core.pool import Contribution, Refusal
from earnest.core.pool.refusal import NEVER, claim_refusal

ANN, BOB = f"0x{0xA0:040x}", f"0x{0xA1:040x}"
WHAT = Contribution(index=3, contributor=ANN, label=1, time=1000, deposit=5)
TIMES = {"index": 3, "timestamp": 1010, "from": 1011, "until": 1020}


@pytest.mark.parametrize(
    ("code", "name", "values"),
    [
        (codes.CLOSED, "ContributionClosed", {"index": 3}),
        (codes.NOT_CONTRIBUTOR, "NotContributor", {"index": 3, "caller": BOB, "contributor": ANN}),
        (codes.OWN_CONTRIBUTION, "OwnContribution", {"index": 3, "caller": BOB}),
        (codes.TOO_EARLY, "TooEarly", TIMES),
        (codes.TOO_LATE, "TooLate", TIMES),
        (codes.NOT_VERIFIED, "NotVerified", {"caller": BOB}),
        (codes.ALREADY_REPORTED, "AlreadyReported", {"index": 3, "caller": BOB}),
        (codes.MODEL_DISAGREES, "ModelDisagrees", {"index": 3, "predicted": 0, "label": 1}),
        (codes.MODEL_AGREES, "ModelAgrees", {"index": 3, "label": 1}),
        (codes.GUARDED, "ClaimGuarded", {"index": 3, "time": 1010}),
        (codes.REPORTS_PAUSED, "ReportsPaused", {"index": 3, "since": 1005}),
    ],
)
def test_claim_refusal_carries_the_contracts_name_and_values(code, name, values):
    refusal = claim_refusal(
        code, WHAT, caller=BOB, now=1010, window=(1011, 1020), predicted=0, last_accepted=1010, paused_since=1005
    )

    assert refusal is not None
    assert (refusal.name, refusal.values) == (name, values)


def test_claim_refusal_of_nothing_is_none():
    assert claim_refusal(codes.OK, WHAT, caller=BOB, now=1010, window=(0, NEVER)) is None


def test_refusal_says_in_one_sentence_what_is_refused():
    refusal = Refusal("TooEarly", **TIMES)

    assert isinstance(refusal, CoreError)
    assert str(refusal) == "The pool refuses this with TooEarly(index 3, timestamp 1010, from 1011, until 1020)."
