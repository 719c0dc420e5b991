"""Sealed assessment: an account is judged, not a sample, by a judge that nobody can move between two seals.

Honest labels agree with the judge about as often as it is right, wrong ones as seldom as it errs, and one disagreement
costs the standing of R agreements. That does not depend on how many accounts somebody has. The rule is written down in
`docs/sealed-assessment.md`.
"""

from typing import Any

from earnest.core.compilable import compilable
from earnest.core.errors import RuleViolation
from earnest.core.incentives.base import Incentive, Slot, Terms, Words
from earnest.core.incentives.derivation import DERIVES, derive
from earnest.core.incentives.ledger import LONGEST_WAIT, MAX_AMOUNT
from earnest.core.incentives.refusals import (
    CLOSED,
    EXPIRED,
    JUDGE_DISAGREES,
    NOT_CONTRIBUTOR,
    OK,
    SEALED_TOO_EARLY,
    TOO_FEW_SEALS,
)
from earnest.core.incentives.sealed import (
    AGREED,
    AT_RISK,
    PROMISED,
    TEACHES_NOT,
    SealedKernels,
)
from earnest.core.parameters import Parameter

#: Seconds between two seals, at least: what can be settled between them only needs blocks in which others act, too.
SHORTEST_EPOCH = 3_600

_PARAMETERS = (
    Parameter(
        "epoch_length",
        "whole",
        "how long after a seal the next can come",
        SHORTEST_EPOCH,
        LONGEST_WAIT,
        "s",
        default=86_400,
    ),
    Parameter("wait_seals", "whole", "seals after which a contribution can be settled", 1, 255, "seals", default=2),
    Parameter(
        "risk_seals", "whole", "seals after which one whose deposit is at risk can be settled no more", 1, 255, "seals",
        default=2,
    ),
    Parameter("learn_seals", "whole", "seals after which a settled one teaches no more", 1, 255, "seals", default=9),
    Parameter("rate", "whole", "standing that a disagreement with the judge takes", 1, 255, default=2),
    Parameter(
        "learning_cost", "whole", "standing that teaching takes where only the learner is wrong", 0, 255,
        default=2,
    ),
    Parameter("most_standing", "whole", "standing never exceeds it", 1, 2**16 - 1, default=16),
    Parameter(
        "gate", "whole", "how far the reference may contradict the label of a sample that teaches", 0, 2**32 - 1,
        default=700,
    ),
    Parameter("averaging", "whole", "most seals that the judge is a mean of, about", 1, 255, default=8),
    Parameter(
        "judge_shift", "whole", "the judge's weights are the learner's times two to the power of this", 0, 6, default=4
    ),
    Parameter(
        "most_features", "whole", "numbers in a sample at most; 0 for as many as the model takes", 0, 2**16 - 1,
        default=160,
    ),
    Parameter(
        "agreed_price", "amount", "deposit of a sample whose label the judge agrees with", 1, MAX_AMOUNT, default=10,
        money=True,
    ),
    Parameter(
        "promised_price", "amount", "deposit of another one, while its author has the standing for it", 1, MAX_AMOUNT,
        default=30, money=True,
    ),
    Parameter(
        "risk_price", "amount", "deposit of another one without, which may be lost", 1, MAX_AMOUNT, default=70,
        money=True,
    ),
    Parameter(
        "seal_bounty", "amount", "most that an awaited seal's gas is paid with, out of what was lost", 0, MAX_AMOUNT,
        default=0, money=True,
    ),
)  # fmt: skip
_WIDTHS = (4, 1, 1, 1, 1, 1, 2, 4, 1, 1, 2, 12, 12, 12, 12)

# places among a pool's numbers
(
    _EPOCH_LENGTH, _WAIT_SEALS, _RISK_SEALS, _LEARN_SEALS, _RATE, _LEARNING_COST, _MOST_STANDING, _GATE, _AVERAGING,
    _JUDGE_SHIFT, _MOST_FEATURES, _AGREED_PRICE, _PROMISED_PRICE, _RISK_PRICE, _SEAL_BOUNTY,
) = range(15)  # fmt: skip


# CONTRIBUTING


@compilable
def case_of(p: Any, agrees: bool, standing: int) -> int:
    """By the judge, then by the author's standing."""
    if agrees:
        return AGREED
    return PROMISED if standing >= p[_RATE] else AT_RISK


@compilable
def deposit_of(p: Any, case: int) -> int:
    """A price for each case."""
    price: int = p[_AGREED_PRICE + case]
    return price


@compilable
def standing_after(p: Any, case: int, standing: int) -> int:
    """Agreeing earns 1, a promise takes R."""
    if case == AGREED:
        return min(standing + 1, int(p[_MOST_STANDING]))
    return standing - int(p[_RATE]) if case == PROMISED else standing


