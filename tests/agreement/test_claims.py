"""Shares, windows and standing on the contract itself, in numbers that can be worked out by hand."""

import pytest

from earnest.core.incentives.self_assessment import SELF_ASSESSMENT
from earnest.core.models.formats.words import pack_sample
from earnest.core.models.sparse_perceptron import SparsePerceptron
from tests.agreement.evm import address
from tests.agreement.pair import Pair

ANN, BOB, CAT, DAN = (address(0xA0 + number) for number in range(4))
REFUND_WAIT, COLLECT_WAIT = 10, 20
#: Class 1 for word 1, class 0 for word 2, and no single update changes that.
WEIGHTS = [0, 50, -50, 0]
GOOD, BAD = pack_sample([1]), pack_sample([2])


def a_pair(cost: int = 100, leftover_rule: int = 1) -> Pair:
    parameters = SELF_ASSESSMENT.terms(1, leftover_rule, REFUND_WAIT, COLLECT_WAIT, cost, 0)
    return Pair(SparsePerceptron.from_weights(WEIGHTS), parameters)


def with_standing(verified: dict[str, int], cost: int = 100) -> Pair:
    """A pool in which each of these has so many refunded contributions."""
    pair = a_pair(cost)
    for holder, count in verified.items():
        for _ in range(count):
            pair.contribute(holder, GOOD, 1, cost, value=cost)
    pair.now += REFUND_WAIT + 1
    for what in pair.twin.contributions:
        assert pair.refund(what.contributor, what, GOOD)[0] == "done"
    return pair


def bad_contribution(pair: Pair, author: str):
    """A sample labelled against the model, old enough to be reported."""
    cost = pair.twin.price(pair.now)
    _, index = pair.contribute(author, BAD, 1, cost, value=cost)
    pair.now += REFUND_WAIT + 1
    return pair.twin.contributions[index]


# WINDOWS


@pytest.mark.parametrize(
    ("age", "outcome"),
    [(0, "TooEarly"), (10, "TooEarly"), (11, "done"), (20, "done"), (21, "TooLate"), (10**6, "TooLate")],
)
def test_refund_works_from_refund_wait_exclusive_to_collect_wait_inclusive(age, outcome):
    pair = a_pair()
    pair.contribute(ANN, GOOD, 1, 100, value=100)
    pair.now += age
    assert pair.refund(ANN, pair.twin.contributions[0], GOOD)[0] == outcome


@pytest.mark.parametrize(
    ("age", "outcome"),
    [(0, "TooEarly"), (10, "TooEarly"), (11, "done"), (20, "done"), (21, "TooLate"), (10**6, "TooLate")],
)
def test_report_works_from_refund_wait_exclusive_to_collect_wait_inclusive(age, outcome):
    pair = with_standing({BOB: 1})
    what = bad_contribution(pair, ANN)
    pair.now = what.time + age
    assert pair.report(BOB, what, BAD)[0] == outcome


@pytest.mark.parametrize(("age", "outcome"), [(0, "TooEarly"), (20, "TooEarly"), (21, "done"), (10**6, "done")])
def test_collect_works_after_collect_wait_for_good(age, outcome):
    pair = a_pair()
    pair.contribute(ANN, BAD, 1, 100, value=100)
    pair.now += age
    assert pair.collect(BOB, pair.twin.contributions[0], pair.sample_hash(0))[0] == outcome


# SHARES


def test_report_shares_follow_verified_counts_and_round_down():
    pair = with_standing({BOB: 1, CAT: 2})
    what = bad_contribution(pair, ANN)

    assert pair.report(BOB, what, BAD) == ("done", 33)
    assert pair.report(CAT, what, BAD) == ("done", 66)
    assert pair.contract.view("claimable", what.index)[0] == 1
    assert pair.report(BOB, what, BAD)[0] == "AlreadyReported"


