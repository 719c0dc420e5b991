from collections import defaultdict

import pytest

from earnest.core.incentives import ledger

ANN, BOB = "ann", "bob"


@pytest.fixture
def ledgers():
    """A pool with two open contributions of 100, and 40 and 5 of credit; Ann has 2 of 3 refunds."""
    credit = defaultdict(int, {ANN: 40, BOB: 5})
    verified = defaultdict(int, {ANN: 2, BOB: 1})
    return [100, 100], credit, verified, [245, 3, 2, 1000]


def assert_conserved(claimable, credit, verified, totals):
    assert sum(claimable) + sum(credit.values()) == totals[ledger.ESCROW]
    assert sum(verified.values()) == totals[ledger.TOTAL_VERIFIED]


@pytest.mark.parametrize(
    ("due", "value", "remaining"), [(30, 0, 10), (40, 0, 0), (100, 60, 0), (10, 5, 35), (0, 7, 47)]
)
def test_settle_payment_takes_credit_first_and_keeps_the_change(ledgers, due, value, remaining):
    _, credit, _, totals = ledgers

    assert ledger.settle_payment(credit, totals, ANN, due, value) == remaining
    assert credit == {ANN: remaining, BOB: 5}
    assert totals[ledger.ESCROW] == 245 + value


def test_settle_contribution_opens_it_and_moves_the_price_clock(ledgers):
    claimable, credit, verified, totals = ledgers
    ledger.settle_payment(credit, totals, ANN, 50, 10)
    claimable.append(0)

    ledger.settle_contribution(claimable, totals, 2, 50, 1234)

    assert claimable == [100, 100, 50]
    assert totals == [255, 3, 3, 1234]
    assert_conserved(claimable, credit, verified, totals)


def test_settle_refund_gives_all_that_is_left_and_verifies_the_author(ledgers):
    claimable, credit, verified, totals = ledgers
    claimable[0] = 30
    totals[ledger.ESCROW] = 175

    assert ledger.settle_refund(claimable, credit, verified, totals, 0, BOB) == 30
    assert (claimable, dict(credit), dict(verified)) == ([0, 100], {ANN: 40, BOB: 35}, {ANN: 2, BOB: 2})
    assert totals == [175, 4, 2, 1000]
    assert_conserved(*ledgers)


def test_settle_report_pays_the_reporters_share(ledgers):
    claimable, credit, _, totals = ledgers

    assert ledger.settle_report(claimable, credit, 1, BOB, 33) == 33
    assert ledger.settle_report(claimable, credit, 1, ANN, 66) == 66
    assert (claimable, dict(credit)) == ([100, 1], {ANN: 106, BOB: 38})
    assert totals == [245, 3, 2, 1000]
    assert_conserved(*ledgers)


def test_settle_collect_burn_lowers_the_escrow(ledgers):
    claimable, credit, _, totals = ledgers

    assert ledger.settle_collect(claimable, credit, totals, 0, BOB, True) == 100
    assert (claimable, dict(credit)) == ([0, 100], {ANN: 40, BOB: 5})
    assert totals[ledger.ESCROW] == 145
    assert_conserved(*ledgers)


def test_settle_collect_anyone_pays_the_collector(ledgers):
    claimable, credit, _, totals = ledgers

    assert ledger.settle_collect(claimable, credit, totals, 0, BOB, False) == 100
    assert (claimable, dict(credit)) == ([0, 100], {ANN: 40, BOB: 105})
    assert_conserved(*ledgers)


def test_settle_withdrawal_pays_all_credit_out(ledgers):
    _, credit, _, totals = ledgers

    assert ledger.settle_withdrawal(credit, totals, ANN) == 40
    assert credit[ANN] == 0
    assert totals[ledger.ESCROW] == 205
    assert_conserved(*ledgers)