# SETTLING


@compilable
def settle_refusal(
    p: Any, epoch: int, made: int, case: int, is_open: bool, is_author: bool, agrees: bool, standing: int
) -> int:
    """What was agreed or promised is refunded for ever; what is at risk, if judge or standing is for it in time."""
    if not is_open:
        return CLOSED
    if not is_author:
        return NOT_CONTRIBUTOR
    if epoch - made < p[_WAIT_SEALS]:
        return TOO_FEW_SEALS
    if case != AT_RISK:
        return OK
    if epoch - made > p[_RISK_SEALS]:
        return EXPIRED
    return OK if agrees or standing >= p[_RATE] else JUDGE_DISAGREES


@compilable
def standing_settled(p: Any, case: int, agrees: bool, standing: int) -> int:
    """What was at risk earns or spends now what the others did at once."""
    if case != AT_RISK:
        return standing
    return min(standing + 1, int(p[_MOST_STANDING])) if agrees else standing - int(p[_RATE])


@compilable
def may_teach(p: Any, epoch: int, made: int, gap: int) -> bool:
    """Young enough, and not against the reference by more than the gate."""
    allowed: bool = epoch - made <= p[_LEARN_SEALS] and gap >= -p[_GATE]
    return allowed


@compilable
def teaching_cost(p: Any, case: int, learner_agrees: bool, standing: int) -> int:
    """What the judge agreed with and the learner does not costs standing: else camouflage would teach for free."""
    if case != AGREED or learner_agrees:
        return 0
    return int(p[_LEARNING_COST]) if standing >= p[_LEARNING_COST] else TEACHES_NOT


# SEALING


@compilable
def expired_epoch(p: Any, epoch: int) -> int:
    """Negative while nothing can have expired."""
    return epoch - int(p[_RISK_SEALS]) - 1


@compilable
def seal_refusal(p: Any, sealed_at: int, now: int) -> int:
    """Once an epoch."""
    return SEALED_TOO_EARLY if now < sealed_at + p[_EPOCH_LENGTH] else OK


@compilable
def _clamped(weight: int, most: int) -> int:
    return min(max(weight, -most - 1), most)


@compilable
def judge_of(p: Any, weight: int, most: int) -> int:
    """Multiplied, as far as the range reaches."""
    return _clamped(int(weight) << int(p[_JUDGE_SHIFT]), most)


