"""The judge that a pool starts with."""

import numpy as np

from earnest.core.errors import RuleViolation, WeightsOutOfRange
from earnest.core.incentives.base import Terms
from earnest.core.models.kernels import MOST_JUDGED
from earnest.core.models.model import Model, Weights

#: The largest shift that a pool can have.
MOST_SHIFT = 6
#: With these a seal takes the learner's weights as they are.
SNAPSHOT = {"averaging": 1, "judge_shift": 0}


def require_judge(model: Model, terms: Terms) -> None:
    """Refuse a pool whose judge could not be the model that it is to be.

    Args:
        model: the learner.
        terms: the pool's, of an incentive whose judge is sealed.

    Raises:
        RuleViolation: no mean of the model's weights makes a model, and the terms are not those of a snapshot; or a
            seal has no room for all weights.
    """
    other = [f"{name} is {terms[name]}" for name, value in SNAPSHOT.items() if terms[name] != value]
    if other and not model.KERNELS.is_linear:
        raise RuleViolation(
            f"{' and '.join(other)}: the model {model.name()} counts, and a mean of its counts would be those of no "
            "samples. Its judge takes the learner's as they are: set averaging to 1 and judge_shift to 0, or leave "
            "them out."
        )
    model.require_sealable()


def shift_for(weights: Weights, change: int, most: int = MOST_JUDGED) -> int:
    """The largest shift at which the judge has room for these weights and as much change as is expected; 0 at least.

    Args:
        weights: the initial model's.
        change: how far learning can move one.
        most: how far a judge's weight may go up; see `models.kernels.Kernels.most_judged`.
    """
    reach = int(np.abs(weights).max(initial=0)) + change
    return max((shift for shift in range(MOST_SHIFT + 1) if reach << shift <= most), default=0)


def judge_from(terms: Terms, weights: Weights, most: int) -> Weights:
    """The judge's weights at creation, int32: the learner's, multiplied.

    Args:
        terms: the pool's.
        weights: the learner's.
        most: how far a judge's weight may go up; see `models.kernels.Kernels.most_judged`.

    Raises:
        WeightsOutOfRange: one does not fit: such a judge would not be the model from which it starts.
    """
    judge_of, p = terms.incentive.sealed.judge_of, terms.numbers
    judge = np.array([judge_of(p, one, most) for one in weights.tolist()], dtype=np.int32)
    held_back = np.flatnonzero(judge != weights.astype(np.int64) << terms["judge_shift"])
    if len(held_back):
        index = int(held_back[0])
        raise WeightsOutOfRange(
            f"Weight {index} is {int(weights[index])}, which times 2^{terms['judge_shift']} does not fit "
            f"{most.bit_length() + 1} bits of a judge: lower judge_shift to {shift_for(weights, 0, most)}."
        )
    return judge
