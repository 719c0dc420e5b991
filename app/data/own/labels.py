"""Labels of a file: written alike, told apart, and in an order that does not depend on the file's."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from earnest.core.encoders.alike import looks_like
from earnest.core.encoders.normal import composed
from earnest.core.errors import DatasetError
from earnest.data.dataset import DIGITS
from earnest.data.facts import Joined
from earnest.data.own.rows import Cell

_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")
_SHOWN = 40


class Labels(NamedTuple):
    """Classes of rows.

    Attributes:
        y: class of each row.
        classes: their names, class 0 first.
        joined: what was written in several ways.
    """

    y: list[int]
    classes: tuple[str, ...]
    joined: tuple[Joined, ...]


def written(cell: Cell) -> str:
    """A label as it stands in the file, without blanks around it; empty where there is none."""
    if cell is None or (isinstance(cell, float | Decimal) and not math.isfinite(cell)):
        return ""
    if isinstance(cell, bool):
        return str(int(cell))
    # the digits of a float or a decimal, never with an exponent
    return (format(Decimal(str(cell)), "f") if isinstance(cell, float | Decimal) else str(cell)).strip()


def _taken(name: str) -> str:
    """A label as the name of a class: one normal form, single blanks, no zeros at the end of a fraction."""
    found = " ".join(composed(name).split())
    match = _NUMBER.fullmatch(found)
    return found.rstrip("0").rstrip(".") if match and match[1] else found


def number_of(name: str) -> Decimal | None:
    """The number that a name is."""
    return Decimal(name) if _NUMBER.fullmatch(name) else None


def in_order(names: Sequence[str]) -> tuple[str, ...]:
    """Different names of classes: by value where all are numbers, otherwise in code point order."""
    values = {name: number_of(name) for name in names}
    if all(value is not None for value in values.values()):
        return tuple(sorted(values, key=lambda name: values[name]))  # type: ignore[arg-type,return-value]
    return tuple(sorted(values))


def labels_of(called: str, names: Sequence[str], most_classes: int) -> Labels:
    """The classes of rows by what their labels are written as.

    Args:
        called: the file at the start of a sentence.
        names: what `written` gives, none of them empty.
        most_classes: that are taken.

    Raises:
        DatasetError: fewer than two classes, more than are taken, or two that look alike.
    """
    counts = Counter(names)
    taken = {name: _taken(name) for name in counts}
    rows: Counter[str] = Counter()
    for name, count in counts.items():
        rows[taken[name]] += count
    _require_apart(called, rows)
    if not 2 <= len(rows) <= most_classes:
        shown = ", ".join(repr(name[:_SHOWN]) for name in in_order(list(rows))[:4]) + (", ..." if len(rows) > 4 else "")
        labels = "1 label" if len(rows) == 1 else f"{len(rows)} labels"
        allowed = "two" if most_classes == 2 else f"2 to {most_classes}"
        # the model that was chosen is what takes no more than two
        others = ", or choose a model that tells more classes apart" if len(rows) > most_classes == 2 else ""
        raise DatasetError(
            f"{called} has {labels} ({shown}), and {allowed} classes are taken: name the column of labels with "
            f"label_column{others}."
        )
    classes = DIGITS if set(rows) == set(DIGITS) else in_order(list(rows))
    places = {name: place for place, name in enumerate(classes)}
    spellings = Counter(taken.values())
    joined = tuple(
        Joined(name, to, counts[name]) for name, to in sorted(taken.items()) if name != to and spellings[to] > 1
    )
    return Labels([places[taken[name]] for name in names], classes, joined)


def _require_apart(called: str, rows: Counter[str]) -> None:
    seen: dict[object, str] = {}
    for name in sorted(rows):
        value = number_of(name)
        for alike in {looks_like(name), *(() if value is None else (value,))}:
            other = seen.setdefault(alike, name)
            if other != name:
                raise DatasetError(
                    f"{called} has labels that look alike: {_spelt(other)} ({rows[other]:,} rows) and {_spelt(name)} "
                    f"({rows[name]:,} rows): write them in one way, or rename one."
                )


def _spelt(name: str) -> str:
    """A name, with its code points where it is not plain ASCII."""
    shown = repr(name[:_SHOWN])
    return shown if name.isascii() else f"{shown} ({' '.join(f'U+{ord(one):04X}' for one in name[:8])})"
