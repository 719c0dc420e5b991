"""Several claims in one call, on the contract and its twin: the same as one after the other, or nothing at all."""

import pytest

from earnest.core.incentives.self_assessment import LEFTOVER_ANYONE, LEFTOVER_BURN, PRICE_FIXED, SELF_ASSESSMENT
from earnest.core.models.formats.words import pack_sample
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.core.pool.twin import Claim
from tests.agreement.evm import address
from tests.agreement.pair import Pair

ANN, BOB, CAT, EVE = (address(0xA0 + number) for number in range(4))
REFUND_WAIT, COLLECT_WAIT, COST = 10, 20, 100
GOOD, BAD = pack_sample([0]), pack_sample([1])


def a_pair(leftover: int = LEFTOVER_BURN) -> Pair:
    """Class 1 for everything, by far; BOB has standing 2 of 3."""
    model = SparsePerceptron.from_weights([900, 900, 900])
    pair = Pair(model, SELF_ASSESSMENT.terms(PRICE_FIXED, leftover, REFUND_WAIT, COLLECT_WAIT, COST, 0))
    for who in (BOB, BOB, CAT):
        assert pair.contribute(who, GOOD, 1, COST, value=COST)[0] == "done"
    pair.now += REFUND_WAIT + 1
    for what in list(pair.twin.contributions):
        assert pair.refund(what.contributor, what, GOOD)[0] == "done"
    return pair


def claims_of(pair: Pair, label: int, *, collecting: bool = False) -> list[Claim]:
    """Two contributions of ANN's with slots of their own, three in a committed batch; what claims on them bring."""
    first = len(pair.twin.contributions)
    for sample in (GOOD, BAD):
        assert pair.contribute(ANN, sample, label, COST, value=COST)[0] == "done"
    samples = [GOOD, BAD, GOOD]
    assert pair.commit_batch(ANN, samples, [label] * 3, COST, value=3 * COST)[0] == "done"
    found = []
    for index in range(first, first + 5):
        batch = pair.twin.batch_of(index)
        proof = [] if batch is None else pair.twin.batch_proof(batch, 3, index)
        known = pair.sample_hash(index) if collecting else pair.samples[index]
        found.append(Claim(pair.twin.contributions[index], known, batch, proof))
    return found


def test_refunds_in_one_call_pay_all_of_them():
    pair = a_pair()
    claims = claims_of(pair, 1)
    pair.now += REFUND_WAIT + 1
    assert pair.claim_many("refund", ANN, claims) == ("done", 5 * COST)
    assert pair.twin.account(ANN) == (5 * COST, 5)
    pair.check_everything()


def test_reports_in_one_call_pay_a_share_of_each_and_then_what_is_left():
    pair = a_pair()
    claims = claims_of(pair, 0)
    pair.now += REFUND_WAIT + 1
    assert pair.claim_many("report", BOB, claims) == ("done", 5 * (COST * 2 // 3))
    assert pair.claim_many("report", CAT, claims) == ("done", 5 * (COST // 3))
    assert pair.claim_many("report", BOB, claims)[0] == "AlreadyReported"
    pair.check_everything()


@pytest.mark.parametrize(("leftover", "credit"), [(LEFTOVER_BURN, 0), (LEFTOVER_ANYONE, 5 * COST)])
def test_collections_in_one_call_clear_all_of_them(leftover, credit):
    pair = a_pair(leftover)
    claims = claims_of(pair, 0, collecting=True)
    pair.now += COLLECT_WAIT + 1
    assert pair.claim_many("collect", EVE, claims) == ("done", 5 * COST)
    assert pair.twin.account(EVE) == (credit, 0)
    pair.check_everything()


@pytest.mark.parametrize("place", range(5))
def test_one_that_is_refused_undoes_those_before_it(place):
    pair = a_pair()
    claims = claims_of(pair, 1)
    pair.now += REFUND_WAIT + 1
    assert pair.claim_many("refund", ANN, [claims[place]]) == ("done", COST)
    assert pair.claim_many("refund", ANN, claims)[0] == "ContributionClosed"
    assert pair.twin.account(ANN) == (COST, 1)
    rest = claims[:place] + claims[place + 1 :]
    assert pair.claim_many("refund", ANN, rest) == ("done", 4 * COST)
    pair.check_everything()


def test_a_claim_twice_in_one_call_and_none_at_all():
    pair = a_pair()
    claims = claims_of(pair, 1)
    pair.now += REFUND_WAIT + 1
    assert pair.claim_many("refund", ANN, [claims[0], claims[0]])[0] == "ContributionClosed"
    assert pair.claim_many("refund", ANN, [claims[3], claims[3]])[0] == "ContributionClosed"
    assert pair.claim_many("refund", BOB, claims[:1])[0] == "NotContributor"
    alone = claims[3]._replace(first_index=None)
    assert pair.claim_many("refund", ANN, [alone])[0] == "ContributionClosed"
    assert pair.claim_many("refund", ANN, [claims[0]._replace(first_index=claims[3].first_index)])[0] == "NotInBatch"


def test_credit_goes_to_whoever_is_named_or_stays():
    pair = a_pair()
    assert pair.contribute(ANN, GOOD, 1, COST, value=COST + 7)[0] == "done"
    refused = ("WithdrawalFailed", {"receiver": pair.refuser, "amount": 7})
    assert pair.withdraw_to(ANN, pair.refuser) == refused
    assert pair.withdraw_to(ANN, EVE) == ("done", 7)
    assert pair.withdraw_to(ANN, EVE)[0] == "NothingToWithdraw"
    assert pair.withdraw_to(BOB, BOB) == ("done", 2 * COST)
    pair.check_everything()
