"""The twin of a pool whose judge is sealed: the rule of docs/sealed-assessment.md, check by check."""

import numpy as np
import pytest

from earnest.core.errors import RuleViolation, WeightsOutOfRange
from earnest.core.incentives.judge import SNAPSHOT
from earnest.core.incentives.sealed import AGREED, AT_RISK, PROMISED
from earnest.core.incentives.sealed_assessment import SEALED_ASSESSMENT
from earnest.core.incentives.self_assessment import SELF_ASSESSMENT
from earnest.core.keccak import keccak256
from earnest.core.models.dense_nearest_centroid import DenseNearestCentroid
from earnest.core.models.formats.words import pack_sample
from earnest.core.models.naive_bayes import NaiveBayes
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.core.pool.events import CreditChanged, Withdrawn
from earnest.core.pool.refusal import Refusal
from earnest.core.pool.sealed_contribution import SealedContribution
from earnest.core.pool.sealed_events import Contributed, Funded, Sealed, Settled
from earnest.core.pool.sealed_twin import SealedPoolTwin

ANN, BOB = "0x" + "a1" * 20, "0x" + "b2" * 20
DAY = 86_400
TERMS = SEALED_ASSESSMENT.terms_of(
    {
        "most_features": 3, "gate": 5, "seal_bounty": 4, "rate": 3, "learning_cost": 3, "most_standing": 30,
        "risk_seals": 3, "averaging": 16,
    }
)  # fmt: skip
#: The judge says 1 of word 0 and 0 of word 1.
GOOD, BAD, BOTH = pack_sample([0]), pack_sample([1]), pack_sample([0, 1])
REFERENCE = np.array([9, -9, 0, 0], np.int32)


def new_pool(**numbers: int) -> SealedPoolTwin:
    model = SparsePerceptron.from_weights([2, -3, 1, 0])
    return SealedPoolTwin(model, REFERENCE, TERMS.replaced(**numbers), 1_000, owner=ANN)


def give(pool: SealedPoolTwin, who: str, sample: bytes, label: int) -> SealedContribution:
    price = pool.quote(who, sample, label).price
    return pool.contributions[pool.contribute(who, sample, label, price, value=price)]


def seal(pool: SealedPoolTwin, times: int = 1, cost: int = 10**9) -> None:
    for _ in range(times):
        pool.seal(BOB, now=pool.sealed_at + DAY, cost=cost)


def refused(name: str, values: dict[str, int | str], act: object, *given: object, **named: object) -> None:
    with pytest.raises(Refusal) as caught:
        act(*given, **named)  # type: ignore[operator]
    assert (caught.value.name, caught.value.values) == (name, values)


# CONTRIBUTING


def test_agreeing_earns_standing_which_pays_for_a_disagreement() -> None:
    pool = new_pool()
    for earned in (1, 2, 3):
        assert give(pool, ANN, GOOD, 1).outcome == AGREED
        assert pool.account(ANN) == (0, earned)
    assert pool.quote(ANN, GOOD, 0) == (PROMISED, 30)
    assert pool.quote(BOB, GOOD, 0) == (AT_RISK, 70)
    made = give(pool, ANN, GOOD, 0)
    assert pool.account(ANN) == (0, 0)
    assert pool.events[-1] == Contributed(3, ANN, 0, PROMISED, 0, 30, 0, GOOD)
    assert pool.commitment(3) == made.commitment(keccak256(GOOD))
    give(pool, BOB, GOOD, 0)
    assert (pool.at_risk(0), pool.state()) == (70, (5, 0, 1_000, 130, 0))


def test_standing_never_exceeds_the_most() -> None:
    pool = new_pool(most_standing=4)
    for _ in range(6):
        give(pool, ANN, GOOD, 1)
    assert pool.account(ANN) == (0, 4)


def test_contributions_are_refused_in_the_order_of_the_rule() -> None:
    pool = new_pool()
    long = pack_sample([0, 1, 2, 3])
    refused("SampleTooLong", {"features": 4, "maximum": 3}, pool.contribute, ANN, long, 1, 0, value=0)
    refused("LabelOutOfRange", {"label": 2, "classes": 2}, pool.contribute, ANN, long, 2, 0, value=0)
    refused("SampleEmpty", {}, pool.contribute, ANN, b"", 1, 0, value=0)
    refused("PriceAboveMaximum", {"price": 10, "maxPrice": 9}, pool.contribute, ANN, GOOD, 1, 9, value=0)
    paid = {"price": 10, "credit": 0, "value": 9}
    refused("PaymentTooLow", paid, pool.contribute, ANN, GOOD, 1, 10, value=9)
    refused("PaymentTooHigh", {"value": 2**96}, pool.contribute, ANN, GOOD, 1, 10, value=2**96)
    pool.pause(ANN)
    refused("ContributionsPaused", {}, pool.contribute, ANN, long, 2, 0, value=0)
    assert pool.state() == (0, 0, 1_000, 0, 0)
    pool.unpause(ANN)
    pool.contribute(ANN, GOOD, 1, 10, value=13)
    assert pool.account(ANN) == (3, 1)
    assert pool.events[-1] == CreditChanged(ANN, 3)


