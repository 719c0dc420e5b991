"""Attacks on pools whose judge is sealed, played to their ends on the bytecode, and what each brings.

Contract and twin are given the same commands, and compared after each. What a coalition has at the end less what it had
before is its gain: ether, and credit that it can withdraw. Gas is taken off where a test says so, at the base fee,
which nobody gets; it plays a part where seals are paid for, since no seal is paid more than its gas.
"""

from dataclasses import replace

import numpy as np
import pytest

from earnest.core.errors import RuleViolation
from earnest.core.incentives.base import Terms
from earnest.core.incentives.sealed import AGREED, AT_RISK, PROMISED, seal_cost
from earnest.core.incentives.sealed_assessment import SEALED_ASSESSMENT
from earnest.core.models.formats.words import pack_sample
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.core.pool.sealed_contribution import SealedContribution
from tests.agreement.contracts import GENESIS
from tests.agreement.evm import RICH
from tests.agreement.sealed import SealedPair

DAY, WAIT = 86_400, 2
AGREED_PRICE, PROMISED_PRICE, RISK_PRICE = 10, 30, 70
RATE, MOST = 3, 30
MUCH = 2**256 - 1
#: Word 0 is class 1 for sure, word 1 barely class 1, word 2 class 0; bias last.
WEIGHTS = [50, 2, -50, 0]
SURE, BARELY, OTHER_CLASS = pack_sample([0]), pack_sample([1]), pack_sample([2])


def terms(**changes: int) -> Terms:
    found = {
        "epoch_length": DAY, "wait_seals": WAIT, "risk_seals": 3, "learn_seals": 9, "rate": RATE, "learning_cost": RATE,
        "most_standing": MOST, "gate": 2**32 - 1, "averaging": 16, "judge_shift": 4, "most_features": 0,
        "agreed_price": AGREED_PRICE, "promised_price": PROMISED_PRICE, "risk_price": RISK_PRICE,
        "seal_bounty": AGREED_PRICE,
    }  # fmt: skip
    return SEALED_ASSESSMENT.terms(**(found | changes))


class Played:
    """A pool, a thief with a second account, and honest accounts."""

    def __init__(self, *, base_fee: int = 1, eta0: int = 3, **changes: int) -> None:
        model = SparsePerceptron.from_weights(WEIGHTS, eta0=eta0)
        flat = np.zeros(4, dtype=np.int32)
        self.pair = SealedPair("SealedAssessedSparsePerceptron", model, flat, terms(**changes), base_fee=base_fee)
        self.thief, self.second, self.honest, self.operator = self.pair.people

    def give(self, who: str, sample: bytes, label: int, most: int = MUCH, value: int | None = None):
        due = self.pair.twin.quote(who, sample, label).price - self.pair.twin.account(who)[0]
        self.pair.contribute(who, sample, label, most, value=max(0, due) if value is None else value)
        return self.pair.twin.contributions[-1]

    def seal(self, who: str, times: int = 1) -> None:
        for _ in range(times):
            self.pair.now = max(self.pair.now, self.pair.twin.sealed_at + DAY)
            assert self.pair.seal(who)[0] == "done"

    def settle(self, what: SealedContribution, who: str | None = None) -> str:
        return str(self.pair.settle(who or what.contributor, what, self.pair.samples[what.index])[0])

    def gain(self, *coalition: str, gas: bool = False) -> int:
        """Of all of them, once each has withdrawn; what is owed to them and still open counts as lost.

        Args:
            coalition: accounts.
            gas: whether all gas that they used is taken off, at the base fee.
        """
        for who in coalition:
            if self.pair.twin.account(who)[0]:
                self.pair.withdraw(who)
        evm = self.pair.evm
        burned = evm.base_fee * sum(evm.gas[who] for who in coalition) if gas else 0
        return sum(evm.balance(who) - RICH for who in coalition) - burned


def test_sealing_an_idle_pool_brings_nothing():
    played = Played()
    played.pair.fund(played.operator, value=5 * AGREED_PRICE)
    digest = played.pair.contract.view("judgeDigest")
    played.seal(played.thief, 7)
    assert played.pair.contract.view("judgeDigest") == digest
    assert played.gain(played.thief, played.second) == 0
    assert played.pair.twin.budget == 5 * AGREED_PRICE
    # and it is still there for those who wait
    made = played.give(played.honest, SURE, 1)
    played.seal(played.second, WAIT)
    assert played.settle(made) == "done"
    assert played.pair.twin.budget == (5 - WAIT) * AGREED_PRICE


