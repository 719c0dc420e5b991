"""Tables that somebody uploads: what is read, what is refused, and how they are split."""

import numpy as np
import pytest

from earnest.core.errors import DatasetError
from earnest.data import table

GOOD = "height,label,width\n1,b,2\n3.5,a,-4e2\n5,b,6\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "first line"),
        ("label\na\nb\n", "first line"),
        ("height,width\n1,2\n", "first line"),
        ("label,height,label\na,1,b\n", "first line"),
        ("height,label\n1\n", "line 2 lacks"),
        ("height,label\n1,a,2\n", "line 2 lacks"),
        ("height,label\n1,a\n2, \n", "line 3 lacks"),
        ("height,label\nhigh,a\n", "line 2 has 'high'"),
        ("height,label\n1,a\nnan,b\n", "line 3 has 'nan'"),
        ("height,label\n1,a\ninf,b\n", "line 3 has 'inf'"),
        ("height,label\n,a\n", "line 2 has ''"),
        ('height,label\n"1,a\n', "malformed"),
        ("height,label\n1,a\n2,a\n", "two labels"),
        ("height,label\n", "two labels"),
    ],
)
def test_what_is_no_table_of_numbers_is_refused_with_its_line(content, words):
    with pytest.raises(DatasetError, match=words):
        table.load(content)


def test_columns_numbers_and_classes_are_read_in_order():
    found = table.load("\ufeff" + GOOD)
    assert (found.columns, found.classes) == (("height", "width"), ("a", "b"))
    assert found.rows.X.tolist() == [[1, 2], [3.5, -400], [5, 6]]
    assert found.rows.y.tolist() == [1, 0, 1]
    assert table.load("x,label\n1,10\n2,9\n3,0\n").classes == ("0", "9", "10")


def test_split_is_of_different_rows_and_the_same_for_a_seed():
    content = "x,label\n" + "".join(f"{row % 40},{row % 2}\n" for row in range(80))
    found = table.load(content)
    train, held_out = found.split(1, 20, 20)
    assert len({*train.X[:, 0], *held_out.X[:, 0]}) == 40
    assert found.split(1, 20, 20)[0].sha256() == train.sha256() != found.split(2, 20, 20)[0].sha256()
    assert (train.y == train.X[:, 0] % 2).all()
    with pytest.raises(DatasetError, match="40 different rows"):
        found.split(1, 21, 20)


def test_split_without_a_class_to_train_on_is_refused():
    found = table.load("x,label\n" + "".join(f"{row},{int(row == 0)}\n" for row in range(30)))
    # the only row of class 1 is the last one drawn
    seed = next(seed for seed in range(999) if np.random.Generator(np.random.PCG64(seed)).permutation(30)[-1] == 0)
    with pytest.raises(DatasetError, match="has the label '1'"):
        found.split(seed, 2, 2)
