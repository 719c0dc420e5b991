"""Values worked out by hand; what the contract answers to the same is in tests/agreement."""

import math

import pytest

from earnest.core.incentives import ledger, prices, refusals
from earnest.core.incentives.self_assessment import SELF_ASSESSMENT

COIN = 10**9
DAY = 86_400
REFUND_WAIT, COLLECT_WAIT = DAY, 9 * DAY
TERMS = SELF_ASSESSMENT.terms(1, 0, REFUND_WAIT, COLLECT_WAIT, 1, 0)
POOL = {"p": TERMS.numbers, "totals": ledger.totals_of(0)}


# REFUSALS: the order of the checks is part of the rule


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"is_open": False, "is_author": False, "now": 0, "agrees": False}, refusals.CLOSED),
        ({"is_author": False, "now": 0, "agrees": False}, refusals.NOT_CONTRIBUTOR),
        ({"now": 1000 + DAY, "agrees": False}, refusals.TOO_EARLY),
        ({"now": 1000 + 9 * DAY + 1, "agrees": False}, refusals.TOO_LATE),
        ({"agrees": False}, refusals.MODEL_DISAGREES),
        ({}, refusals.OK),
        ({"now": 1000 + 9 * DAY}, refusals.OK),
    ],
)
def test_refund_refusal_answers_the_first_check_that_fails(changed, code):
    asked = {"now": 1000 + DAY + 1, "time": 1000, "is_open": True, "is_author": True, "agrees": True} | POOL | changed
    assert SELF_ASSESSMENT.kernels.refund_refusal(**asked) == code


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (
            {"is_open": False, "is_author": True, "now": 0, "verified": 0, "has_reported": True, "agrees": True},
            refusals.CLOSED,
        ),
        ({"is_author": True, "now": 0, "verified": 0, "has_reported": True, "agrees": True}, refusals.OWN_CONTRIBUTION),
        ({"now": 1000 + DAY, "verified": 0, "has_reported": True, "agrees": True}, refusals.TOO_EARLY),
        ({"now": 1000 + 9 * DAY + 1, "verified": 0, "has_reported": True, "agrees": True}, refusals.TOO_LATE),
        ({"verified": 0, "has_reported": True, "agrees": True}, refusals.NOT_VERIFIED),
        ({"has_reported": True, "agrees": True}, refusals.ALREADY_REPORTED),
        ({"agrees": True}, refusals.MODEL_AGREES),
        ({}, refusals.OK),
        ({"now": 1000 + 9 * DAY}, refusals.OK),
    ],
)
def test_report_refusal_answers_the_first_check_that_fails(changed, code):
    asked = {
        "now": 1000 + DAY + 1,
        "time": 1000,
        "is_open": True,
        "is_author": False,
        "verified": 1,
        "has_reported": False,
        "agrees": False,
    }
    assert SELF_ASSESSMENT.kernels.report_refusal(**asked | POOL | changed) == code


@pytest.mark.parametrize(
    ("now", "is_open", "code"),
    [
        (0, False, refusals.CLOSED),
        (1000 + 9 * DAY, True, refusals.TOO_EARLY),
        (1000 + 9 * DAY + 1, True, refusals.OK),
        (10**12, True, refusals.OK),
    ],
)
def test_collect_refusal_answers_the_first_check_that_fails(now, is_open, code):
    assert SELF_ASSESSMENT.kernels.collect_refusal(**POOL, now=now, time=1000, is_open=is_open) == code


@pytest.mark.parametrize(
    ("due", "credit", "value", "escrow", "code"),
    [
        (100, 0, 51, 50, refusals.PAYMENT_TOO_HIGH),
        (100, 0, 50, 50, refusals.PAYMENT_TOO_LOW),
        (100, 49, 50, 49, refusals.PAYMENT_TOO_LOW),
        (100, 50, 50, 50, refusals.OK),
        (100, 100, 0, 100, refusals.OK),
        (1, 0, 100, 0, refusals.OK),
    ],
)
def test_payment_refusal_looks_at_the_ceiling_first(due, credit, value, escrow, code):
    assert ledger.payment_refusal(due, credit, value, escrow, 100) == code