@pytest.mark.parametrize("bounty", [AGREED_PRICE, 10**5, 2**96 - 1])
@pytest.mark.parametrize("base_fee", [1, 7, 10**9])
def test_seals_awaited_on_purpose_cost_more_gas_than_they_are_paid_for(bounty: int, base_fee: int):
    # a deposit that comes back, each epoch: nothing else makes a seal awaited, and all of it is the thief's own
    played = Played(seal_bounty=bounty, base_fee=base_fee)
    given = 10**9 * base_fee
    played.pair.fund(played.operator, value=given)
    made: list[SealedContribution] = []
    for _ in range(12):
        made.append(played.give(played.second, SURE, 1))
        played.seal(played.thief)
        if len(made) > WAIT:
            assert played.settle(made[-WAIT - 1]) == "done"
    played.seal(played.thief, WAIT)
    for one in made[-WAIT:]:
        assert played.settle(one) == "done"
    paid = given - played.pair.twin.budget
    # the last is waited for by nobody
    assert paid == (11 + WAIT) * min(bounty, seal_cost(len(WEIGHTS), base_fee))
    # all that the others lose is what the seals burned in gas, and the thief pays more than that
    assert played.gain(played.thief, played.second) == paid
    assert played.gain(played.thief, played.second, gas=True) < -paid // 10


def test_lessons_make_one_seal_awaited_each_and_bring_nothing():
    played = Played(seal_bounty=2**96 - 1)
    given = 10**9
    played.pair.fund(played.operator, value=given)
    made = [played.give(played.second, SURE, 1) for _ in range(5)]
    played.seal(played.thief, WAIT + 3)
    assert played.pair.twin.budget == given - WAIT * seal_cost(len(WEIGHTS), 1)
    for number, one in enumerate(made):
        assert played.settle(one) == "done"
        # old enough to teach, and another seal waits for it, which that one takes off
        assert played.pair.twin.awaited == 1
        played.seal(played.thief, 1)
        assert played.pair.twin.budget == given - (WAIT + number + 1) * seal_cost(len(WEIGHTS), 1)
    assert played.gain(played.thief, played.second, gas=True) < 0


def test_no_honest_refund_waits_for_an_unpaid_seal():
    # whatever a thief did before: seals that it made are not those that the next contribution waits for
    played = Played()
    played.pair.fund(played.operator, value=10**6)
    played.give(played.thief, SURE, 0)
    played.seal(played.thief, 9)
    for outcome in (AGREED, AT_RISK):
        made = played.give(played.honest, SURE, 1 if outcome == AGREED else 0)
        assert made.outcome == outcome
        for _ in range(WAIT):
            had = played.pair.twin.account(played.second)[0]
            played.seal(played.second)
            assert played.pair.twin.account(played.second)[0] == had + AGREED_PRICE


def test_without_a_base_fee_seals_cost_nothing_and_are_paid_nothing():
    played = Played(base_fee=0)
    played.pair.fund(played.operator, value=100)
    made = played.give(played.honest, SURE, 1)
    played.seal(played.thief, 5)
    assert played.settle(made) == "done"
    assert played.gain(played.thief, played.second) == 0
    assert played.pair.twin.budget == 100


def test_sealing_more_often_than_once_an_epoch_is_refused():
    played = Played()
    played.pair.fund(played.operator, value=100)
    played.give(played.honest, SURE, 1)
    played.pair.now = GENESIS + 30 * DAY
    assert played.pair.seal(played.thief)[0] == "done"
    for seconds in (0, 1, DAY - 2):
        played.pair.now += seconds
        assert played.pair.seal(played.second)[0] == "SealedTooEarly"
    assert played.gain(played.thief, played.second) == AGREED_PRICE
    assert played.gain(played.thief, played.second, gas=True) < 0


def test_bounties_of_ones_own_lost_deposits_never_come_to_more_than_them():
    played = Played()
    played.give(played.second, SURE, 0)
    played.seal(played.thief, 20)
    # one, of the seal with which it is lost: no later one is awaited
    assert played.gain(played.thief, played.second) == AGREED_PRICE - RISK_PRICE
    # and where seals are as dear as the deposit, no more than that
    played = Played(seal_bounty=RISK_PRICE)
    played.give(played.second, SURE, 0)
    played.seal(played.thief, 20)
    assert played.gain(played.thief, played.second) == 0
    assert played.gain(played.thief, played.second, gas=True) < 0


def test_bounty_never_touches_deposits_that_are_not_lost():
    played = Played(seal_bounty=2**96 - 1)
    given = [played.give(played.honest, SURE, 1) for _ in range(RATE)]
    given.append(played.give(played.honest, SURE, 0))
    played.seal(played.thief, 9)
    assert played.gain(played.thief) == 0
    for one in given:
        assert played.settle(one) == "done"
    assert [one.outcome for one in given] == [AGREED] * RATE + [PROMISED]
    assert played.gain(played.honest) == 0


def test_seal_put_before_a_contribution_charges_no_more_than_its_maximum():
    played = turned()
    before = played.pair.twin.quote(played.honest, BARELY, 1)
    assert tuple(before) == (AGREED, AGREED_PRICE)
    played.seal(played.thief)
    assert tuple(played.pair.twin.quote(played.honest, BARELY, 1)) == (AT_RISK, RISK_PRICE)
    answer = played.pair.contribute(played.honest, BARELY, 1, before.price, value=RISK_PRICE)
    assert answer[0] == "PriceAboveMaximum"
    assert played.gain(played.honest) == 0


