"""A table of numbers with a class for each row."""

import hashlib
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from earnest.core.errors import DatasetError
from earnest.data.facts import Facts
from earnest.data.parts import require_classes

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
        classes: their names, class 0 first.
        name: what the table is called.
        facts: of the file, where somebody gave one.
    """

    def __init__(
        self,
        columns: tuple[str, ...],
        rows: Rows,
        classes: tuple[str, ...],
        name: str = CSV,
        facts: Facts | None = None,
    ) -> None:
        self.columns = columns
        self.rows = rows
        self.classes = classes
        self.id = name
        self.facts = facts

    @property
    def called(self) -> str:
        """What it is called at the start of a sentence."""
        return f"The table {self.id}" if self.facts is None else self.facts.called

    @cached_property
    def distinct(self) -> NDArray[np.int64]:
        """Rows whose numbers do not occur before."""
        _, first = np.unique(self.rows.X, axis=0, return_index=True)
        return np.sort(first).astype(np.int64)

    def take(self, rows: NDArray[np.int64]) -> "NumberTable":
        """The table of these rows, in this order."""
        return NumberTable(self.columns, Rows(self.rows.X[rows], self.rows.y[rows]), self.classes, self.id, self.facts)

    def split(self, seed: int, train_size: int, held_out_size: int) -> tuple[Rows, Rows]:
        """What trains the initial model, and what measures it; drawn from the distinct rows.

        Raises:
            DatasetError: too few different rows, or too few of a class in one of the parts.
        """
        rows = np.random.Generator(np.random.PCG64(seed)).permutation(self.distinct)
        if len(rows) < train_size + held_out_size:
            raise DatasetError(
                f"{self.called} has {len(rows)} different rows among {len(self.rows.y)}; {train_size} to train "
                f"and {held_out_size} to hold out need {train_size + held_out_size}: set train_size "
                "and held_out_size, or add rows."
            )
        train, held_out = (
            Rows(self.rows.X[part], self.rows.y[part])
            for part in (rows[:train_size], rows[train_size : train_size + held_out_size])
        )
        everywhere = self.rows.y[rows]
        require_classes(self.called, self.classes, train.y, everywhere, "to learn from", "train_size")
        require_classes(self.called, self.classes, held_out.y, everywhere, "held out", "held_out_size")
        return train, held_out
