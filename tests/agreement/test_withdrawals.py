"""Receivers that misbehave while they are paid, and ether that comes uninvited."""

from earnest.core.incentives.self_assessment import SELF_ASSESSMENT
from earnest.core.models.formats.words import pack_sample
from earnest.core.models.sparse_perceptron import SparsePerceptron
from tests.agreement.contracts import FORWARDER, forwarded, outcome
from tests.agreement.evm import INTERFACE, address
from tests.agreement.pair import Pair

ANN = address(0xA0)
COST, CHANGE = 1000, 3000
SAMPLE = pack_sample([1, 3])


def a_pair(leftover_rule: int = 1) -> Pair:
    terms = SELF_ASSESSMENT.terms(1, leftover_rule, 10, 20, COST, 0)
    return Pair(SparsePerceptron.from_weights([0] * 5), terms, forwarder=True)


def caller_back(calldata: bytes, value: int = 0, *, insists: bool) -> bytes:
    """Code that calls whoever calls it, once, with this calldata and value; reverts if it insists and that fails."""
    start = 64
    return b"".join(
        [
            b"\x61" + len(calldata).to_bytes(2, "big"),  # PUSH2 length
            b"\x60" + bytes([start]) + b"\x5f\x39",  # PUSH1 start PUSH0 CODECOPY
            b"\x5f\x5f\x61" + len(calldata).to_bytes(2, "big") + b"\x5f",  # nothing back; length bytes from 0
            b"\x7f" + value.to_bytes(32, "big"),  # PUSH32 value
            b"\x33\x5a\xf1",  # CALLER GAS CALL
            b"\x15\x60\x3c\x57\x00"
            if insists
            else b"\x15\x50\x00\x00\x00",  # ISZERO, JUMPI to the REVERT; or POP, STOP
            b"\x00" * 6,
            b"\x5b\x5f\x5f\xfd",  # JUMPDEST PUSH0 PUSH0 REVERT
            calldata,
        ]
    )


def credited(pair: Pair, code: bytes) -> str:
    """A contract with this code, to which the pool owes CHANGE."""
    receiver = pair.evm.deploy_runtime(FORWARDER, code)
    pair.join(receiver)
    pair.contribute(receiver, SAMPLE, 1, COST, value=COST + CHANGE, via=forwarded(receiver))
    return receiver


def test_withdraw_receiver_that_reverts_keeps_its_credit():
    pair = a_pair()
    pair.contribute(pair.refuser, SAMPLE, 1, COST, value=COST + CHANGE, via=forwarded(pair.refuser))

    assert pair.withdraw(pair.refuser, via=forwarded(pair.refuser)) == (
        "WithdrawalFailed",
        {"receiver": pair.refuser, "amount": CHANGE},
    )
    assert pair.twin.account(pair.refuser) == (CHANGE, 0)
    pair.check_everything()


def test_withdraw_again_from_within_is_refused_and_pays_once():
    pair = a_pair()
    receiver = credited(pair, caller_back(INTERFACE.call("withdraw"), insists=False))

    assert pair.withdraw(receiver, via=forwarded(receiver)) == ("done", CHANGE)
    pair.check_everything()


def test_withdraw_again_from_within_by_a_receiver_that_insists_pays_nothing():
    pair = a_pair()
    receiver = credited(pair, caller_back(INTERFACE.call("withdraw"), insists=True))

    ours = outcome(lambda: pair.contract.withdraw(receiver, now=pair.now, via=forwarded(receiver)))

    assert ours == ("WithdrawalFailed", {"receiver": receiver, "amount": CHANGE})
    pair.check_everything()


def test_contribute_from_within_a_withdrawal_counts_like_any_other():
    pair = a_pair()
    calldata = INTERFACE.call("contribute", SAMPLE, 0, COST)
    receiver = credited(pair, caller_back(calldata, COST, insists=True))

    pair.contract.events.clear()
    amount = pair.contract.withdraw(receiver, now=pair.now, via=forwarded(receiver))

    before = len(pair.twin.events)
    assert amount == pair.twin.withdraw(receiver) == CHANGE
    pair.twin.contribute(receiver, SAMPLE, 0, COST, value=COST, now=pair.now)
    assert pair.contract.events == pair.twin.events[before:]
    pair.spend(receiver, COST - CHANGE)
    pair.check_everything()


def test_ether_that_comes_by_force_changes_no_account():
    pair = a_pair()
    pair.contribute(ANN, SAMPLE, 1, COST, value=COST)

    pair.force_ether(10**18)

    pair.check_everything()
    pair.now += 21
    pair.collect(ANN, pair.twin.contributions[0], pair.sample_hash(0))
    assert pair.withdraw(ANN) == ("done", COST)
    assert pair.contract.balance == 10**18


def test_a_plain_transfer_is_refused():
    pair = a_pair()
    assert outcome(lambda: pair.evm.send(ANN, pair.contract.address, b"", 1)) == ("", {})


def test_burned_ether_leaves_the_escrow_and_stays_for_good():
    pair = a_pair(leftover_rule=0)
    pair.contribute(ANN, SAMPLE, 1, COST, value=COST)
    pair.now += 21

    assert pair.collect(ANN, pair.twin.contributions[0], pair.sample_hash(0)) == ("done", COST)

    assert pair.contract.view("state")[2] == 0
    assert pair.contract.balance == COST
    assert pair.withdraw(ANN)[0] == "NothingToWithdraw"
    pair.check_everything()


def test_withdraw_receiver_that_eats_all_gas_keeps_its_credit():
    pair = a_pair()
    receiver = credited(pair, b"\xfe")  # INVALID takes whatever gas is left

    ours = outcome(lambda: pair.contract.withdraw(receiver, now=pair.now, via=forwarded(receiver)))

    assert ours == ("WithdrawalFailed", {"receiver": receiver, "amount": CHANGE})
    assert pair.twin.account(receiver) == (CHANGE, 0)
    pair.check_everything()


def test_withdraw_receiver_that_answers_at_length_is_paid():
    pair = a_pair()
    receiver = credited(pair, b"\x62\x01\x86\xa0\x5f\xf3")  # PUSH3 100,000 PUSH0 RETURN

    assert pair.withdraw(receiver, via=forwarded(receiver)) == ("done", CHANGE)
    pair.check_everything()
