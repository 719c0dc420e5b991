"""What is known of a pool that is to be made, and what follows from it for its parameters."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earnest.core.models.kernels import MOST_JUDGED


@dataclass(frozen=True)
class Known:
    """What is known of a pool that is to be made.

    Attributes:
        correct: held-out samples that the initial model judges right.
        held_out: held-out samples in all.
        classes: how many there are.
        weights: int32, the initial model's.
        change: how far learning can move a weight.
        gaps: how far the reference speaks for the label of each initial sample.
        lengths: numbers in each initial sample; None where all have as many.
        deposit: of a sample whose label the judge agrees with; wei, or coins.
        most: how far a weight of a judge may go up.
        is_mean: whether a judge can be a mean of the model's weights; otherwise it is a snapshot.
    """

    correct: int
    held_out: int
    classes: int
    weights: NDArray[np.int32]
    change: int
    gaps: ArrayLike
    lengths: ArrayLike | None
    deposit: int
    most: int = MOST_JUDGED
    is_mean: bool = True


@dataclass(frozen=True)
class Derived:
    """What was derived.

    Attributes:
        settings: by name of the parameter, for `Incentive.terms_of`.
        reasons: a sentence for each of them that the data decided.
    """

    settings: dict[str, int]
    reasons: tuple[str, ...]
