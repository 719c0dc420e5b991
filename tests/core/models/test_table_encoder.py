"""A table's encoder: its columns, its file, and what it refuses."""

import numpy as np
import pytest

from earnest.core.encoders.registry import read
from earnest.core.encoders.table import MAX_DIMENSIONS, TableEncoder, UnitTableEncoder
from earnest.core.errors import EncoderInvalid, SampleInvalid
from earnest.core.keccak import keccak256

ENCODER = TableEncoder(["height", "width"], [1.5, -0.1], [2.0, 0.5])


@pytest.mark.parametrize(
    ("columns", "centres", "spreads"),
    [
        ([], [], []),
        (["a"] * 2, [0, 0], [1, 1]),
        ([""], [0], [1]),
        (["a\tb"], [0], [1]),
        (["a\nb"], [0], [1]),
        (["a"], [np.nan], [1]),
        (["a"], [0], [0]),
        (["a"], [0], [-1.0]),
        (["a"], [0], [np.inf]),
        (["a"], [0, 1], [1]),
        ([str(i) for i in range(MAX_DIMENSIONS + 1)], [0] * (MAX_DIMENSIONS + 1), [1] * (MAX_DIMENSIONS + 1)),
    ],
)
def test_columns_that_cannot_be_are_refused(columns, centres, spreads):
    with pytest.raises(EncoderInvalid):
        TableEncoder(columns, centres, spreads)


@pytest.mark.parametrize("numbers", [[], [1.0], [1.0, 2.0, 3.0], [10**400, 1.0]])
def test_samples_of_other_lengths_or_beyond_every_number_are_refused(numbers):
    with pytest.raises(SampleInvalid):
        ENCODER.encode(numbers)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"earnest-table 1\n",
        ENCODER.to_bytes()[:-1],
        ENCODER.to_bytes() + b"\n",
        ENCODER.to_bytes().replace(b"1.5", b"1.50"),
        ENCODER.to_bytes().replace(b"1.5", b"nan"),
        ENCODER.to_bytes().replace(b"\t", b" "),
        ENCODER.to_bytes().replace(b"table 1", b"table 2"),
        ENCODER.to_bytes().replace(b"height", b"\xff"),
    ],
)
def test_files_that_are_not_canonical_are_refused(content):
    with pytest.raises(EncoderInvalid):
        TableEncoder.from_bytes(content)


def test_file_of_another_hash_is_refused():
    with pytest.raises(EncoderInvalid, match="does not match"):
        TableEncoder.from_bytes(ENCODER.to_bytes(), keccak256(b"another"))


def test_each_column_is_moved_by_its_mean_and_divided_by_its_deviation():
    X = np.array([[1.0, 10.0, 7.0], [3.0, 30.0, 7.0]])
    encoder = TableEncoder.fit(["a", "b", "constant"], X)
    assert encoder.encode_many(X).tolist() == [[-1, -1, 0], [1, 1, 0]]
    assert encoder.encode([2.0, 40.0, 8.0]) == [0.0, 2.0, 1.0]


def test_file_says_everything():
    encoder = TableEncoder.fit(["a b", "ß"], np.random.default_rng(1).normal(size=(9, 2)))
    again = TableEncoder.from_bytes(encoder.to_bytes(), encoder.hash)
    assert (again.columns, again.centres, again.spreads) == (encoder.columns, encoder.centres, encoder.spreads)
    assert ENCODER.to_bytes() == b"earnest-table 1\nheight\t1.5\t2.0\nwidth\t-0.1\t0.5\n"


def test_every_row_of_a_unit_table_has_length_1():
    encoder = UnitTableEncoder(ENCODER.columns, ENCODER.centres, ENCODER.spreads)
    assert encoder.encode([1.5 + 2 * 3, -0.1 + 0.5 * 4]) == pytest.approx([0.6, 0.8])
    # a row that says nothing, and numbers whose squares are beyond every number
    assert encoder.encode([1.5, -0.1]) == [0.0, 0.0]
    assert encoder.encode([1e300, -0.1]) == [1.0, 0.0]
    lengths = np.linalg.norm(encoder.encode_many(np.random.default_rng(1).normal(size=(99, 2)) * 1e90), axis=1)
    assert lengths == pytest.approx(np.ones(99))


def test_file_of_a_unit_table_is_told_from_that_of_a_table():
    encoder = UnitTableEncoder(ENCODER.columns, ENCODER.centres, ENCODER.spreads)
    assert encoder.to_bytes() == b"earnest-unit-table 1\nheight\t1.5\t2.0\nwidth\t-0.1\t0.5\n"
    for written in (encoder, ENCODER):
        again = read(written.to_bytes(), written.hash)
        assert (type(again), again.to_bytes()) == (type(written), written.to_bytes())
    with pytest.raises(EncoderInvalid, match="earnest-unit-table 1"):
        UnitTableEncoder.from_bytes(ENCODER.to_bytes())
    with pytest.raises(EncoderInvalid, match="earnest-table 1"):
        TableEncoder.from_bytes(encoder.to_bytes())
