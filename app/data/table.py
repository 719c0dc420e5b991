"""A table of numbers that somebody uploads: CSV with a column of labels, every other column numbers."""

import csv
import hashlib
import io
import math
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from earnest.core.errors import DatasetError
from earnest.data.csv_file import MAX_ROWS

LABEL = "label"
#: What a table is called that somebody uploads.
CSV = "csv"


class Rows(NamedTuple):
    """Rows of a table and their classes.

    Attributes:
        X: float64 (n, columns).
        y: int64 (n,).
    """

    X: NDArray[np.float64]
    y: NDArray[np.int64]

    def sha256(self) -> str:
        """Hex digest of all numbers (float64, little-endian) and labels (int64) in order."""
        return hashlib.sha256(self.X.astype("<f8").tobytes() + self.y.astype("<i8").tobytes()).hexdigest()


class NumberTable:
    """Numbers with classes.

    Args:
        columns: names of the columns of numbers.
        rows: their numbers and classes.
        classes: their names, class 0 first; of a CSV in code point order, digits by their value.
        name: what the table is called.
    """

    def __init__(self, columns: tuple[str, ...], rows: Rows, classes: tuple[str, ...], name: str = CSV) -> None:
        self.columns = columns
        self.rows = rows
        self.classes = classes
        self.id = name

    @property
    def called(self) -> str:
        """What it is called at the start of a sentence."""
        return "The CSV" if self.id == CSV else f"The table {self.id}"

    @cached_property
    def distinct(self) -> NDArray[np.int64]:
        """Rows whose numbers do not occur before."""
        _, first = np.unique(self.rows.X, axis=0, return_index=True)
        return np.sort(first).astype(np.int64)

    def take(self, rows: NDArray[np.int64]) -> "NumberTable":
        """The table of these rows, in this order."""
        return NumberTable(self.columns, Rows(self.rows.X[rows], self.rows.y[rows]), self.classes, self.id)

    def split(self, seed: int, train_size: int, held_out_size: int) -> tuple[Rows, Rows]:
        """What trains the initial model, and what measures it; drawn from the distinct rows.

        Raises:
            DatasetError: too few different rows, or a class that is in none of the training rows.
        """
        rows = np.random.Generator(np.random.PCG64(seed)).permutation(self.distinct)
        if len(rows) < train_size + held_out_size:
            raise DatasetError(
                f"{self.called} has {len(rows)} different rows; {train_size} to train and {held_out_size} to hold out "
                f"need {train_size + held_out_size}: set train_size and held_out_size."
            )
        train, held_out = (
            Rows(self.rows.X[part], self.rows.y[part])
            for part in (rows[:train_size], rows[train_size : train_size + held_out_size])
        )
        missing = sorted(set(range(len(self.classes))) - set(train.y.tolist()))
        if missing:
            raise DatasetError(
                f"None of the {train_size} training rows has the label {self.classes[missing[0]]!r}; "
                "take more, or another seed."
            )
        return train, held_out


def load(content: str) -> NumberTable:
    """Read a CSV whose first line names its columns, one of them `label`.

    Raises:
        DatasetError: malformed, too large, no label, a cell that is no finite number, or fewer than two classes; names
            the line.
    """
    reader = csv.reader(io.StringIO(content.removeprefix("\ufeff"), newline=""), strict=True)
    numbers: list[list[float]] = []
    names: list[str] = []
    try:
        header = next(reader, [])
        if header.count(LABEL) != 1 or len(header) < 2:
            raise DatasetError(f"The CSV's first line must name one column {LABEL} and at least one of numbers.")
        place = header.index(LABEL)
        for row in reader:
            if len(numbers) == MAX_ROWS:
                raise DatasetError(f"The CSV has more than {MAX_ROWS} rows: give fewer.")
            if len(row) != len(header) or not row[place].strip():
                raise DatasetError(f"The CSV's line {reader.line_num} lacks a cell, has one too many, or has no label.")
            names.append(row.pop(place).strip())
            numbers.append([_number(cell, reader.line_num) for cell in row])
    except csv.Error as error:
        raise DatasetError(f"The CSV is malformed at line {reader.line_num}: {error}.") from None
    classes = sorted(set(names), key=lambda name: (0, int(name), "") if name.isdecimal() else (1, 0, name))
    if len(classes) < 2:
        raise DatasetError("The CSV needs rows of at least two labels.")
    y = np.array([classes.index(name) for name in names], dtype=np.int64)
    return NumberTable(tuple(header[:place] + header[place + 1 :]), Rows(np.array(numbers), y), tuple(classes))


def _number(cell: str, line: int) -> float:
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise DatasetError(f"The CSV's line {line} has {cell[:40]!r} where a number should be.")
    return number
