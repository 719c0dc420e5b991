"""What safeguards refuse and allow, on the contract and its twin, in numbers that can be worked out by hand."""

import pytest

from earnest.core.incentives.points import POINTS
from earnest.core.incentives.self_assessment import LEFTOVER_BURN, PRICE_FIXED, SELF_ASSESSMENT
from earnest.core.incentives.windows import ALL_SAFEGUARDS, GUARD, PAUSES_EXTEND, QUIET, REFUND_BY_ANYONE
from earnest.core.models.formats.words import pack_sample
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.core.pool import Contribution
from earnest.core.pool.events import Paused, Unpaused
from tests.agreement.contracts import DEPLOYER
from tests.agreement.evm import address
from tests.agreement.pair import Pair

ANN, BOB, CAT = (address(0xA0 + number) for number in range(3))
REFUND_WAIT, HEAD_START, COLLECT_WAIT, COST = 10, 4, 4_000, 100
#: Class 1 for word 1, class 0 for word 2, and no single update changes that.
WEIGHTS = [0, 50, -50, 0]
GOOD, BAD = pack_sample([1]), pack_sample([2])


def a_pair(safeguards: int, head_start: int = HEAD_START, *, moves_money: bool = True) -> Pair:
    """A pool in which Bob has standing, at a time when nothing was accepted."""
    terms = POINTS.terms(REFUND_WAIT, COLLECT_WAIT, safeguards, head_start)
    if moves_money:
        money = (PRICE_FIXED, LEFTOVER_BURN, REFUND_WAIT, COLLECT_WAIT, COST, 0)
        terms = SELF_ASSESSMENT.terms(*money, safeguards, head_start)
    pair = Pair(SparsePerceptron.from_weights(WEIGHTS), terms)
    what = submit(pair, BOB, GOOD)
    pair.now += REFUND_WAIT + 1
    assert pair.refund(BOB, what, GOOD)[0] == "done"
    pair.now += 1
    return pair


def submit(pair: Pair, who: str, sample: bytes) -> Contribution:
    """A contribution with label 1: a good sample's is right, a bad one's wrong."""
    price = pair.twin.price(pair.now)
    _, index = pair.contribute(who, sample, 1, price, value=price)
    return pair.twin.contributions[index]


def commit(pair: Pair, who: str, samples: list[bytes]) -> list[Contribution]:
    price = pair.twin.price(pair.now) * len(samples)
    _, first = pair.commit_batch(who, samples, [1] * len(samples), 2**256 - 1, value=price)
    return pair.twin.contributions[first:]


def claim(pair: Pair, verb: str, who: str, what: Contribution) -> tuple[str, object]:
    """`refund`, `report` or `collect`, from wherever the contribution is."""
    sample = pair.samples[what.index]
    known = pair.sample_hash(what.index) if verb == "collect" else sample
    first = pair.twin.batch_of(what.index)
    if first is None:
        return getattr(pair, verb)(who, what, known)
    proof = pair.twin.batch_proof(first, pair.batches[first], what.index)
    return pair.claim_from_batch(verb, who, what, known, first, proof)


# THE GUARD


@pytest.mark.parametrize("committed", [False, True], ids=["slots", "batch"])
@pytest.mark.parametrize("moves_money", [True, False], ids=["money", "points"])
@pytest.mark.parametrize(("verb", "wait"), [("refund", REFUND_WAIT), ("report", 14), ("collect", COLLECT_WAIT)])
def test_guard_refuses_every_claim_in_the_second_of_an_acceptance_and_none_in_the_next(
    verb, wait, moves_money, committed
):
    pair = a_pair(GUARD, moves_money=moves_money)
    sample = BAD if verb == "report" else GOOD
    what = commit(pair, ANN, [GOOD, sample])[1] if committed else submit(pair, ANN, sample)
    pair.now += wait + 1
    submit(pair, CAT, GOOD)
    by = ANN if verb == "refund" else BOB
    assert claim(pair, verb, by, what) == ("ClaimGuarded", {"index": what.index, "time": pair.now})
    pair.now += 1
    if verb == "collect":
        # not before an hour without a contribution is over
        quiet = pair.now - 1 + QUIET
        early = {"index": what.index, "timestamp": quiet, "from": quiet + 1, "until": 2**256 - 1}
        pair.now = quiet
        assert claim(pair, verb, by, what) == ("TooEarly", early)
        pair.now += 1
    assert claim(pair, verb, by, what)[0] == "done"


