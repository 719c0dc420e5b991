"""Rows of a file, whatever its format: names of columns, and cells with their place."""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple, TypeVar

from earnest.core.errors import DatasetError

#: Most rows and characters of one field that are read.
MAX_ROWS = 200_000
MAX_FIELD = 1_000_000
_SHOWN = 12

#: What a format makes of a field. A CSV has texts only.
Cell = str | int | float | bool | Decimal | None


class Rows(NamedTuple):
    """What a format reads.

    Attributes:
        called: the file at the start of a sentence, such as "The CSV".
        format: what it is, in words, such as "CSV, semicolons, utf-8".
        unit: what a place counts, "line" or "row", from 1.
        columns: their names, each once.
        rows: place and cells of each row, in order; as many cells as there are columns.
    """

    called: str
    format: str
    unit: str
    columns: tuple[str, ...]
    rows: Iterator[tuple[int, Sequence[Cell]]]

    def place(self, number: int) -> str:
        """A row's place, as messages name it."""
        return f"{self.called}'s {self.unit} {number}"

    def require(self, column: str, option: str, other: str) -> int:
        """Where a column stands.

        Args:
            column: its name.
            option: by which it is given.
            other: another one that says a column, or nothing.

        Raises:
            DatasetError: there is none of the name; shows those there are, as they stand.
        """
        if column in self.columns:
            return self.columns.index(column)
        names = ", ".join(repr(name[:40]) for name in self.columns[:_SHOWN])
        more = f" and {len(self.columns) - _SHOWN} more" if len(self.columns) > _SHOWN else ""
        separator = (
            ", or what parts the columns with separator" if len(self.columns) == 1 and self.unit == "line" else ""
        )
        beside = f" and {other}" if other else ""
        raise DatasetError(
            f"{self.called} has no column {column!r}; its columns are {names}{more}: say which it is with "
            f"{option}{beside}{separator}."
        )


def require_names(called: str, names: Sequence[str]) -> tuple[str, ...]:
    """Names of columns without the blanks around them, each once.

    Raises:
        DatasetError: there is none, one is empty, or one stands twice.
    """
    found = tuple(name.strip() for name in names)
    if not any(found):
        raise DatasetError(f"{called} is empty: its first line must name its columns.")
    if "" in found:
        raise DatasetError(f"{called} has no name for its column {found.index('') + 1}: its first line must name each.")
    name, times = Counter(found).most_common(1)[0]
    if times > 1:
        word = "twice" if times == 2 else f"{times} times"
        raise DatasetError(f"{called} has the column {name!r} {word}: rename or remove all but one.")
    return found


_Row = TypeVar("_Row")


def bounded(called: str, rows: Iterator[_Row], header: int = 0) -> Iterator[_Row]:
    """The same rows.

    Args:
        called: the file at the start of a sentence.
        rows: of it.
        header: how many of the first do not count.

    Raises:
        DatasetError: there are more than are read.
    """
    for count, row in enumerate(rows, start=-header):
        if count == MAX_ROWS:
            raise DatasetError(f"{called} has more than {MAX_ROWS:,} rows: give fewer.")
        yield row
