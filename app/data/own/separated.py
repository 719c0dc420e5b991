"""Rows of a CSV: separator given, named by its first line (`sep=;`), or found by looking at the first rows."""

import csv
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from earnest.core.errors import DatasetError
from earnest.data.own import rows as bounds
from earnest.data.own.options import SEPARATORS, Options
from earnest.data.own.rows import Rows, bounded, require_names

CALLED = "The CSV"
#: Rows that are looked at to find the separator.
_LOOKED_AT = 20
_SAYS = "sep="
_NAMES = {mark: name for name, mark in SEPARATORS.items()}

#: The limit of a field is the process's: who changes it back must not do so while another reads.
_CHANGING_LIMIT = threading.Lock()


@contextmanager
def _long_fields() -> Iterator[None]:
    with _CHANGING_LIMIT:
        before = csv.field_size_limit(bounds.MAX_FIELD)
        try:
            yield
        finally:
            csv.field_size_limit(before)


def read(text: str, encoding: str, options: Options) -> Rows:
    """The rows of a CSV whose first line names its columns; blank lines are passed over.

    Raises:
        DatasetError: malformed, ragged, too large, or with impossible names; says in which line the row begins.
    """
    first, said = 1, None
    line, _, rest = text.partition("\n")
    if line.strip().lower().startswith(_SAYS) and len(mark := line.strip("\r\n \"'")[len(_SAYS) :] or "\t") == 1:
        first, said, text = 2, mark, rest
    separator = SEPARATORS.get(options.separator) or said or _found(text, options)
    with _long_fields():
        records = list(bounded(CALLED, _records(text, separator, first), header=1))
    header = [str(name) for name in records[0][1]] if records else []
    return Rows(
        CALLED,
        f"CSV, separator {_NAMES.get(separator, repr(separator))}, encoding {encoding}",
        "line",
        require_names(CALLED, header),
        iter(_even(records, len(header))),
    )


def _even(records: list[tuple[int, list[str]]], width: int) -> list[tuple[int, list[str]]]:
    for line, cells in records[1:]:
        if len(cells) != width:
            raise DatasetError(
                f"{CALLED}'s line {line} has {len(cells)} {'field' if len(cells) == 1 else 'fields'}, and the first "
                f"line names {width}: mend the line; a field that holds the separator stands between quotes."
            )
    return records[1:]


def _records(text: str, separator: str, first: int) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line that it begins in."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        line = first + reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DatasetError(f"{CALLED} is malformed in line {line}: {_told(str(error))}.") from None
        if any(cells):
            yield line, cells


def _told(error: str) -> str:
    if error == "unexpected end of data":
        return "a quote opens in it that is never closed"
    if error.startswith("field larger"):
        return f"a field has more than {bounds.MAX_FIELD:,} characters, or a quote opens in it that is never closed"
    if "expected after" in error:
        return (
            "after a closing quote there is neither a separator nor the line's end; a quote within a field is doubled"
        )
    return error


def _found(text: str, options: Options) -> str:
    """The separator that parts the first rows evenly, into the columns that are wanted, and into the most."""
    best, most = ",", (False, 0, 0)
    with _long_fields():
        for separator in SEPARATORS.values():
            widths, names = _looked(text, separator)
            if not widths or widths[0] < 2:
                continue
            wanted = sum(name in names for name in (options.label_column, options.text_column))
            score = (all(width == widths[0] for width in widths), wanted, widths[0])
            if score > most:
                best, most = separator, score
    return best


def _looked(text: str, separator: str) -> tuple[list[int], set[str]]:
    """Fields of each of the first records, and the names in the first."""
    widths: list[int] = []
    names: set[str] = set()
    try:
        for _, cells in _records(text, separator, 1):
            if not widths:
                names = {name.strip() for name in cells}
            widths.append(len(cells))
            if len(widths) == _LOOKED_AT:
                break
    except DatasetError:
        # it may be malformed further on: reading says where
        pass
    return widths, names
