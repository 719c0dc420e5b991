"""A file's rows as texts or as numbers with labels; what is unfit is refused in the same words for every format."""

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np

from earnest.core.encoders.normal import as_one
from earnest.core.errors import DatasetError
from earnest.data.dataset import Dataset
from earnest.data.facts import Facts
from earnest.data.own import content, json_lines, parquet, separated
from earnest.data.own import rows as bounds
from earnest.data.own.labels import Labels, labels_of, written
from earnest.data.own.options import USUAL, Options
from earnest.data.own.rows import Cell, Rows
from earnest.data.table import CSV, NumberTable
from earnest.data.table import Rows as Numbers

#: Fewest different samples of a class: two to learn from and two to measure by.
LEAST_OF_CLASS = 4
#: Largest number of a table, so that squares and sums of them are finite.
MAX_NUMBER = 1e100
_TEXT, _LABEL = "text_column", "label_column"


def rows_of(source: bytes | str | Path, options: Options, *, all_columns: bool, most: int = content.MAX_BYTES) -> Rows:
    """The rows of a file; what it is, its content tells, not its name.

    Args:
        source: its content, or the path of a file.
        options: how to read it.
        all_columns: whether others than those of texts and labels are wanted.
        most: bytes that it may unpack to; where they are fewer than usual, a stranger's file is read.

    Raises:
        DatasetError: it is missing, too large or malformed.
    """
    options = options.checked()
    if isinstance(source, str):
        text, encoding = source.removeprefix("\ufeff"), "utf-8"
        if len(text) > content.MAX_BYTES:
            raise DatasetError(f"The file has {len(text):,} characters; at most {content.MAX_BYTES:,} are read.")
    else:
        read = content.read(source, most)
        if read.startswith(parquet.MAGIC):
            return parquet.read(read, options, all_columns=all_columns, most=most)
        text, encoding = content.decode(read, options.encoding)
    if text.lstrip()[:1] == "{":
        return json_lines.read(text, encoding)
    return separated.read(text, encoding, options)


def read_texts(
    source: bytes | str | Path, options: Options = USUAL, most_classes: int = 2, identifier: str = CSV
) -> Dataset:
    """Texts with labels.

    Args:
        source: the file's content, or its path.
        options: its columns, and how to read it.
        most_classes: that are taken.
        identifier: what to call the data set.

    Raises:
        DatasetError: see `rows_of`; or a column is missing, a text or a label is empty or none, or the labels or the
            number of their rows are unfit. Names the place.
    """
    rows = rows_of(source, options, all_columns=False)
    text_at = rows.require(options.text_column, _TEXT, _LABEL)
    label_at = rows.require(options.label_column, _LABEL, _TEXT)
    texts: list[str] = []
    names: list[str] = []
    for place, cells in rows.rows:
        texts.append(_text(rows, place, cells[text_at], options))
        names.append(_label(rows, place, cells[label_at], options))
    labels = _labels(rows, names, most_classes)
    _require_enough(rows, [as_one(text) for text in texts], labels)
    return Dataset.make(identifier, texts, labels.y, labels.classes, _facts(rows, labels))


def read_numbers(
    source: bytes | str | Path, options: Options = USUAL, most_classes: int = 2, identifier: str = CSV
) -> NumberTable:
    """Numbers with labels: every column but the labels'.

    Args:
        source: the file's content, or its path.
        options: its columns, and how to read it.
        most_classes: that are taken.
        identifier: what to call the table.

    Raises:
        DatasetError: see `read_texts`; or a cell is no finite number, or a column never changes.
    """
    rows = rows_of(source, options, all_columns=True)
    label_at = rows.require(options.label_column, _LABEL, "")
    columns = rows.columns[:label_at] + rows.columns[label_at + 1 :]
    if not columns:
        raise DatasetError(f"{rows.called} has the column {options.label_column!r} alone: add columns of numbers.")
    numbers: list[list[float]] = []
    names: list[str] = []
    for place, cells in rows.rows:
        others = [*cells[:label_at], *cells[label_at + 1 :]]
        names.append(_label(rows, place, cells[label_at], options))
        numbers.append([_number(rows, place, cell, name) for cell, name in zip(others, columns, strict=True)])
    labels = _labels(rows, names, most_classes)
    X = np.array(numbers, dtype=np.float64)
    flat = np.flatnonzero(X.min(axis=0) == X.max(axis=0))
    if len(flat):
        listed = ", ".join(repr(columns[column]) for column in flat[:8].tolist()) + (", ..." if len(flat) > 8 else "")
        told = f"column {listed} never changes" if len(flat) == 1 else f"columns {listed} never change"
        raise DatasetError(f"{rows.called}'s {told}: what is the same in every row tells nothing, so take it out.")
    _require_enough(rows, [row.tobytes() for row in X], labels)
    return NumberTable(columns, Numbers(X, np.array(labels.y, dtype=np.int64)), labels.classes, identifier,
                       _facts(rows, labels))  # fmt: skip


