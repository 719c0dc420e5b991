"""A data set that somebody uploads: CSV with a column of texts and a column of labels."""

import csv
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from earnest.core.errors import DatasetError
from earnest.data.dataset import DIGITS, Dataset

#: Most bytes, rows and characters of one field that are read.
MAX_BYTES = 200_000_000
MAX_ROWS = 200_000
MAX_FIELD = 1_000_000

#: The limit of a field is the process's: who changes it back must not do so while another reads.
_CHANGING_LIMIT = threading.Lock()


@contextmanager
def _long_fields() -> Iterator[None]:
    with _CHANGING_LIMIT:
        before = csv.field_size_limit(MAX_FIELD)
        try:
            yield
        finally:
            csv.field_size_limit(before)


def load(
    source: bytes | str | Path,
    identifier: str = "csv",
    text_column: str = "text",
    label_column: str = "label",
    most_classes: int = 2,
) -> Dataset:
    """Read a CSV of texts with labels; see `labelled`.

    Args:
        source: the CSV's content, or the path of a file.
        identifier: what to call the data set.
        text_column: name of the column of texts.
        label_column: name of the column of labels.
        most_classes: that are taken.

    Raises:
        DatasetError: missing, too large, not UTF-8, a column missing, an empty text; names the line. Or too few or
            too many different labels.
    """
    reader = csv.DictReader(io.StringIO(_text(source), newline=""), strict=True)
    texts: list[str] = []
    names: list[str] = []
    try:
        with _long_fields():
            missing = sorted({text_column, label_column} - set(reader.fieldnames or ()))
            if missing:
                raise DatasetError(
                    f"The CSV lacks the column {missing[0]}: its first line must name {text_column} and {label_column}."
                )
            for row in reader:
                if len(texts) == MAX_ROWS:
                    raise DatasetError(f"The CSV has more than {MAX_ROWS} rows: give fewer.")
                text, name = row[text_column] or "", (row[label_column] or "").strip()
                if not text.strip():
                    raise DatasetError(f"The CSV's row that ends in line {reader.line_num} has an empty text.")
                if not name:
                    raise DatasetError(f"The CSV's row that ends in line {reader.line_num} has no label.")
                texts.append(text)
                names.append(name)
    except csv.Error as error:
        raise DatasetError(f"The CSV is malformed at line {reader.line_num}: {error}.") from None
    return labelled(identifier, texts, names, most_classes=most_classes)


def _text(source: bytes | str | Path) -> str:
    if isinstance(source, str):
        return source.removeprefix("\ufeff")
    size = "The CSV has {} bytes; at most {} are read."
    try:
        if isinstance(source, Path):
            if source.stat().st_size > MAX_BYTES:
                raise DatasetError(size.format(source.stat().st_size, MAX_BYTES))
            source = source.read_bytes()
        if len(source) > MAX_BYTES:
            raise DatasetError(size.format(len(source), MAX_BYTES))
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DatasetError(f"The CSV is not UTF-8 (byte {error.start}): save it as UTF-8.") from None
    except OSError as error:
        raise DatasetError(f"The CSV {source!s} cannot be read: {error.strerror}.") from None


def labelled(
    identifier: str, texts: list[str], names: list[str], source: str = "The CSV", most_classes: int = 2
) -> Dataset:
    """A data set from labels that are 0, 1 and so on, or the names of classes, the first in code point order being 0.

    Raises:
        DatasetError: fewer labels than two or more than `most_classes`, or what `Dataset.make` refuses.
    """
    found = sorted(set(names))
    # a file of a single class may hold one of the digits only: `Dataset.make` says what is wrong with it
    if set(found) <= set(DIGITS):
        return Dataset.make(identifier, texts, [int(name) for name in names])
    if not 2 <= len(found) <= most_classes:
        shown = ", ".join(repr(name[:40]) for name in found[:4])
        allowed = "0 and 1, or the names of two" if most_classes == 2 else f"the names of 2 to {most_classes}"
        shown += ", ..." if len(found) > 4 else ""
        labels = "1 label" if len(found) == 1 else f"{len(found)} labels"
        raise DatasetError(f"{source} has {labels} ({shown}); use {allowed} classes.")
    numbers = [str(number) for number in range(len(found))]
    if set(found) == set(numbers):
        # by value: 10 comes after 9
        found = numbers
    places = {name: place for place, name in enumerate(found)}
    return Dataset.make(identifier, texts, [places[name] for name in names], tuple(found))