# SETTLING


def test_settling_is_refused_in_the_order_of_the_rule() -> None:
    pool = new_pool()
    made = give(pool, ANN, GOOD, 0)
    unknown = SealedContribution(7, ANN, 0, AT_RISK, 0, 70)
    refused("ContributionUnknown", {"index": 7, "count": 1}, pool.settle, ANN, unknown, GOOD)
    refused("ContributionMismatch", {"index": 0}, pool.settle, ANN, made, BAD)
    told = {"index": 0, "caller": BOB, "contributor": ANN}
    refused("NotContributor", told, pool.settle, BOB, made, GOOD)
    seal(pool)
    refused("TooFewSeals", {"index": 0, "epoch": 1, "from": 2}, pool.settle, ANN, made, GOOD)
    seal(pool)
    refused("JudgeDisagrees", {"index": 0, "predicted": 1, "label": 0}, pool.settle, ANN, made, GOOD)
    seal(pool, 2)
    refused("Expired", {"index": 0, "epoch": 4, "until": 3}, pool.settle, ANN, made, GOOD)
    safe = give(pool, ANN, GOOD, 1)
    seal(pool, 2)
    assert pool.settle(ANN, safe, GOOD) == 10
    refused("ContributionClosed", {"index": 1}, pool.settle, ANN, safe, GOOD)


def test_what_was_agreed_comes_back_for_ever_and_teaches_no_more_after_a_while() -> None:
    pool = new_pool(learning_cost=0)
    one, other = give(pool, ANN, GOOD, 1), give(pool, ANN, GOOD, 1)
    seal(pool, 9)
    pool.settle(ANN, one, GOOD)
    assert pool.events[-2] == Settled(0, ANN, 10, True, 2)
    seal(pool, 300)
    pool.settle(ANN, other, GOOD)
    assert pool.events[-2:] == [Settled(1, ANN, 10, False, 2), CreditChanged(ANN, 20)]


def test_what_is_at_risk_comes_back_for_standing_or_once_the_judge_agrees() -> None:
    pool = new_pool()
    made = give(pool, ANN, BOTH, 1)
    assert made.outcome == AT_RISK
    for _ in range(3):
        give(pool, ANN, GOOD, 1)
    seal(pool, 2)
    assert pool.settle(ANN, made, BOTH) == 70
    assert (pool.account(ANN), pool.at_risk(0)) == ((70, 0), 0)

    pool = new_pool()
    made = give(pool, BOB, BOTH, 1)
    pool.learner.weights_[:] = [40, -3, 1, 0]
    seal(pool, 2)
    pool.settle(BOB, made, BOTH)
    assert pool.account(BOB) == (70, 1)


def test_only_what_the_reference_allows_and_standing_pays_for_teaches() -> None:
    # the reference's gap is -9 and the gate 5: a flip is refunded and teaches nothing
    pool = new_pool()
    for _ in range(3):
        give(pool, ANN, GOOD, 1)
    flip = give(pool, ANN, GOOD, 0)
    seal(pool, 2)
    pool.settle(ANN, flip, GOOD)
    assert pool.events[-2] == Settled(3, ANN, 30, False, 0)
    assert pool.learner.weights_.tolist() == [2, -3, 1, 0]

    # of two words the gap is 0; the judge agrees, the learner no more: that takes standing
    pool = new_pool()
    one, other = give(pool, ANN, BOTH, 0), give(pool, BOB, BOTH, 0)
    for _ in range(2):
        give(pool, ANN, GOOD, 1)
    pool.learner.weights_[:] = [5, -3, 1, 0]
    seal(pool)
    seal(pool)
    pool.settle(BOB, other, BOTH)
    assert pool.events[-2] == Settled(1, BOB, 10, False, 1)
    assert pool.learner.weights_.tolist() == [5, -3, 1, 0]
    pool.settle(ANN, one, BOTH)
    assert pool.events[-2] == Settled(0, ANN, 10, True, 0)
    assert pool.learner.weights_.tolist() == [4, -4, 1, -1]