def _facts(rows: Rows, labels: Labels) -> Facts:
    return Facts(rows.called, rows.format, rows.columns, labels.joined)


def _labels(rows: Rows, names: list[str], most_classes: int) -> Labels:
    if not names:
        raise DatasetError(f"{rows.called} has no rows: give some of at least two labels.")
    return labels_of(rows.called, names, most_classes)


def _require_enough(rows: Rows, keys: Sequence[Hashable], labels: Labels) -> None:
    first: dict[Hashable, int] = {}
    for key, label in zip(keys, labels.y, strict=True):
        first.setdefault(key, label)
    found, total = Counter(first.values()), Counter(labels.y)
    for label, name in enumerate(labels.classes):
        if found[label] < LEAST_OF_CLASS:
            count, all_rows = found[label], total[label]
            among = f" ({all_rows:,} with repeats)" if all_rows != count else ""
            distinct = len(first)
            rest = f"; of its {len(keys):,} rows {distinct:,} differ" if distinct < len(keys) else ""
            raise DatasetError(
                f"{rows.called} has {count} {'row' if count == 1 else 'rows'}{among} of the class {name[:40]!r}, and "
                f"{LEAST_OF_CLASS} different ones are needed, two to learn from and two to measure by{rest}: add rows, "
                "or take the class out."
            )


def _text(rows: Rows, place: int, cell: Cell, options: Options) -> str:
    if not isinstance(cell, str) and cell is not None:
        raise DatasetError(
            f"{rows.place(place)} has {cell!r} where a text should be (column {options.text_column!r}): name the "
            "column of texts with text_column."
        )
    if cell is None or not cell.strip():
        raise DatasetError(f"{rows.place(place)} has an empty text: fill it in, or take the row out.")
    if len(cell) > bounds.MAX_FIELD:
        raise DatasetError(
            f"{rows.place(place)} has a text of {len(cell):,} characters; at most {bounds.MAX_FIELD:,} are read: "
            "shorten it."
        )
    return cell


def _label(rows: Rows, place: int, cell: Cell, options: Options) -> str:
    name = written(cell) if isinstance(cell, str | int | float | Decimal) else ""
    if not name:
        raise DatasetError(
            f"{rows.place(place)} has no label (column {options.label_column!r}): fill it in, or take the row out."
        )
    return name


def _number(rows: Rows, place: int, cell: Cell, column: str) -> float:
    try:
        # Python's own spelling of numbers, 1_000, is nobody's in a file
        number = math.nan if cell is None or (isinstance(cell, str) and "_" in cell) else float(cell)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if math.isfinite(number) and abs(number) <= MAX_NUMBER:
        return number
    where = f"{rows.place(place)} has {_shown(cell)} in column {column!r}"
    if math.isfinite(number):
        raise DatasetError(f"{where}, which is beyond {MAX_NUMBER:g}: mend it, or take the row out.")
    hint = ": write decimal points" if isinstance(cell, str) and cell.count(",") == 1 else ""
    hint = hint or ": fill it in, take the row out, or name another label_column if labels are there"
    raise DatasetError(f"{where}, where a finite number should be{hint}.")


def _shown(cell: Cell) -> str:
    return "nothing" if cell is None or cell == "" else repr(cell)[:42]
