"""Rows of JSON Lines: an object a line, whose members are the columns."""

from collections.abc import Iterator, Sequence

from earnest.core.errors import DatasetError, JsonInvalid
from earnest.core.strict_json import parse
from earnest.data.own import rows as bounds
from earnest.data.own.rows import Cell, Rows, bounded, require_names

CALLED = "The JSON Lines file"


def read(text: str, encoding: str) -> Rows:
    """The rows; the first line's members are the columns, and every line has each of them.

    Raises:
        DatasetError: a line is no object, has other members, or holds more than single values; says which.
    """
    lines = _objects(text)
    try:
        first, found = next(lines)
    except StopIteration:
        raise DatasetError(f"{CALLED} is empty: each line must be an object.") from None
    columns = tuple(found)
    require_names(CALLED, columns)

    def rows() -> Iterator[tuple[int, Sequence[Cell]]]:
        yield first, _cells(first, found, columns)
        for number, item in lines:
            yield number, _cells(number, item, columns)

    return Rows(CALLED, f"JSON Lines, encoding {encoding}", "line", columns, bounded(CALLED, rows()))


def _objects(text: str) -> Iterator[tuple[int, dict[str, object]]]:
    # not splitlines: strings may hold the other breaks that it knows
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            found = parse(line, max_bytes=4 * bounds.MAX_FIELD, max_depth=4)
        except JsonInvalid as error:
            raise DatasetError(f"{CALLED}'s line {number} cannot be read: {error}") from None
        if not isinstance(found, dict):
            raise DatasetError(f"{CALLED}'s line {number} is no object: write {{...}} on each line.")
        yield number, found


def _cells(number: int, item: dict[str, object], columns: tuple[str, ...]) -> list[Cell]:
    if item.keys() != set(columns):
        missing = [name for name in columns if name not in item]
        odd = [name for name in item if name not in columns]
        told = f"lacks {missing[0]!r}" if missing else f"has {odd[0]!r} besides"
        raise DatasetError(f"{CALLED}'s line {number} {told}; each line must have the members of the first.")
    cells: list[Cell] = []
    for name in columns:
        value = item[name]
        if isinstance(value, dict | list):
            raise DatasetError(f"{CALLED}'s line {number} has no single value in {name!r}: give a text or a number.")
        cells.append(value)  # type: ignore[arg-type]
    return cells
