"""The judge that a pool starts with."""

import numpy as np

from earnest.core.errors import WeightsOutOfRange
from earnest.core.incentives.base import Terms
from earnest.core.models.kernels import MOST_JUDGED
from earnest.core.models.model import Weights

#: The largest shift that a pool can have.
MOST_SHIFT = 6


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
