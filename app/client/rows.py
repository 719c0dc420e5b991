"""Labelled samples out of a file, row by row: CSV, TSV, JSON Lines or Parquet, by its ending.

What is wrong with a row is said of the row, and the next is read: whoever contributes thousands wants to see all bad
ones at once. JSON Lines are read here and not by the loader of data sets: a line may hold a list of features, and a bad
line is a bad row.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earnest.core.errors import DatasetError, JsonInvalid
from earnest.core.strict_json import parse
from earnest.data.own.options import Options
from earnest.data.own.reading import rows_of

#: Most rows, longest text and longest line of a file.
MAX_ROWS, MAX_TEXT, MAX_LINE = 200_000, 100_000, 1_000_000
_LABEL = re.compile(r"\d{1,5}")
_JSON = (".jsonl", ".ndjson")
ENDINGS = (".csv", ".tsv", *_JSON, ".parquet")


@dataclass(frozen=True)
class Row:
    """A row of a file.

    Attributes:
        number: of the row, from 1; the line with names is none.
        item: a sample with its label as the API takes it; None where it is unfit.
        fault: why it is.
    """

    number: int
    item: dict[str, Any] | None
    fault: str | None = None


def rows(path: Path, text_column: str = "text", label_column: str | None = "label") -> Iterator[Row]:
    """The rows of a file. A file without a column of texts has a row's features in its other columns, in order.

    Args:
        path: the file.
        text_column: name of the column of texts.
        label_column: name of the column of labels; None where samples need none, and a column `label` is passed over.

    Raises:
        DatasetError: it cannot be read at all, or is no such file.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise DatasetError(f"{path.name} ends with none of {', '.join(ENDINGS)}.")
    try:
        found = _json_lines(path) if ending in _JSON else _loaded(path, text_column, label_column)
        for number, given in enumerate(found, start=1):
            if number > MAX_ROWS:
                raise DatasetError(f"{path.name} has more than {MAX_ROWS:,} rows: give fewer at once.")
            if isinstance(given, str):
                yield Row(number, None, given)
            else:
                yield _row(number, given, text_column, label_column)
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror or error}.") from None


def _loaded(path: Path, text_column: str, label_column: str | None) -> Iterator[Mapping[str, Any]]:
    """What the loader of pools and scenarios reads: the same file is the same here."""
    options = Options(text_column, label_column or Options().label_column)
    found = rows_of(path, options, all_columns=True)
    for _, cells in found.rows:
        yield dict(zip(found.columns, cells, strict=True))


def _json_lines(path: Path) -> Iterator[Mapping[str, Any] | str]:
    with path.open("rb") as file:
        while line := file.readline(MAX_LINE + 1):
            if len(line) > MAX_LINE:
                raise DatasetError(f"{path.name} has a line of more than {MAX_LINE:,} bytes.")
            if not line.strip():
                continue
            try:
                found = parse(line, max_bytes=MAX_LINE)
            except JsonInvalid as error:
                yield f"it is no JSON: {error}"
                continue
            yield found if isinstance(found, dict) else "it is no JSON object"


def _row(number: int, given: Mapping[str, Any], text_column: str, label_column: str | None) -> Row:
    try:
        label = {}
        if label_column is not None:
            if label_column not in given:
                raise ValueError(f"it has no {label_column}")
            label = {"label": _label(given[label_column])}
        if text_column in given:
            return Row(number, {"text": _text(given[text_column]), **label})
        if isinstance(given.get("features"), list):
            return Row(number, {"features": [_number(value) for value in given["features"]], **label})
        features = [_number(value) for name, value in given.items() if name != (label_column or "label")]
        if not features:
            raise ValueError(f"it has neither {text_column} nor features")
        return Row(number, {"features": features, **label})
    except ValueError as error:
        return Row(number, None, str(error))


def _label(given: Any) -> int:
    # Parquet and JSON have numbers, a CSV has texts
    text = str(given).strip() if isinstance(given, str | int) and not isinstance(given, bool) else ""
    if not _LABEL.fullmatch(text) or int(text) > 65_535:
        raise ValueError(f"its label {str(given)[:40]!r} is no class: classes are whole numbers from 0")
    return int(text)


def _text(given: Any) -> str:
    if not isinstance(given, str) or not given.strip():
        raise ValueError("its text is empty")
    if len(given) > MAX_TEXT:
        raise ValueError(f"its text has {len(given):,} characters, and at most {MAX_TEXT:,} are taken")
    if "\0" in given:
        raise ValueError("its text holds a NUL character")
    return given


def _number(given: Any) -> float:
    if isinstance(given, bool) or given is None:
        raise ValueError(f"{str(given)[:40]!r} is no number")
    try:
        found = float(given)
    except (TypeError, ValueError):
        raise ValueError(f"{str(given)[:40]!r} is no number") from None
    if found != found or abs(found) == float("inf"):
        raise ValueError(f"{str(given)[:40]!r} is no finite number")
    return int(found) if found.is_integer() and abs(found) < 2**53 else found