@compilable
def moved(p: Any, epoch: int, judge: int, weight: int, most: int) -> int:
    """A mean that forgets: half of the way at first, a part of 1 / averaging later; rounded to the nearest, half up."""
    parts = min(epoch + 2, int(p[_AVERAGING]))
    return _clamped(judge + ((int(weight) << int(p[_JUDGE_SHIFT])) - judge + parts // 2) // parts, most)


@compilable
def awaited_after(p: Any, case: int, awaited: int) -> int:
    """Until it can be settled; at risk until it is lost."""
    return max(awaited, int(p[_RISK_SEALS]) + 1 if case == AT_RISK else int(p[_WAIT_SEALS]))


@compilable
def bounty_of(p: Any, budget: int, awaited: int, cost: int) -> int:
    """What its gas costs, as far as bounty and budget reach; nothing where nobody waits, so that nobody gains by it."""
    return min(int(p[_SEAL_BOUNTY]), budget, cost) if awaited else 0


@compilable
def most_features(p: Any) -> int:
    """As the pool says."""
    most: int = p[_MOST_FEATURES]
    return most


def _check(terms: Terms) -> None:
    """In the order of the contract's checks."""
    wait = terms["epoch_length"] * terms["wait_seals"]
    if wait > LONGEST_WAIT:
        raise RuleViolation(
            f"epoch_length ({terms['epoch_length']} s) times wait_seals ({terms['wait_seals']}) is more than "
            f"{LONGEST_WAIT} s (366 days), for which a deposit waits at most: lower one of them."
        )
    for low, high in (
        ("wait_seals", "risk_seals"),
        ("risk_seals", "learn_seals"),
        ("rate", "most_standing"),
        ("learning_cost", "most_standing"),
        ("agreed_price", "promised_price"),
    ):
        if terms[low] > terms[high]:
            raise RuleViolation(f"{low} ({terms[low]}) must not be above {high} ({terms[high]}).")
    if terms["promised_price"] >= terms["risk_price"]:
        raise RuleViolation(
            f"risk_price ({terms['risk_price']}) must be above promised_price ({terms['promised_price']}): whoever "
            "pays no more than was quoted must not put at risk what was not."
        )


def _products(terms: Terms, contributions: int) -> dict[tuple[str, ...], int]:
    """The budget is at most what all contributions cost, and the judge's sums are far below."""
    return {("risk_price",): terms["risk_price"] * contributions}


def _late(terms: Terms) -> str:
    return (
        "A deposit that is agreed or promised never expires; one at risk that is not settled by then is lost with seal "
        f"number {terms['risk_seals'] + 1} after it."
    )


def _waits(terms: Terms, case: int, made: int) -> str:
    """By its case alone where that decides; the epochs are those of `settle_refusal`."""
    first, last = made + terms["wait_seals"], made + terms["risk_seals"]
    if case == AGREED:
        return (
            f"The judge agreed with the label: the deposit comes back for sure, from seal {first} on, whenever it is "
            "settled."
        )
    if case == PROMISED:
        return (
            "The judge disagreed with the label, and the account's standing paid for that: the deposit comes back for "
            f"sure, from seal {first} on, whenever it is settled."
        )
    return (
        "The judge disagreed with the label, and the account had too little standing: the deposit comes back only if "
        f"it is settled from seal {first} until seal {last}, and the judge agrees then, or the account has a "
        f"standing of {terms['rate']} to pay with. Seal {last + 1} takes what is not settled."
    )


SEALED_ASSESSMENT = Incentive(
    name="sealed-assessment",
    version=1,
    kernels=SealedKernels(
        case_of=case_of,
        deposit_of=deposit_of,
        standing_after=standing_after,
        settle_refusal=settle_refusal,
        standing_settled=standing_settled,
        may_teach=may_teach,
        teaching_cost=teaching_cost,
        expired_epoch=expired_epoch,
        seal_refusal=seal_refusal,
        moved=moved,
        awaited_after=awaited_after,
        bounty_of=bounty_of,
        most_features=most_features,
        judge_of=judge_of,
    ),
    parameters=_PARAMETERS,
    slots=tuple(Slot(one.name, sum(_WIDTHS[:place]), _WIDTHS[place]) for place, one in enumerate(_PARAMETERS)),
    length=sum(_WIDTHS),
    words=Words(
        title="Sealed assessment",
        sentence=(
            "An account is judged, not a sample: agreeing with a judge that stands still between two seals earns "
            "standing, disagreeing spends it or puts the deposit at risk."
        ),
        brief="a sealed judge and the author's standing decide, before it pays, whether a deposit is sure to come back",
        rules=(
            "A contribution costs the cheap deposit if the judge agrees with its label, a dearer one if its author has "
            "the standing for a disagreement, and the dearest one, which may be lost, otherwise.",
            "Agreeing earns one standing, disagreeing takes as much as the pool's rate.",
            "After some seals its author settles it: what was agreed or promised comes back whenever that is; what is "
            "at risk comes back if the judge agrees by then, or for standing, and is lost after a few more seals.",
            "The model learns from what is settled, and a seal, which anybody may make once an epoch, takes a part of "
            "that into the judge.",
            "Nobody gets another's deposit: what is lost pays the gas of seals that somebody waits for, as far as the "
            "pool says.",
        ),
        risks=(
            "Samples that agree with the model are refunded whatever else they teach: rare words in samples of a class "
            "come to stand for it, and accuracy stays. No deposit sees such a backdoor; the scans look for it.",
            "Contributing brings no profit: an honest account gets its deposits back and nothing more.",
            "Whoever earns standing honestly can spend it on wrong labels: one for as many right ones as its rate.",
            "A newcomer whose sample the judge gets wrong puts its deposit at risk if it sends it all the same.",
            "What is at risk can be saved by standing, which is earned by contributing: an owner that pauses the pool "
            "meanwhile keeps its author from it.",
            "Somebody must seal; while nobody does, refunds wait, and nothing is lost.",
            "Samples crafted against the model teach it as far as gate and standing allow: in a prototype 3 % of "
            "them took 1.3 points of accuracy.",
        ),
        agrees="the deposit comes back for sure once it is settled",
        disagrees="the deposit comes back for standing, or is at risk",
        late=_late,
        leftover=lambda terms: "what was at risk and is not settled pays for seals",
        note="contributing brings no profit, and following the quote loses nothing",
        cases=(
            "The judge agrees with the label, so the deposit is the lowest one and comes back for sure, whenever it is "
            "settled; the account earns one standing.",
            "The judge disagrees with the label, and the account's standing pays for that: the deposit comes back for "
            "sure, whenever it is settled.",
            "The judge disagrees with the label, and the account has too little standing: the deposit comes back only "
            "if a later judge agrees, or for standing earned until then, and is lost otherwise.",
        ),
        waits=_waits,
        gated="It would teach nothing: the reference, which nobody can move, speaks too much against the label.",
    ),
    moves_money=True,
    check=_check,
    products=_products,
    price_falls=True,
    contract="SealedAssessed",
    derives=derive,
    derived=DERIVES,
)