def test_report_share_of_nothing_pays_all_that_is_left():
    pair = with_standing({BOB: 1, CAT: 2}, cost=2)
    what = bad_contribution(pair, ANN)

    assert pair.report(BOB, what, BAD) == ("done", 2)
    assert pair.report(CAT, what, BAD)[0] == "ContributionClosed"
    assert pair.contract.view("hasReported", what.index, BOB) is False


def test_report_share_above_what_is_left_pays_all_that_is_left():
    pair = with_standing({BOB: 1, CAT: 1})
    what = bad_contribution(pair, ANN)
    assert pair.report(BOB, what, BAD) == ("done", 50)
    # Cat's share rises to 2 of 3, which is more than the half that is left
    late = bad_contribution(pair, ANN)
    pair.now = what.time + 1
    pair.contribute(CAT, GOOD, 1, 100, value=100)
    pair.now = what.time + REFUND_WAIT + 2
    pair.refund(CAT, pair.twin.contributions[late.index + 1], GOOD)

    assert pair.report(CAT, what, BAD) == ("done", 50)


def test_report_takes_the_counts_as_of_now():
    pair = with_standing({BOB: 1})
    what = bad_contribution(pair, ANN)
    pair.now = what.time
    pair.contribute(CAT, GOOD, 1, 100, value=100)
    pair.now += REFUND_WAIT + 1
    pair.refund(CAT, pair.twin.contributions[what.index + 1], GOOD)

    assert pair.report(BOB, what, BAD) == ("done", 50)


def test_refund_after_a_report_pays_what_is_left_and_verifies():
    pair = with_standing({BOB: 1, CAT: 1})
    what = bad_contribution(pair, ANN)
    assert pair.report(BOB, what, BAD) == ("done", 50)
    for _ in range(60):
        pair.contribute(DAN, BAD, 1, 100, value=100)

    assert pair.refund(ANN, what, BAD) == ("done", 50)
    assert pair.twin.account(ANN) == (50, 1)
    pair.check_everything()


# STANDING


def test_report_without_a_refunded_contribution_is_refused():
    pair = with_standing({BOB: 1})
    what = bad_contribution(pair, ANN)
    assert pair.report(DAN, what, BAD) == ("NotVerified", {"caller": DAN})


def test_report_by_the_author_is_refused_even_after_the_last_window():
    pair = with_standing({ANN: 3})
    what = bad_contribution(pair, ANN)
    for age in (REFUND_WAIT + 1, COLLECT_WAIT + 1):
        pair.now = what.time + age
        assert pair.report(ANN, what, BAD)[0] == "OwnContribution"


def test_collect_gives_no_standing():
    pair = a_pair()
    what = bad_contribution(pair, ANN)
    pair.now += COLLECT_WAIT
    assert pair.collect(BOB, what, pair.sample_hash(0)) == ("done", 100)
    assert pair.twin.account(BOB) == (100, 0)


def test_views_of_unknown_accounts_and_contributions_are_zero():
    pair = a_pair()
    assert pair.contract.view("account", DAN) == (0, 0)
    assert pair.contract.view("claimable", 2**256 - 1) == (0, 0)
    assert pair.contract.view("hasReported", 2**256 - 1, DAN) is False


def test_has_reported_keeps_a_bit_for_each_contribution_over_several_words():
    """256 contributions share a storage word."""
    pair = with_standing({BOB: 1, CAT: 1}, cost=10)
    filling = 254 - len(pair.samples)
    pair.contribute_batch(ANN, [GOOD] * filling, [1] * filling, 10, value=10 * filling)
    pair.contribute_batch(ANN, [BAD] * 4, [1] * 4, 10, value=40)
    pair.now += REFUND_WAIT + 1

    for index in (254, 255, 256):
        assert pair.report(BOB, pair.twin.contributions[index], BAD) == ("done", 5)

    assert [pair.contract.view("hasReported", index, BOB) for index in range(253, 258)] == [
        False,
        True,
        True,
        True,
        False,
    ]
    assert not any(pair.contract.view("hasReported", index, BOB) for index in (0, 1, 510, 511, 512))
    assert not any(pair.contract.view("hasReported", index, CAT) for index in range(253, 258))