@pytest.mark.parametrize("committed", [False, True], ids=["slots", "batch"])
def test_guard_keeps_refunds_open_for_an_hour_after_a_contribution(committed):
    pair = a_pair(GUARD)
    first, second, third = (
        commit(pair, ANN, [GOOD, GOOD, GOOD]) if committed else [submit(pair, ANN, GOOD) for _ in range(3)]
    )
    made = pair.now
    pair.now += COLLECT_WAIT
    submit(pair, CAT, GOOD)
    late = pair.now + QUIET
    pair.now += 1
    assert claim(pair, "refund", ANN, first)[0] == "done"
    pair.now = late
    assert claim(pair, "refund", ANN, second)[0] == "done"
    pair.now += 1
    times = {"index": third.index, "timestamp": late + 1, "from": made + REFUND_WAIT + 1, "until": late}
    assert claim(pair, "refund", ANN, third) == ("TooLate", times)
    assert claim(pair, "collect", BOB, third)[0] == "done"


def test_guard_lets_a_withdrawal_and_other_contributions_through():
    pair = a_pair(GUARD)
    submit(pair, CAT, GOOD)
    submit(pair, CAT, GOOD)
    assert pair.withdraw(BOB) == ("done", COST)


def test_guard_is_asked_after_what_is_closed_and_before_who_asks():
    pair = a_pair(GUARD)
    what = submit(pair, ANN, GOOD)
    assert claim(pair, "refund", BOB, pair.twin.contributions[0])[0] == "ContributionClosed"
    assert claim(pair, "refund", BOB, what)[0] == "ClaimGuarded"
    pair.now += 1
    assert claim(pair, "refund", BOB, what)[0] == "NotContributor"


def test_guard_refuses_claims_of_a_clock_that_ran_back():
    pair = a_pair(GUARD)
    what = submit(pair, ANN, GOOD)
    pair.now += REFUND_WAIT + 1
    accepted = pair.now
    submit(pair, CAT, GOOD)
    pair.now -= 1
    assert claim(pair, "refund", ANN, what) == ("ClaimGuarded", {"index": what.index, "time": accepted})


def test_without_the_guard_a_claim_follows_an_acceptance_in_its_second():
    pair = a_pair(ALL_SAFEGUARDS - GUARD)
    what = submit(pair, ANN, GOOD)
    pair.now += REFUND_WAIT + 1
    submit(pair, CAT, GOOD)
    assert claim(pair, "refund", ANN, what)[0] == "done"


# THE HEAD START


@pytest.mark.parametrize("committed", [False, True], ids=["slots", "batch"])
@pytest.mark.parametrize(
    ("age", "outcome"),
    [(10, "TooEarly"), (11, "TooEarly"), (14, "TooEarly"), (15, "done"), (4_000, "done"), (4_001, "TooLate")],
)
def test_reports_open_a_head_start_after_refunds(age, outcome, committed):
    pair = a_pair(0)
    what = commit(pair, ANN, [BAD])[0] if committed else submit(pair, ANN, BAD)
    pair.now += age
    assert claim(pair, "report", BOB, what)[0] == outcome


