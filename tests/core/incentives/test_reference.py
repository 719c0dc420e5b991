"""The reference of a pool whose judge is sealed."""

import numpy as np

from earnest.core.incentives.reference import reference_of


def test_reference_is_the_rounded_mean_of_signs_with_a_bias_that_centres() -> None:
    X = np.array([[1, 0, 1], [1, 1, 0], [0, 1, 0], [1, 0, 0]])
    # word 0: 1 + 1 - 1 of 4; word 1: 1 - 1; word 2: 1; scores 512, 256, 0 and 256
    assert reference_of(X, [1, 1, 0, 0]).tolist() == [256, 0, 256, -256]


def test_presence_counts_and_not_how_often() -> None:
    X = np.array([[7, 0], [0, 2], [0, 1]])
    assert reference_of(X, [1, 0, 0]).tolist() == [341, -683, 342]
