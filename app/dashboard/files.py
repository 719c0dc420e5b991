"""A file of labelled samples that somebody uploads: what can be sent, and why the rest cannot, row by row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from earnest.core.errors import CoreError, DatasetError
from earnest.core.models.formats.sample_format import NUMBERS
from earnest.dashboard.format import sample_format
from earnest.dashboard.given import labelled, sentence_of
from earnest.data.own.options import USUAL
from earnest.data.own.reading import rows_of
from earnest.pools.schemas import PoolShown
from earnest.web.schemas import LabelledSample, SampleInput

#: Most bytes of a file, and rows that are looked at; as many go into one transaction at most.
MOST_BYTES, MOST_ROWS = 900_000, 96
#: Most bytes that a packed file unpacks to.
MOST_UNPACKED = 8_000_000


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be sent: its place in the file, a line or a row, from 1, and why."""

    number: int
    why: str


@dataclass(frozen=True)
class ReadFile:
    """What a file holds.

    Attributes:
        name: of the file.
        format: what it is, in words.
        unit: what its places count, lines or rows.
        samples: by the places of their rows.
        bad: rows that hold none.
        left: rows beyond those that are looked at.
    """

    name: str
    format: str
    unit: str
    samples: Sequence[tuple[int, LabelledSample]]
    bad: Sequence[BadRow]
    left: int


def read(name: str, content: bytes, pool: PoolShown, columns: Sequence[str], classes: Sequence[str]) -> ReadFile:
    """The samples in a file, and its bad rows.

    Args:
        name: of the file; what it is, its content tells.
        content: of the file.
        pool: that they are for.
        columns: names of the columns of rows; none for texts, which stand in a column text.
        classes: names that labels may have, beside their numbers.

    Raises:
        DatasetError: it cannot be read at all, or lacks a column.
    """
    if len(content) > MOST_BYTES:
        raise DatasetError(f"The file has {len(content):,} bytes; at most {MOST_BYTES:,} are read: give a part of it.")
    rows = rows_of(content, USUAL, all_columns=True, most=MOST_UNPACKED)
    for column in (*(columns or (USUAL.text_column,)), USUAL.label_column):
        if column not in rows.columns:
            names = ", ".join(repr(each[:40]) for each in rows.columns[:12])
            raise DatasetError(f"The file has no column {column!r}; its columns are {names}: name it so.")
    samples: list[tuple[int, LabelledSample]] = []
    bad: list[BadRow] = []
    seen: dict[str, int] = {}
    looked = left = 0
    for number, cells in rows.rows:
        looked += 1
        if looked > MOST_ROWS:
            left += 1
            continue
        try:
            sample = _sample(dict(zip(rows.columns, cells, strict=True)), pool, columns, classes)
            key = sample.model_dump_json(exclude={"label"})
            if key in seen:
                raise DatasetError(f"It is the same as {rows.unit} {seen[key]}.")
        except (CoreError, ValidationError) as error:
            bad.append(BadRow(number, sentence_of(error)))
        else:
            seen[key] = number
            samples.append((number, sample))
    return ReadFile(name, rows.format, rows.unit, samples, bad, left)


def _sample(row: Mapping[str, Any], pool: PoolShown, columns: Sequence[str], classes: Sequence[str]) -> LabelledSample:
    given = row[USUAL.label_column]
    if given is None or str(given).strip() == "":
        raise DatasetError("It has no label.")
    label = _label(str(given).strip(), classes)
    if sample_format(pool).TAKES == NUMBERS:
        try:
            numbers = [float(row[name]) for name in columns]
        except (TypeError, ValueError):
            raise DatasetError("A number is missing, or something else stands in its place.") from None
        return labelled(SampleInput(features=numbers), label)
    text = row[USUAL.text_column]
    if text is None or not str(text).strip():
        raise DatasetError("It has no text.")
    return labelled(SampleInput(text=str(text)), label)


def _label(given: str, classes: Sequence[str]) -> int:
    if given in classes:
        return classes.index(given)
    if given.isdecimal() and len(given) < 6 and int(given) < len(classes):
        return int(given)
    raise DatasetError(f"Its label {given[:40]!r} is none of {', '.join(classes)}.")
