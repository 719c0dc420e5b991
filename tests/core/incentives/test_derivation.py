"""Parameters of a sealed pool from what is known when it is made."""

from dataclasses import replace

import numpy as np
import pytest

from earnest.core.errors import RuleViolation
from earnest.core.incentives.derivation import (
    NEWCOMER_LOSS,
    NEWCOMER_SAMPLES,
    derive,
    least_accuracy,
    newcomer_loss,
    require_rate,
)
from earnest.core.incentives.judge import shift_for
from earnest.core.incentives.known import Known
from earnest.core.incentives.sealed_assessment import SEALED_ASSESSMENT

KNOWN = Known(
    correct=19_800,
    held_out=25_000,
    classes=2,
    weights=np.array([3, -1115, 20], np.int32),
    change=511,
    gaps=np.arange(-400, 600),
    lengths=np.arange(1, 201),
    deposit=10,
)


def test_derived_parameters_are_a_pool_and_each_has_its_reason() -> None:
    derived = derive(KNOWN)
    assert derived.settings == {
        "epoch_length": 86_400, "risk_seals": 2, "rate": 2, "learning_cost": 2, "most_standing": 16, "gate": 396,
        "averaging": 8, "judge_shift": 4, "most_features": 181, "agreed_price": 10, "promised_price": 30,
        "risk_price": 70, "seal_bounty": 10,
    }  # fmt: skip
    SEALED_ASSESSMENT.terms_of(derived.settings).validate()
    assert derived.reasons[0].startswith("A disagreement takes 2 standing: the judge agrees with at least 78.7% of")
    assert all(reason.endswith(".") for reason in derived.reasons)


def test_rate_above_the_odds_of_the_least_accuracy_is_refused() -> None:
    require_rate(3, KNOWN)
    with pytest.raises(RuleViolation, match=r"rate is 4: .* agree with only 78\.7% of honest labels.* Lower it to 3"):
        require_rate(4, KNOWN)


@pytest.mark.parametrize(
    ("correct", "held_out", "rate"),
    # film reviews of two models, clothing reviews of two, and few samples, which leave doubt
    [(19_802, 25_000, 2), (20_782, 25_000, 2), (4_433, 5000, 3), (4_277, 5000, 2), (86, 100, 2), (5_400, 10_000, 1),
     (950, 1000, 6)],
)  # fmt: skip
def test_rate_is_the_highest_that_spares_newcomers(correct: int, held_out: int, rate: int) -> None:
    derived = derive(replace(KNOWN, correct=correct, held_out=held_out))
    least, accuracy = least_accuracy(correct, held_out), (correct + 1) / (held_out + 2)
    assert derived.settings["rate"] == rate
    # an honest account's standing does not shrink on average
    assert least >= (1 - least) * rate
    assert rate == 1 or newcomer_loss(accuracy, rate) <= NEWCOMER_LOSS < newcomer_loss(accuracy, rate + 1)


def test_newcomer_can_always_earn_one_disagreement() -> None:
    derived = derive(replace(KNOWN, correct=10_000, held_out=10_000))
    assert derived.settings["rate"] == NEWCOMER_SAMPLES - 1


def test_rate_stays_below_the_odds_of_the_least_accuracy_where_few_samples_leave_doubt() -> None:
    derived = derive(replace(KNOWN, correct=20, held_out=22))
    assert newcomer_loss(21 / 24, 2) < NEWCOMER_LOSS
    assert derived.settings["rate"] == int(least_accuracy(20, 22) / (1 - least_accuracy(20, 22)))


def test_newcomer_loses_what_its_agreements_do_not_cover() -> None:
    # of 23 labels, 8 are wrong with some chance, and 15 agreements pay for seven of them at a rate of 2
    rng = np.random.default_rng(1)
    wrong = rng.binomial(23, 0.2, 200_000)
    lost = np.maximum(0, wrong - (23 - wrong) // 2)
    assert newcomer_loss(0.8, 2) == pytest.approx(7 * lost.mean() / (23 * (0.8 + 3 * 0.2)), rel=0.03)
    assert newcomer_loss(1.0, 255) == 0
    assert newcomer_loss(0.8, 1) < newcomer_loss(0.8, 2) < newcomer_loss(0.8, 3) < newcomer_loss(0.7, 3)


def test_judge_that_is_right_too_seldom_is_refused() -> None:
    with pytest.raises(RuleViolation, match=r"judges 52 of 100 held-out samples right, so perhaps only 42.0% of all"):
        derive(replace(KNOWN, correct=52, held_out=100))
    for correct, held_out in ((0, 0), (3, 2), (-1, 5)):
        with pytest.raises(RuleViolation, match="held-out samples are right"):
            least_accuracy(correct, held_out)


def test_deposit_whose_dearest_has_no_room_is_refused() -> None:
    with pytest.raises(RuleViolation, match="has no room"):
        derive(replace(KNOWN, deposit=2**96 // 7 + 1))


def test_shift_leaves_room_for_weights_and_their_change() -> None:
    assert [shift_for(np.array([weight], np.int32), 511) for weight in (0, 1, 512, 513, 1_536, 3_500, 40_000)] == [
        6, 5, 5, 4, 4, 3, 0,
    ]  # fmt: skip


def test_judge_of_a_model_that_counts_is_a_snapshot() -> None:
    derived = derive(replace(KNOWN, is_mean=False))
    assert (derived.settings["averaging"], derived.settings["judge_shift"]) == (1, 0)
    assert derived.reasons[-1].startswith("A seal takes the learner's counts as they are, averaging 1: they are means")
    assert derive(KNOWN).settings["averaging"] > 1
