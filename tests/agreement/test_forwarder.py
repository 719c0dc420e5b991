"""Every verb acts for the signer that the trusted forwarder names, and for nobody that others name."""

from earnest.core.incentives.self_assessment import SELF_ASSESSMENT
from earnest.core.models.formats.words import pack_sample
from earnest.core.models.sparse_perceptron import SparsePerceptron
from tests.agreement.contracts import FORWARDER, Via, forwarded
from tests.agreement.evm import address
from tests.agreement.pair import Pair

ANN, BOB = address(0xA0), address(0xA1)
COST = 1000
SAMPLE = pack_sample([1, 3])
PARAMETERS = SELF_ASSESSMENT.terms(1, 1, 10, 20, COST, 0)


def a_pair(*, forwarder: bool) -> Pair:
    return Pair(SparsePerceptron.from_weights([0] * 5), PARAMETERS, forwarder=forwarder)


def naming(who: str) -> Via:
    """Sent by the caller itself, with somebody else's address appended."""
    return Via(suffix=bytes.fromhex(who[2:]))


def test_every_verb_through_the_trusted_forwarder_acts_for_the_signer():
    pair = a_pair(forwarder=True)
    for label in (0, 1, 0, 1):
        assert pair.contribute(ANN, SAMPLE, label, COST, value=COST + 1, via=forwarded(ANN))[0] == "done"
    first, second, third, fourth = pair.twin.contributions
    assert first.contributor == ANN

    pair.now = first.time + 11
    assert pair.refund(BOB, second, SAMPLE, via=forwarded(BOB))[0] == "NotContributor"
    assert pair.refund(ANN, second, SAMPLE, via=forwarded(ANN))[0] == "done"
    assert pair.report(ANN, first, SAMPLE, via=forwarded(ANN))[0] == "OwnContribution"
    pair.contribute(BOB, SAMPLE, 1, COST, value=COST)
    pair.now += 11
    pair.refund(BOB, pair.twin.contributions[4], SAMPLE, via=forwarded(BOB))

    pair.now = first.time + 20
    assert pair.report(BOB, third, SAMPLE, via=forwarded(BOB)) == ("done", COST // 2)
    pair.now = first.time + 21
    assert pair.collect(BOB, fourth, pair.sample_hash(3), via=forwarded(BOB))[0] == "done"
    before = pair.evm.balance(BOB)
    assert pair.withdraw(BOB, via=forwarded(BOB))[0] == "done"
    assert pair.evm.balance(BOB) > before
    pair.check_everything()


def test_the_forwarder_pays_the_value_and_the_signer_gets_the_change():
    pair = a_pair(forwarder=True)

    pair.contribute(ANN, SAMPLE, 1, COST, value=COST + 7, via=forwarded(ANN))

    assert pair.twin.account(ANN) == (7, 0)
    assert pair.contract.view("account", FORWARDER) == (0, 0)


def test_an_address_appended_by_anybody_else_is_ignored():
    pair = a_pair(forwarder=True)

    pair.contribute(ANN, SAMPLE, 1, COST, value=COST, via=naming(BOB))
    assert pair.twin.contributions[0].contributor == ANN

    pair.now += 11
    assert pair.refund(BOB, pair.twin.contributions[0], SAMPLE, via=naming(ANN))[0] == "NotContributor"
    assert pair.withdraw(BOB, via=naming(ANN))[0] == "NothingToWithdraw"
    pair.check_everything()


def test_without_a_forwarder_nobody_is_trusted():
    pair = a_pair(forwarder=False)

    pair.contribute(FORWARDER, SAMPLE, 1, COST, value=COST, via=naming(ANN))

    assert pair.twin.contributions[0].contributor == FORWARDER
    pair.check_everything()


def test_the_forwarder_itself_without_a_signer_acts_for_itself():
    """Four bytes of calldata hold no address to be mistaken for a signer."""
    pair = a_pair(forwarder=True)
    assert pair.withdraw(FORWARDER)[0] == "NothingToWithdraw"