def test_price_refusal_above_the_maximum_only():
    assert ledger.price_refusal(11, 10) == refusals.PRICE_ABOVE_MAXIMUM
    assert ledger.price_refusal(10, 10) == refusals.OK


def test_withdraw_refusal_without_credit():
    assert ledger.withdraw_refusal(0) == refusals.NOTHING_TO_WITHDRAW
    assert ledger.withdraw_refusal(1) == refusals.OK


# PRICE


@pytest.mark.parametrize(
    "n", [*range(300), *(base**2 + d for base in (2**16, 2**31, 2**48, 10**20) for d in (-1, 0, 1))]
)
def test_isqrt_rounds_down(n):
    assert prices.isqrt(n) == math.isqrt(n)


@pytest.mark.parametrize(
    ("elapsed", "coins"),
    # max(1, int(60 / int(sqrt(seconds)))), the published price
    [(1, 60), (3, 60), (4, 30), (8, 30), (9, 20), (600, 2), (900, 2), (961, 1), (3_600, 1), (3_721, 1), (10**9, 1)],
)
def test_decaying_price_in_whole_coins_is_the_published_one(elapsed, coins):
    assert prices.decaying(COIN, COIN, elapsed) == coins * COIN


@pytest.mark.parametrize(
    ("weight", "step", "elapsed", "price"),
    [
        (7, 10, 1, 420),  # 420 is a multiple of the step
        (7, 100, 1, 400),  # 420 rounded down to one
        (7, 100, 16, 100),  # 105
        (7, 100, 25, 100),  # 84: the step is the least
        (7, 1_000, 1, 1_000),  # the step, though above the weight's price
        (1, 1, 10**9, 1),
    ],
)
def test_decaying_price_is_a_multiple_of_the_step_and_at_least_one(weight, step, elapsed, price):
    assert prices.decaying(weight, step, elapsed) == price


def test_fixed_price_is_the_cost_at_any_time():
    assert {prices.fixed(123, 0, elapsed) for elapsed in (1, 60, 10**9)} == {123}


def test_price_is_exact_at_the_largest_amounts():
    weight = ledger.MAX_AMOUNT // 60
    assert prices.decaying(weight, 1, 2) == weight * 60
    assert prices.decaying(1, ledger.MAX_AMOUNT, 1) == ledger.MAX_AMOUNT


@pytest.mark.parametrize(("now", "last", "elapsed"), [(10, 10, 1), (11, 10, 1), (12, 10, 2), (5, 10, 1)])
def test_elapsed_since_is_at_least_a_second(now, last, elapsed):
    assert ledger.elapsed_since(now, last) == elapsed


@pytest.mark.parametrize(("price", "credit", "value"), [(10, 0, 10), (10, 4, 6), (10, 10, 0), (10, 99, 0)])
def test_value_needed_takes_the_credit_first(price, credit, value):
    assert ledger.value_needed(price, credit) == value


# TIME AND SHARES


def test_claim_window_and_collection_follow_each_other_without_a_gap():
    totals = ledger.totals_of(0)
    assert (
        TERMS.refund_window(totals, 1000, 0) == TERMS.report_window(totals, 1000, 0) == (1000 + DAY + 1, 1000 + 9 * DAY)
    )
    assert TERMS.collect_from(totals, 1000, 0) == 1000 + 9 * DAY + 1


@pytest.mark.parametrize(
    ("deposit", "left", "verified", "total", "share"),
    [
        (100, 100, 1, 3, 33),
        (100, 33, 1, 3, 33),
        (100, 32, 1, 3, 32),  # more than is left
        (2, 2, 1, 3, 2),  # floor gives 0: all that is left
        (100, 100, 3, 3, 100),
        (2**96 - 1, 2**96 - 1, 2**64 - 2, 2**64 - 1, 2**96 - 2**32 - 2),
    ],
)
def test_share_rounds_down_and_is_all_that_is_left_where_that_is_0_or_more(deposit, left, verified, total, share):
    assert SELF_ASSESSMENT.kernels.share_rounded_down(TERMS.numbers, deposit, left, verified, total) == share