# SEALING


def test_seal_moves_the_judge_part_of_the_way_rounded_half_up() -> None:
    pool = new_pool(judge_shift=0, averaging=3)
    pool.learner.weights_[:] = [3, -4, 4, 0]
    # half of the way, then a third of it
    assert [pool.judge.tolist() for _ in range(3) if not pool.seal(BOB, now=pool.sealed_at + DAY, cost=0)] == [
        [3, -3, 3, 0], [3, -3, 3, 0], [3, -3, 3, 0],
    ]  # fmt: skip
    pool.learner.weights_[:] = [30, -31, 4, 0]
    seal(pool)
    assert pool.judge.tolist() == [12, -12, 3, 0]


def test_seals_are_an_epoch_apart_and_one_at_a_time() -> None:
    pool = new_pool()
    told = {"timestamp": 1_000 + DAY - 1, "from": 1_000 + DAY}
    refused("SealedTooEarly", told, pool.seal, ANN, now=1_000 + DAY - 1, cost=0)
    pool.seal(ANN, now=1_000 + 10 * DAY, cost=0)
    assert (pool.epoch, pool.sealed_at) == (1, 1_000 + 10 * DAY)
    assert pool.events[-1] == Sealed(1, ANN, 0, 0, pool.events[-1].digest)  # type: ignore[attr-defined]


def test_pool_that_nobody_seals_loses_nobodys_deposit() -> None:
    pool = new_pool()
    made = give(pool, ANN, GOOD, 0)
    pool.seal(BOB, now=10**9, cost=0)
    pool.seal(BOB, now=2 * 10**9, cost=0)
    assert pool.at_risk(0) == 70
    refused("JudgeDisagrees", {"index": 0, "predicted": 1, "label": 0}, pool.settle, ANN, made, GOOD)


def test_what_expired_pays_for_seals_as_far_as_it_reaches() -> None:
    pool = new_pool(risk_price=75, seal_bounty=50)
    give(pool, ANN, GOOD, 0)
    seal(pool, 3)
    assert (pool.account(BOB), pool.budget, pool.liabilities()) == ((0, 0), 0, 75)
    seal(pool)
    assert (pool.account(BOB), pool.budget) == ((50, 0), 25)
    assert (pool.state()[3:], pool.balance, pool.liabilities()) == ((50, 25), 75, 50)
    # nobody waits for these
    seal(pool, 2)
    assert (pool.account(BOB), pool.budget) == ((50, 0), 25)
    give(pool, ANN, GOOD, 1)
    seal(pool)
    assert (pool.account(BOB), pool.budget) == ((75, 0), 0)
    pool.fund(ANN, value=7)
    assert pool.events[-1] == Funded(ANN, 7, 7)
    refused("WithdrawalFailed", {"receiver": ANN, "amount": 75}, pool.withdraw_to, BOB, ANN, accepted=False)
    assert pool.withdraw_to(BOB, ANN) == 75
    assert pool.events[-1] == Withdrawn(BOB, ANN, 75)
    assert pool.balance == 17
    refused("PaymentTooHigh", {"value": 2**96 - 17}, pool.fund, ANN, value=2**96 - 17)
    refused("NothingToWithdraw", {"caller": BOB}, pool.withdraw, BOB)


def test_seal_is_paid_its_gas_and_only_where_somebody_waits_for_it() -> None:
    pool = new_pool(seal_bounty=50)
    pool.fund(ANN, value=1_000)
    seal(pool, 5)
    assert (pool.account(BOB), pool.awaited) == ((0, 0), 0)
    made = give(pool, ANN, GOOD, 1)
    assert pool.awaited == 2
    seal(pool, cost=7)
    assert (pool.account(BOB), pool.awaited) == ((7, 0), 1)
    give(pool, BOB, GOOD, 0)
    assert pool.awaited == 4
    give(pool, ANN, GOOD, 1)
    assert pool.awaited == 4
    seal(pool, 7)
    assert (pool.account(BOB), pool.awaited) == ((7 + 4 * 50, 0), 0)
    # what it teaches waits for the next seal
    pool.settle(ANN, made, GOOD)
    assert pool.awaited == 1
    seal(pool, cost=0)
    assert (pool.account(BOB), pool.awaited) == ((7 + 4 * 50, 0), 0)


# MODELS THAT COUNT


