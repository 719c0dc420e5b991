"""The life of a contribution whose judge is sealed: contribute, settle, expire, seal.

The published life (`base.Kernels`) asks the model as it is when somebody claims. Here the judge stands still between
two seals, an account has standing, and all windows count seals. `docs/sealed-assessment.md` is the rule on integers;
incentives of this life are the functions of `SealedKernels`, read interpreted and compiled.
"""

from collections.abc import Callable
from typing import NamedTuple

from earnest.core.compilable import compilable

#: The cases of a contribution.
AGREED, PROMISED, AT_RISK = range(3)
#: What they are called.
CASES = ("agreed", "promised", "at risk")

#: What `teaching_cost` answers where a contribution does not teach.
TEACHES_NOT = -1

#: The reference's weights are int16.
LEAST_WEIGHT, MOST_WEIGHT = -(2**15), 2**15 - 1

#: Gas that a seal takes at least beside its weights, whatever the model, a fifth of it refunded (EIP-3529); what a seal
#: is paid follows it.
_SEAL_GAS = 25_600

#: What the reference's means are multiplied by.
REFERENCE_SCALE = 1024


class SealedKernels(NamedTuple):
    """An incentive's functions in this life: compilable, of integers and of arrays of integers.

    `p` holds a pool's numbers in the order of the incentive's slots; `epoch` is the number of seals so far, `made` what
    it was when the contribution was accepted. Refusals are codes of `refusals`, in the order of the contract's checks.

    Attributes:
        case_of: (p, agrees, standing) -> AGREED, PROMISED or AT_RISK, by what the judge says and the author's standing.
        deposit_of: (p, case) -> what a contribution costs.
        standing_after: (p, case, standing) -> the author's, once it is accepted.
        settle_refusal: (p, epoch, made, case, is_open, is_author, agrees, standing) -> code; `agrees` is the judge's
            answer now, which plays a part for AT_RISK only.
        standing_settled: (p, case, agrees, standing) -> the author's, once it is refunded.
        may_teach: (p, epoch, made, gap) -> whether it is young enough, and the reference does not stand against it.
        teaching_cost: (p, case, learner_agrees, standing) -> standing that teaching takes, or TEACHES_NOT.
        expired_epoch: (p, epoch) -> what was AT_RISK, made in it or before and is not settled, has expired.
        seal_refusal: (p, sealed_at, now) -> code.
        moved: (p, epoch, judge, weight, most) -> one of the judge's weights after the seal of an epoch, from the
            learner's; within -most - 1 to most (`models.kernels.Kernels.most_judged`).
        awaited_after: (p, case, awaited) -> coming seals that somebody waits for, once a contribution is accepted.
        bounty_of: (p, budget, awaited, cost) -> what whoever seals is paid out of the budget; `awaited` is how many
            coming seals somebody waits for, this one among them, `cost` what its gas costs at least.
        most_features: (p) -> numbers in a sample; 0: as many as the model takes.
        judge_of: (p, weight, most) -> one of the judge's weights at creation, from the learner's; likewise.
    """

    case_of: Callable[..., int]
    deposit_of: Callable[..., int]
    standing_after: Callable[..., int]
    settle_refusal: Callable[..., int]
    standing_settled: Callable[..., int]
    may_teach: Callable[..., bool]
    teaching_cost: Callable[..., int]
    expired_epoch: Callable[..., int]
    seal_refusal: Callable[..., int]
    moved: Callable[..., int]
    awaited_after: Callable[..., int]
    bounty_of: Callable[..., int]
    most_features: Callable[..., int]
    judge_of: Callable[..., int]


#: What each of them takes, in order.
SEALED_SIGNATURES: dict[str, str] = {
    "case_of": "p, agrees, standing",
    "deposit_of": "p, case",
    "standing_after": "p, case, standing",
    "settle_refusal": "p, epoch, made, case, is_open, is_author, agrees, standing",
    "standing_settled": "p, case, agrees, standing",
    "may_teach": "p, epoch, made, gap",
    "teaching_cost": "p, case, learner_agrees, standing",
    "expired_epoch": "p, epoch",
    "seal_refusal": "p, sealed_at, now",
    "moved": "p, epoch, judge, weight, most",
    "awaited_after": "p, case, awaited",
    "bounty_of": "p, budget, awaited, cost",
    "most_features": "p",
    "judge_of": "p, weight, most",
}


@compilable
def awaited_with_lesson(awaited: int) -> int:
    """What is learned waits for the next seal."""
    return max(awaited, 1)


@compilable
def awaited_sealed(awaited: int) -> int:
    """One seal less, if any was waited for."""
    return max(awaited - 1, 0)


def seal_cost(weights: int, base_fee: int, weight_gas: int = 400) -> int:
    """What a seal costs whoever makes it at least, in wei, refunds of gas taken off.

    Args:
        weights: of the judge, the bias included.
        base_fee: of the block, in wei.
        weight_gas: that each of them takes; see `Model.PAID_WEIGHT_GAS`.
    """
    return (_SEAL_GAS + weight_gas * weights) * base_fee