def test_seal_put_before_a_contribution_with_a_high_maximum_makes_it_one_that_is_lost():
    # not for who follows the quote: for who sends more than it says, and accepts any price
    played = turned()
    played.seal(played.thief)
    lost = played.give(played.honest, BARELY, 1, MUCH, value=RISK_PRICE)
    assert lost.outcome == AT_RISK
    had = played.pair.twin.account(played.thief)[0]
    played.seal(played.thief, 4)
    assert played.settle(lost) == "Expired"
    assert played.pair.twin.account(played.thief)[0] == had + AGREED_PRICE
    assert played.gain(played.honest) == -RISK_PRICE


def test_pool_whose_sure_deposits_cost_what_may_be_lost_is_refused():
    # a seal that somebody puts first makes another case of a sample, and no maximum could tell; the contract's refusal
    # is in SealedCreation.t.sol
    with pytest.raises(RuleViolation, match=r"risk_price \(70\) must be above promised_price \(70\)"):
        Played(agreed_price=70, promised_price=70)


def test_standing_is_farmed_with_one_sample_and_buys_wrong_labels_but_no_money():
    played = Played()
    made = [played.give(played.thief, SURE, 1) for _ in range(MOST + 5)]
    assert played.pair.twin.account(played.thief)[1] == MOST
    wrong = [played.give(played.thief, SURE, 0) for _ in range(MOST // RATE + 1)]
    assert [one.outcome for one in wrong] == [PROMISED] * (MOST // RATE) + [AT_RISK]
    played.seal(played.operator, 2)
    for one in made + wrong[:-1]:
        assert played.settle(one) == "done"
    # standing earned later saves what is at risk
    for _ in range(RATE):
        made.append(played.give(played.thief, OTHER_CLASS, 0))
    judge = played.pair.twin.predict(SURE)
    assert played.settle(wrong[-1]) == "done", judge
    played.seal(played.operator, 2)
    for one in made[-RATE:]:
        played.settle(one)
    assert played.gain(played.thief) == 0


def test_what_is_settled_cannot_be_settled_again_nor_by_or_for_another():
    played = Played()
    honest, own = played.give(played.honest, SURE, 1), played.give(played.thief, SURE, 1)
    played.seal(played.operator, 2)
    assert played.settle(honest, played.thief) == "NotContributor"
    for lie in (
        replace(honest, contributor=played.thief),
        replace(own, deposit=RISK_PRICE),
        replace(own, index=honest.index),
        replace(own, outcome=PROMISED, deposit=PROMISED_PRICE),
        replace(own, epoch=1),
    ):
        assert played.pair.settle(played.thief, lie, SURE)[0] == "ContributionMismatch"
    assert played.settle(own) == "done"
    assert played.settle(own) == "ContributionClosed"
    assert played.gain(played.thief) == 0
    assert played.settle(honest) == "done"
    assert played.gain(played.honest) == 0


def test_pool_that_nobody_seals_and_an_owner_that_pauses_lose_nobody_anything():
    played = Played()
    agreed, risky = played.give(played.honest, SURE, 1), played.give(played.honest, SURE, 0)
    assert played.pair.owner_verb("pause", "pause", played.pair._holders[-1])[0] == "done"
    played.pair.now += 400 * DAY
    assert played.settle(agreed) == "TooFewSeals"
    played.seal(played.honest, 2)
    assert played.settle(agreed) == "done"
    # a time jump is one seal, so that what is at risk has its days left
    assert played.settle(risky) == "JudgeDisagrees"
    played.pair.now += 400 * DAY
    played.seal(played.thief)
    assert played.pair.seal(played.thief)[0] == "SealedTooEarly"
    assert played.settle(risky) == "JudgeDisagrees"
    assert played.gain(played.thief) == 0
    assert played.pair.twin.at_risk(0) == RISK_PRICE


def test_no_lesson_makes_an_honest_deposit_impossible_to_settle():
    # learning ends at the lanes' bounds, and does not refuse
    played = Played(most_standing=65_535, learning_cost=0)
    victim = played.give(played.honest, SURE, 1)
    for _ in range(60):
        for _ in range(RATE):
            played.give(played.thief, OTHER_CLASS, 0)
        played.give(played.thief, SURE, 0)
    played.seal(played.operator, 2)
    for one in played.pair.twin.contributions[1:]:
        assert played.settle(one) == "done"
    played.seal(played.operator, 20)
    assert played.settle(victim) == "done"
    assert played.gain(played.honest) == 0
    assert played.gain(played.thief) == 0


def turned(**changes: int) -> Played:
    """The thief has taught the learner so much that the next seal turns the judge of one sample."""
    played = Played(**changes)
    lessons = []
    for _ in range(6):
        for _ in range(RATE):
            played.give(played.thief, SURE, 1)
        lessons.append(played.give(played.thief, BARELY, 0))
    played.seal(played.operator, 2)
    for one in lessons:
        assert played.settle(one) == "done"
    twin = played.pair.twin
    for _ in range(20):
        way = int(16 * int(twin.learner.weights_[1] + twin.learner.weights_[3])) - int(twin.judge[1] + twin.judge[3])
        if int(twin.judge[1] + twin.judge[3]) + way / min(twin.epoch + 2, 16) < -1:
            return played
        played.seal(played.operator)
    raise AssertionError("the judge does not turn")
