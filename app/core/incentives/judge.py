"""The judge that a pool starts with."""

import numpy as np

from earnest.core.errors import WeightsOutOfRange
from earnest.core.incentives.base import Terms
from earnest.core.incentives.sealed import MOST_WEIGHT
from earnest.core.models.model import Weights

#: The largest shift that a pool can have.
MOST_SHIFT = 6


def shift_for(weights: Weights, change: int) -> int:
    """The largest shift at which the judge has room for these weights and as much change as is expected; 0 at least."""
    reach = int(np.abs(weights).max(initial=0)) + change
    return max((shift for shift in range(MOST_SHIFT + 1) if reach << shift <= MOST_WEIGHT), default=0)


def judge_from(terms: Terms, weights: Weights) -> Weights:
    """The judge's weights at creation, int32 within 16 bits: the learner's, multiplied.

    Raises:
        WeightsOutOfRange: one does not fit: such a judge would not be the model from which it starts.
    """
    judge = np.array([terms.incentive.sealed.judge_of(terms.numbers, one) for one in weights.tolist()], dtype=np.int32)
    held_back = np.flatnonzero(judge != weights.astype(np.int64) << terms["judge_shift"])
    if len(held_back):
        index = int(held_back[0])
        raise WeightsOutOfRange(
            f"Weight {index} is {int(weights[index])}, which times 2^{terms['judge_shift']} does not fit 16 bits of a "
            f"judge: lower judge_shift to {shift_for(weights, 0)}."
        )
    return judge
