"""Parameters of a sealed pool from what is known when it is made."""

from dataclasses import replace

import numpy as np
import pytest

from earnest.core.errors import RuleViolation
from earnest.core.incentives.derivation import derive, least_accuracy, require_rate
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
        "epoch_length": 86_400, "rate": 3, "learning_cost": 3, "most_standing": 30, "gate": 381, "judge_shift": 4,
        "most_features": 181, "agreed_price": 10, "promised_price": 30, "risk_price": 70,
        "seal_bounty": 10,
    }  # fmt: skip
    SEALED_ASSESSMENT.terms_of(derived.settings).validate()
    assert derived.reasons[0].startswith("A disagreement takes 3 standing: the judge agrees with at least 78.7% of")
    assert all(reason.endswith(".") for reason in derived.reasons)


def test_rate_above_the_odds_of_the_least_accuracy_is_refused() -> None:
    require_rate(3, KNOWN)
    with pytest.raises(RuleViolation, match=r"rate is 4: .* agree with only 78\.7% of honest labels.* Lower it to 3"):
        require_rate(4, KNOWN)


@pytest.mark.parametrize(
    ("correct", "held_out", "rate"),
    # odds of the accuracy less two standard errors; of few samples less is sure
    [(860, 1000, 5), (86, 100, 3), (5_400, 10_000, 1), (10_000, 10_000, 255), (990, 1000, 59)],
)
def test_rate_is_the_odds_of_the_least_accuracy(correct: int, held_out: int, rate: int) -> None:
    derived = derive(replace(KNOWN, correct=correct, held_out=held_out))
    least = least_accuracy(correct, held_out)
    assert derived.settings["rate"] == rate
    # an honest account's standing does not shrink on average
    assert least >= (1 - least) * rate - 1e-9


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
    assert "averaging" not in derive(KNOWN).settings