@pytest.mark.parametrize(("age", "outcome"), [(10, "TooEarly"), (11, "done"), (14, "done"), (4_000, "done")])
def test_refunds_do_not_wait_for_the_head_start(age, outcome):
    pair = a_pair(0)
    what = submit(pair, ANN, GOOD)
    pair.now += age
    assert claim(pair, "refund", ANN, what)[0] == outcome


# REFUNDS BY ANYONE


@pytest.mark.parametrize("committed", [False, True], ids=["slots", "batch"])
@pytest.mark.parametrize("moves_money", [True, False], ids=["money", "points"])
def test_anyone_may_refund_for_the_author_who_is_credited_and_verified(moves_money, committed):
    pair = a_pair(REFUND_BY_ANYONE, moves_money=moves_money)
    what = commit(pair, ANN, [GOOD])[0] if committed else submit(pair, ANN, GOOD)
    pair.now += REFUND_WAIT + 1
    assert claim(pair, "refund", CAT, what) == ("done", what.deposit)
    assert pair.twin.account(ANN) == (what.deposit, 1)
    assert pair.twin.account(CAT) == (0, 0)
    assert pair.twin.events[-1].contributor == ANN
    pair.check_everything()


def test_without_that_safeguard_nobody_else_may_refund():
    pair = a_pair(ALL_SAFEGUARDS - REFUND_BY_ANYONE)
    what = submit(pair, ANN, GOOD)
    pair.now += REFUND_WAIT + 1
    refused = ("NotContributor", {"index": what.index, "caller": CAT, "contributor": ANN})
    assert claim(pair, "refund", CAT, what) == refused


def test_refunds_by_anyone_ask_the_model_and_the_clock_all_the_same():
    pair = a_pair(REFUND_BY_ANYONE)
    good, bad = submit(pair, ANN, GOOD), submit(pair, ANN, BAD)
    assert claim(pair, "refund", CAT, good)[0] == "TooEarly"
    pair.now += REFUND_WAIT + 1
    assert claim(pair, "refund", CAT, bad)[0] == "ModelDisagrees"


# PAUSES


def pause(pair: Pair) -> None:
    assert pair.owner_verb("pause", DEPLOYER)[0] == "done"


def unpause(pair: Pair) -> None:
    assert pair.owner_verb("unpause", DEPLOYER)[0] == "done"


@pytest.mark.parametrize("safeguards", [0, PAUSES_EXTEND])
def test_pauses_are_announced_once_and_not_begun_anew(safeguards):
    pair = a_pair(safeguards)
    unpause(pair)
    assert pair.twin.pauses() == (0, 0, 0)
    since = pair.now
    pause(pair)
    pair.now += 5
    pause(pair)
    assert pair.twin.pauses() == (since, 0, 0)
    unpause(pair)
    pair.now += 1
    unpause(pair)
    assert pair.twin.pauses() == (0, since + 5, 5)
    pause(pair)
    pair.now += 2
    assert pair.twin.pauses() == (since + 6, since + 5, 5)
    unpause(pair)
    assert pair.twin.pauses() == (0, since + 8, 7)
    kinds = [type(event) for event in pair.twin.events if isinstance(event, Paused | Unpaused)]
    assert kinds == [Paused, Unpaused, Paused, Unpaused]


@pytest.mark.parametrize("committed", [False, True], ids=["slots", "batch"])
def test_no_report_while_paused_nor_in_the_head_start_after_it(committed):
    pair = a_pair(PAUSES_EXTEND)
    what = commit(pair, ANN, [BAD])[0] if committed else submit(pair, ANN, BAD)
    pair.now += REFUND_WAIT + HEAD_START + 1
    since = pair.now
    pause(pair)
    assert claim(pair, "report", BOB, what) == ("ReportsPaused", {"index": what.index, "since": since})
    pair.now += 3
    assert claim(pair, "report", BOB, what)[0] == "ReportsPaused"
    unpause(pair)
    resumed = pair.now
    for seconds in (0, 1, HEAD_START):
        pair.now = resumed + seconds
        times = {"timestamp": pair.now, "from": resumed + HEAD_START + 1, "until": what.time + COLLECT_WAIT + 3}
        assert claim(pair, "report", BOB, what) == ("TooEarly", {"index": what.index} | times)
    pair.now = resumed + HEAD_START + 1
    assert claim(pair, "report", BOB, what)[0] == "done"


