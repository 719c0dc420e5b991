"""Values worked out by hand; what the contract answers to the same is in tests/agreement."""

import math

import pytest

from earnest.core.incentives import self_assessment as rules

COIN = 10**9
DAY = 86_400
REFUND_WAIT, COLLECT_WAIT = DAY, 9 * DAY
WAITS = {"refund_wait": REFUND_WAIT, "collect_wait": COLLECT_WAIT}


# REFUSALS: the order of the checks is part of the rule


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"claimable": 0, "is_author": False, "now": 0, "agrees": False}, rules.CLOSED),
        ({"is_author": False, "now": 0, "agrees": False}, rules.NOT_CONTRIBUTOR),
        ({"now": 1000 + DAY, "agrees": False}, rules.TOO_EARLY),
        ({"now": 1000 + 9 * DAY + 1, "agrees": False}, rules.TOO_LATE),
        ({"agrees": False}, rules.MODEL_DISAGREES),
        ({}, rules.OK),
        ({"now": 1000 + 9 * DAY}, rules.OK),
    ],
)
def test_refund_refusal_answers_the_first_check_that_fails(changed, code):
    asked = {"now": 1000 + DAY + 1, "time": 1000, "claimable": 5, "is_author": True, "agrees": True} | WAITS | changed
    assert rules.refund_refusal(**asked) == code


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (
            {"claimable": 0, "is_author": True, "now": 0, "verified": 0, "has_reported": True, "agrees": True},
            rules.CLOSED,
        ),
        ({"is_author": True, "now": 0, "verified": 0, "has_reported": True, "agrees": True}, rules.OWN_CONTRIBUTION),
        ({"now": 1000 + DAY, "verified": 0, "has_reported": True, "agrees": True}, rules.TOO_EARLY),
        ({"now": 1000 + 9 * DAY + 1, "verified": 0, "has_reported": True, "agrees": True}, rules.TOO_LATE),
        ({"verified": 0, "has_reported": True, "agrees": True}, rules.NOT_VERIFIED),
        ({"has_reported": True, "agrees": True}, rules.ALREADY_REPORTED),
        ({"agrees": True}, rules.MODEL_AGREES),
        ({}, rules.OK),
        ({"now": 1000 + 9 * DAY}, rules.OK),
    ],
)
def test_report_refusal_answers_the_first_check_that_fails(changed, code):
    asked = {
        "now": 1000 + DAY + 1,
        "time": 1000,
        "claimable": 5,
        "is_author": False,
        "verified": 1,
        "has_reported": False,
        "agrees": False,
    }
    assert rules.report_refusal(**asked | WAITS | changed) == code


@pytest.mark.parametrize(
    ("now", "claimable", "code"),
    [
        (0, 0, rules.CLOSED),
        (1000 + 9 * DAY, 5, rules.TOO_EARLY),
        (1000 + 9 * DAY + 1, 5, rules.OK),
        (10**12, 5, rules.OK),
    ],
)
def test_collect_refusal_answers_the_first_check_that_fails(now, claimable, code):
    assert rules.collect_refusal(now, 1000, COLLECT_WAIT, claimable) == code


@pytest.mark.parametrize(
    ("due", "credit", "value", "escrow", "code"),
    [
        (100, 0, 51, 50, rules.PAYMENT_TOO_HIGH),
        (100, 0, 50, 50, rules.PAYMENT_TOO_LOW),
        (100, 49, 50, 49, rules.PAYMENT_TOO_LOW),
        (100, 50, 50, 50, rules.OK),
        (100, 100, 0, 100, rules.OK),
        (1, 0, 100, 0, rules.OK),
    ],
)
def test_payment_refusal_looks_at_the_ceiling_first(due, credit, value, escrow, code):
    assert rules.payment_refusal(due, credit, value, escrow, 100) == code


def test_price_refusal_above_the_maximum_only():
    assert rules.price_refusal(11, 10) == rules.PRICE_ABOVE_MAXIMUM
    assert rules.price_refusal(10, 10) == rules.OK


def test_withdraw_refusal_without_credit():
    assert rules.withdraw_refusal(0) == rules.NOTHING_TO_WITHDRAW
    assert rules.withdraw_refusal(1) == rules.OK


# PRICE


@pytest.mark.parametrize(
    "n", [*range(300), *(base**2 + d for base in (2**16, 2**31, 2**48, 10**20) for d in (-1, 0, 1))]
)
def test_isqrt_rounds_down(n):
    assert rules.isqrt(n) == math.isqrt(n)


@pytest.mark.parametrize(
    ("elapsed", "coins"),
    # max(1, int(60 / int(sqrt(seconds)))), the published price
    [(1, 60), (3, 60), (4, 30), (8, 30), (9, 20), (600, 2), (900, 2), (961, 1), (3_600, 1), (3_721, 1), (10**9, 1)],
)
def test_decaying_price_in_whole_coins_is_the_published_one(elapsed, coins):
    assert rules.price_rounded_down(rules.PRICE_DECAYING, COIN, COIN, elapsed) == coins * COIN


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
    assert rules.price_rounded_down(rules.PRICE_DECAYING, weight, step, elapsed) == price


def test_fixed_price_is_the_cost_at_any_time():
    assert {rules.price_rounded_down(rules.PRICE_FIXED, 123, 0, elapsed) for elapsed in (1, 60, 10**9)} == {123}


def test_price_is_exact_at_the_largest_amounts():
    weight = rules.MAX_AMOUNT // 60
    assert rules.price_rounded_down(rules.PRICE_DECAYING, weight, 1, 2) == weight * 60
    assert rules.price_rounded_down(rules.PRICE_DECAYING, 1, rules.MAX_AMOUNT, 1) == rules.MAX_AMOUNT


@pytest.mark.parametrize(("now", "last", "elapsed"), [(10, 10, 1), (11, 10, 1), (12, 10, 2), (5, 10, 1)])
def test_elapsed_since_is_at_least_a_second(now, last, elapsed):
    assert rules.elapsed_since(now, last) == elapsed


@pytest.mark.parametrize(("price", "credit", "value"), [(10, 0, 10), (10, 4, 6), (10, 10, 0), (10, 99, 0)])
def test_value_needed_takes_the_credit_first(price, credit, value):
    assert rules.value_needed(price, credit) == value


# TIME AND SHARES


def test_claim_window_and_collection_follow_each_other_without_a_gap():
    assert rules.claim_window(1000, REFUND_WAIT, COLLECT_WAIT) == (1000 + DAY + 1, 1000 + 9 * DAY)
    assert rules.collect_from(1000, COLLECT_WAIT) == 1000 + 9 * DAY + 1


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
    assert rules.share_rounded_down(deposit, left, verified, total) == share