def test_judge_of_a_model_that_counts_is_the_learner_as_a_seal_found_it() -> None:
    start = NaiveBayes.from_counts([[3, 0, 1], [0, 3, 1]], [3, 3])
    pool = SealedPoolTwin(start, REFERENCE, TERMS.replaced(gate=9, **SNAPSHOT), 1_000, owner=ANN)
    made = [give(pool, ANN, BAD, 1), give(pool, ANN, BAD, 1), give(pool, ANN, BAD, 1), give(pool, BOB, GOOD, 0)]
    seal(pool, 2)
    for one in made[:3]:
        pool.settle(ANN, one, BAD)
    assert pool.judge.tolist() == start.weights_.tolist()
    learned = pool.learner.weights_.tolist()
    assert learned == [3, 0, 1, 0, 6, 1, 3, 6]
    seal(pool)
    pool.settle(BOB, made[3], GOOD)
    assert pool.judge.tolist() == learned
    assert pool.served.moments_.tolist() == [4, 7]
    assert pool.learner.weights_.tolist() != learned


def test_judge_of_a_class_that_has_aged_has_the_moments_of_its_own_counts() -> None:
    start = NaiveBayes.from_counts([[65_535, 1, 1], [0, 3, 1]], [65_535, 3])
    pool = SealedPoolTwin(start, REFERENCE, TERMS.replaced(gate=9, **SNAPSHOT), 1_000, owner=ANN)
    made = give(pool, ANN, GOOD, 0)
    seal(pool, 2)
    pool.settle(ANN, made, GOOD)
    seal(pool)
    assert pool.judge.tolist() == [32_768, 0, 0, 0, 3, 1, 32_768, 3]
    assert (pool.learner.moments_[0], pool.served.moments_[0]) == (32_769, 32_768)


# CREATION AND OWNERSHIP


def test_pools_that_cannot_be_are_refused() -> None:
    model = SparsePerceptron.from_weights([2, -3, 1, 2_048])
    with pytest.raises(WeightsOutOfRange, match=r"Weight 3 is 2048, which times 2\^4 .* lower judge_shift to 3"):
        SealedPoolTwin(model, REFERENCE, TERMS, 0)
    with pytest.raises(RuleViolation, match=r"The reference has 2 weights; for 2 classes .* it must have 4"):
        SealedPoolTwin(model, REFERENCE[:2], TERMS.replaced(judge_shift=0), 0)
    with pytest.raises(RuleViolation, match="the model judges as it is: there is no sealed judge"):
        SealedPoolTwin(model, REFERENCE, SELF_ASSESSMENT.terms_of({}), 0)
    with pytest.raises(RuleViolation, match=r"risk_seals \(12\) must not be above learn_seals \(9\)"):
        SealedPoolTwin(model, REFERENCE, TERMS.replaced(risk_seals=12), 0)
    counts = NaiveBayes(3).fit(np.eye(3), [0, 1, 1])
    with pytest.raises(RuleViolation, match=r"averaging is 16 and judge_shift is 4: the model naive-bayes counts,"):
        SealedPoolTwin(counts, REFERENCE, TERMS, 0)
    with pytest.raises(RuleViolation, match=r"^judge_shift is 4: the model"):
        SealedPoolTwin(counts, REFERENCE, TERMS.replaced(averaging=1), 0)
    for large, sentence in (
        (NaiveBayes(5_985), r"room for the counts of 5,984 words in 2 classes, and there are 5,985"),
        (NaiveBayes(737, 16), r"room for the counts of 736 words in 16 classes, and there are 737"),
        (DenseNearestCentroid(384, 16), r"room for 15 classes of vectors of 384 numbers, and there are 16"),
    ):
        with pytest.raises(RuleViolation, match=sentence):
            SealedPoolTwin(large, REFERENCE, TERMS.replaced(**SNAPSHOT), 0)
    with pytest.raises(RuleViolation, match="a contribution is settled: there are no reports"):
        TERMS.price(0, 0)


def test_owner_pauses_contributions_alone_and_hands_over() -> None:
    pool = new_pool()
    made = give(pool, BOB, GOOD, 1)
    refused("NotOwner", {"caller": BOB, "owner": ANN}, pool.pause, BOB)
    pool.pause(ANN)
    pool.pause(ANN)
    seal(pool, 2)
    assert pool.settle(BOB, made, GOOD) == 10
    assert pool.withdraw(BOB) == 10
    pool.transfer_ownership(ANN, BOB)
    refused("NotPendingOwner", {"caller": ANN, "pendingOwner": BOB}, pool.accept_ownership, ANN)
    pool.accept_ownership(BOB)
    pool.unpause(BOB)
    assert (pool.owner, pool.paused) == (BOB, False)
    assert [type(event).__name__ for event in pool.events].count("Paused") == 1
