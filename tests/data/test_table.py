"""Tables of numbers: how they are split."""

import numpy as np
import pytest

from earnest.core.errors import DatasetError
from earnest.data.table import NumberTable, Rows


def table(numbers: list[float], labels: list[int]) -> NumberTable:
    rows = Rows(np.array(numbers, dtype=np.float64).reshape(-1, 1), np.array(labels, dtype=np.int64))
    return NumberTable(("x",), rows, ("0", "1"), "mine")


def test_split_is_of_different_rows_and_the_same_for_a_seed():
    found = table([row % 40 for row in range(80)], [row % 2 for row in range(80)])
    train, held_out = found.split(1, 20, 20)
    assert len({*train.X[:, 0], *held_out.X[:, 0]}) == 40
    assert found.split(1, 20, 20)[0].sha256() == train.sha256() != found.split(2, 20, 20)[0].sha256()
    assert (train.y == train.X[:, 0] % 2).all()
    with pytest.raises(DatasetError, match="The table mine has 40 different rows among 80"):
        found.split(1, 21, 20)


@pytest.mark.parametrize(
    ("rare", "sentence"),
    [
        (lambda order: order[:1], "1 of the 10 samples to learn from is of the class '1', which 1 of all 30 are"),
        (lambda order: order[20:], "none of the 10 samples to learn from are of the class '1', which 10 of all 30 are"),
        (lambda order: order[:5], "none of the 10 samples held out are of the class '1'.*: set held_out_size higher"),
    ],
)
def test_split_with_too_few_of_a_class_in_a_part_is_refused_with_counts(rare, sentence):
    order = np.random.Generator(np.random.PCG64(5)).permutation(30)
    labels = np.zeros(30, dtype=int)
    labels[rare(order)] = 1
    with pytest.raises(DatasetError, match=sentence):
        table(list(range(30)), labels.tolist()).split(5, 10, 10)