def test_without_a_head_start_reports_wait_for_the_second_after_a_pause():
    pair = a_pair(PAUSES_EXTEND, 0)
    what = submit(pair, ANN, BAD)
    pair.now += REFUND_WAIT + 1
    pause(pair)
    unpause(pair)
    assert claim(pair, "report", BOB, what)[0] == "TooEarly"
    pair.now += 1
    assert claim(pair, "report", BOB, what)[0] == "done"


def test_an_authors_own_report_is_refused_as_such_in_a_paused_pool():
    pair = a_pair(PAUSES_EXTEND)
    what = submit(pair, BOB, BAD)
    pause(pair)
    assert claim(pair, "report", BOB, what)[0] == "OwnContribution"


@pytest.mark.parametrize("running", [False, True], ids=["ended", "running"])
@pytest.mark.parametrize("committed", [False, True], ids=["slots", "batch"])
def test_refunds_end_and_collections_begin_later_by_the_seconds_of_all_pauses(committed, running):
    pair = a_pair(PAUSES_EXTEND)
    refunded, left = commit(pair, ANN, [GOOD, GOOD]) if committed else [submit(pair, ANN, GOOD) for _ in range(2)]
    pair.now += 1
    pause(pair)
    pair.now += 7
    unpause(pair)
    last = refunded.time + COLLECT_WAIT + 7
    if running:
        pair.now = last - 5
        pause(pair)
        pair.now = last + 40
        # the running one counts too, so the window stays as far off as it was
        assert claim(pair, "collect", BOB, left)[0] == "TooEarly"
        assert claim(pair, "refund", ANN, refunded)[0] == "done"
        unpause(pair)
        last += 45
    else:
        pair.now = last
        assert claim(pair, "collect", BOB, left)[0] == "TooEarly"
        assert claim(pair, "refund", ANN, refunded)[0] == "done"
    pair.now = last + 1
    assert claim(pair, "refund", ANN, left)[0] == "TooLate"
    assert claim(pair, "collect", BOB, left)[0] == "done"


def test_a_pause_that_ended_before_a_contribution_makes_its_window_longer_too():
    """The pool's total counts, not what a contribution lived through: never shorter, at worst longer."""
    pair = a_pair(PAUSES_EXTEND)
    pause(pair)
    pair.now += 100
    unpause(pair)
    what = submit(pair, ANN, GOOD)
    pair.now += COLLECT_WAIT + 100
    assert claim(pair, "collect", BOB, what)[0] == "TooEarly"
    assert claim(pair, "refund", ANN, what)[0] == "done"


def test_without_that_safeguard_windows_and_reports_go_on_in_a_paused_pool():
    pair = a_pair(ALL_SAFEGUARDS - PAUSES_EXTEND)
    bad, left = submit(pair, ANN, BAD), submit(pair, ANN, GOOD)
    pause(pair)
    pair.now += REFUND_WAIT + HEAD_START + 1
    assert claim(pair, "report", BOB, bad)[0] == "done"
    pair.now = left.time + COLLECT_WAIT + 1
    assert claim(pair, "collect", BOB, left)[0] == "done"


def test_a_pause_on_a_clock_that_runs_back_lasts_no_time():
    pair = a_pair(PAUSES_EXTEND)
    what = submit(pair, ANN, GOOD)
    pause(pair)
    pair.now -= 5
    unpause(pair)
    assert pair.twin.pauses()[2] == 0
    pair.now = what.time + COLLECT_WAIT
    assert claim(pair, "refund", ANN, what)[0] == "done"
