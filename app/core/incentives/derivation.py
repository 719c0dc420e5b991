"""The parameters of a pool whose judge is sealed, from what is known when it is made, with a reason for each."""

import math

import numpy as np

from earnest.core.errors import RuleViolation
from earnest.core.incentives.judge import SNAPSHOT, shift_for
from earnest.core.incentives.known import Derived, Known
from earnest.core.incentives.ledger import MAX_AMOUNT

#: Standard errors by which the measured accuracy is lowered: the judge's is hardly ever below that.
DOUBT = 2
#: Part of the initial samples whose own label the reference contradicts too much to teach.
HELD_OUT_BY_GATE = 0.02
#: Part of the initial samples that are as short as a pool takes them, or shorter.
SHORT_ENOUGH = 0.9
#: Standing never exceeds that of so many disagreements.
MOST_DISAGREEMENTS = 10
#: What the deposits of a promised sample and of one at risk are, in deposits of an agreed one.
PROMISED_DEPOSITS, RISK_DEPOSITS = 3, 7
#: Seconds between two seals. Whoever wants to move the judge works for that long against all others, and waits for two.
EPOCH_LENGTH = 86_400


def derive(known: Known) -> Derived:
    """Parameters of `sealed-assessment` for a pool.

    Raises:
        RuleViolation: the judge would be right too seldom, or a deposit has no room; the message says what to do.
    """
    least = least_accuracy(known.correct, known.held_out)
    rate = min(255, int(least / (1 - least)))
    if rate < 1:
        raise RuleViolation(
            f"The initial model judges {known.correct} of {known.held_out} held-out samples right, so perhaps only "
            f"{least:.1%} of all: under one half an honest account loses standing. Train it on more samples, or hold "
            "more out."
        )
    gate = max(0, -math.floor(float(np.quantile(np.asarray(known.gaps), HELD_OUT_BY_GATE))))
    longest = 0 if known.lengths is None else math.ceil(float(np.quantile(np.asarray(known.lengths), SHORT_ENOUGH)))
    averages = {"judge_shift": shift_for(known.weights, known.change, known.most)} if known.is_mean else SNAPSHOT
    if known.deposit * RISK_DEPOSITS > MAX_AMOUNT:
        raise RuleViolation(f"A deposit of {known.deposit} is too high: {RISK_DEPOSITS} times it has no room.")
    wrong = (1 - least) / (known.classes - 1)
    settings = {
        "epoch_length": EPOCH_LENGTH,
        "rate": rate,
        "learning_cost": rate,
        "most_standing": rate * MOST_DISAGREEMENTS,
        "gate": gate,
        **averages,
        "most_features": longest,
        "agreed_price": known.deposit,
        "promised_price": known.deposit * PROMISED_DEPOSITS,
        "risk_price": known.deposit * RISK_DEPOSITS,
        "seal_bounty": known.deposit,
    }
    reasons = (
        f"A disagreement takes {rate} standing: the judge agrees with at least {least:.1%} of honest labels, so an "
        f"honest account earns {100 * least:.0f} with 100 samples and spends {100 * (1 - least) * rate:.0f}; one that "
        f"always gives another label agrees with about {wrong:.0%} of them and soon pays what may be lost.",
        f"A sample teaches unless the reference contradicts its label by more than {gate}: that holds out "
        f"{HELD_OUT_BY_GATE:.0%} of the initial samples, and most of what is crafted.",
        *(
            (
                f"A sample has at most {longest} numbers, as {SHORT_ENOUGH:.0%} of the initial ones have: longer ones "
                "would weigh more for the same deposit.",
            )
            if longest
            else ()
        ),
        f"A seal can be made every {EPOCH_LENGTH // 3600} hours: nobody moves the judge in between, and deposits come "
        "back after some seals.",
        f"A promised sample costs {PROMISED_DEPOSITS} times as much as an agreed one, and one at risk {RISK_DEPOSITS} "
        "times: whoever is often wrong soon has nothing left to pay with.",
        "Whoever makes a seal that somebody waits for is paid what its gas costs, at most an agreed sample's deposit, "
        "as far as what was lost and what was given for it reach; what is not lost is never touched for it.",
        _told_of_judge(known, averages["judge_shift"]),
    )
    return Derived(settings, reasons)


def _told_of_judge(known: Known, shift: int) -> str:
    if not known.is_mean:
        return (
            "A seal takes the learner's counts as they are, averaging 1: they are means of samples already, and a mean "
            "of them would be the counts of no samples."
        )
    if shift == 0:
        return "The judge's weights are counted as the learner's are."
    return (
        f"The judge's weights are the learner's times {2**shift}: the finest for which all weights fit "
        f"{known.most.bit_length() + 1} bits."
    )


def require_rate(rate: int, known: Known) -> None:
    """Refuse a rate of the owner's own at which an honest account would lose standing.

    Raises:
        RuleViolation: the judge may be right too seldom for it; the message says how high it may be.
    """
    least = least_accuracy(known.correct, known.held_out)
    if rate * (1 - least) > least:
        raise RuleViolation(
            f"rate is {rate}: with a judge that may agree with only {least:.1%} of honest labels, an honest account "
            f"would lose standing. Lower it to {int(least / (1 - least))}, or leave it out."
        )


def least_accuracy(correct: int, held_out: int) -> float:
    """The accuracy that a model has at least, as far as held-out samples tell.

    Raises:
        RuleViolation: there are none, or more are right than there are.
    """
    if not 0 <= correct <= held_out or held_out == 0:
        raise RuleViolation(f"{correct} of {held_out} held-out samples are right, which cannot be: hold some out.")
    accuracy = correct / held_out
    # one more of each kind, so that a handful of samples, all right, leaves doubt
    smoothed = (correct + 1) / (held_out + 2)
    return max(0.0, accuracy - DOUBT * math.sqrt(smoothed * (1 - smoothed) / held_out))
