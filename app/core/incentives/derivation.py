"""The parameters of a pool whose judge is sealed, from what is known when it is made, with a reason for each."""

import math

import numpy as np

from earnest.core.errors import RuleViolation
from earnest.core.incentives.judge import SNAPSHOT, shift_for
from earnest.core.incentives.known import Derived, Known
from earnest.core.incentives.ledger import MAX_AMOUNT

#: Standard errors by which the measured accuracy is lowered: the judge's is hardly ever below that.
DOUBT = 2
#: What an honest newcomer may be expected to lose of its deposits, if it contributes so many samples and pays whatever
#: is asked. Simulated ones lose about six tenths of what is expected, since the judge learns, and comes round.
NEWCOMER_SAMPLES, NEWCOMER_LOSS = 23, 0.033
#: Part of the initial samples whose own label the reference contradicts too much to teach: what is crafted it
#: contradicts more than nearly all of them.
HELD_OUT_BY_GATE = 0.005
#: Part of the initial samples that are as short as a pool takes them, or shorter.
SHORT_ENOUGH = 0.9
#: Standing never exceeds that of so many disagreements.
MOST_DISAGREEMENTS = 8
#: Seals after which what is at risk can be settled no more: the first after which anything can.
RISK_SEALS = 2
#: Most seals that the judge is a mean of.
AVERAGING = 8
#: What the deposits of a promised sample and of one at risk are, in deposits of an agreed one.
PROMISED_DEPOSITS, RISK_DEPOSITS = 3, 7
#: Seconds between two seals. Whoever wants to move the judge works for that long against all others, and waits for two.
EPOCH_LENGTH = 86_400
#: Names of what is derived.
DERIVES = (
    "epoch_length", "risk_seals", "rate", "learning_cost", "most_standing", "gate", "averaging", "judge_shift",
    "most_features", "promised_price", "risk_price", "seal_bounty",
)  # fmt: skip


def derive(known: Known) -> Derived:
    """Parameters of `sealed-assessment` for a pool.

    Raises:
        RuleViolation: the judge would be right too seldom, or a deposit has no room; the message says what to do.
    """
    least = least_accuracy(known.correct, known.held_out)
    most = int(least / (1 - least))
    if most < 1:
        raise RuleViolation(
            f"The initial model judges {known.correct} of {known.held_out} held-out samples right, so perhaps only "
            f"{least:.1%} of all: under one half an honest account loses standing. Train it on more samples, or hold "
            "more out."
        )
    expected = _smoothed(known.correct, known.held_out)
    rate = _rate(expected, min(most, NEWCOMER_SAMPLES - 1))
    gate = max(0, -math.floor(float(np.quantile(np.asarray(known.gaps), HELD_OUT_BY_GATE))))
    longest = 0 if known.lengths is None else math.ceil(float(np.quantile(np.asarray(known.lengths), SHORT_ENOUGH)))
    averages = SNAPSHOT
    if known.is_mean:
        averages = {
            "averaging": AVERAGING,
            "judge_shift": shift_for(known.weights, known.change, known.most),
        }
    if known.deposit * RISK_DEPOSITS > MAX_AMOUNT:
        raise RuleViolation(f"A deposit of {known.deposit} is too high: {RISK_DEPOSITS} times it has no room.")
    wrong = (1 - least) / (known.classes - 1)
    settings = {
        "epoch_length": EPOCH_LENGTH,
        "risk_seals": RISK_SEALS,
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
        f"A newcomer that pays whatever is asked for {NEWCOMER_SAMPLES} samples is expected to lose at most "
        f"{newcomer_loss(expected, rate):.1%} of its deposits; with one standing more for a disagreement "
        f"{newcomer_loss(expected, rate + 1):.1%}. Whoever follows the quote loses none.",
        f"Standing never exceeds {rate * MOST_DISAGREEMENTS}, as much as {MOST_DISAGREEMENTS} disagreements take: "
        "nobody hoards it.",
        f"A sample teaches unless the reference contradicts its label by more than {gate}: that holds out "
        f"{HELD_OUT_BY_GATE:.1%} of the initial samples, and most of what is crafted.",
        *(
            (
                f"A seal takes at least one part in {AVERAGING} of the learner into the judge, so that nobody's day "
                "moves it far.",
            )
            if known.is_mean
            else ()
        ),
        f"What is at risk can be settled after {RISK_SEALS} seals and until the next one: its money is gone soon.",
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


def newcomer_loss(accuracy: float, rate: int) -> float:
    """What an honest account loses of its first deposits at most, on average, if it pays whatever is asked.

    Of its samples the judge agrees with some, each of which earns 1; the others cost `rate` each, and what is not
    covered in the end is lost. That is as if the judge never learned and never came round.

    Args:
        accuracy: part of honest labels that the judge agrees with.
        rate: standing that a disagreement takes, at least 1.
    """
    n, wrong = NEWCOMER_SAMPLES, 1 - accuracy
    lost = sum(math.comb(n, d) * wrong**d * accuracy ** (n - d) * max(0, d - (n - d) // rate) for d in range(n + 1))
    return RISK_DEPOSITS * lost / (n * (accuracy + PROMISED_DEPOSITS * wrong))


def _rate(accuracy: float, most: int) -> int:
    """The highest rate up to one that spares newcomers; 1 where none does."""
    return max((rate for rate in range(1, most + 1) if newcomer_loss(accuracy, rate) <= NEWCOMER_LOSS), default=1)


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
    accuracy, smoothed = correct / held_out, _smoothed(correct, held_out)
    return max(0.0, accuracy - DOUBT * math.sqrt(smoothed * (1 - smoothed) / held_out))


def _smoothed(correct: int, held_out: int) -> float:
    """With one more of each kind, so that a handful of samples, all right, leaves doubt."""
    return (correct + 1) / (held_out + 2)
