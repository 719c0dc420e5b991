"""The rows of a sweep by column, as its report left them, or as they come in while it runs."""

import json
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Layouts of the file that are read.
_READABLE = (1,)
#: Sweeps that are kept in memory; of 10,000 runs and 30 measures, 5 MB each. And those whose axes' names are.
_KEPT, _LABELS_KEPT = 4, 500
#: Characters of a file within which its axes stand; they come before the rows.
_HEAD = 500_000
_loading = threading.Lock()

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Axis:
    """What was swept.

    Attributes:
        column: of the rows.
        label: in words.
        unit: that its levels are counted in.
        numeric: whether the levels are numbers.
        levels: in order.
    """

    column: str
    label: str
    unit: str
    numeric: bool
    levels: tuple[Any, ...]

    @property
    def title(self) -> str:
        """Its name with its unit."""
        return f"{self.label}, {self.unit}" if self.unit else self.label

    def shown(self, place: int) -> str:
        """A level as it is written."""
        level = self.levels[place]
        if isinstance(level, bool) or not isinstance(level, (int, float)):
            return str(level)
        return f"{level:,.0f}" if float(level).is_integer() else f"{level:g}"


@dataclass(frozen=True)
class Measure:
    """What was measured.

    Attributes:
        column: of the rows.
        label: in words.
        unit: that it is counted in.
        meaning: what it says, in a sentence.
        bounds: least and largest value that there can be.
        event: whether it is the day of something that may never happen.
        first: whether readers ask for it first.
    """

    column: str
    label: str
    unit: str
    meaning: str
    bounds: tuple[float, float]
    event: bool
    first: bool

    @property
    def title(self) -> str:
        """Its name with its unit, as a heading begins."""
        name = self.label[:1].upper() + self.label[1:]
        return f"{name}, {self.unit}" if self.unit else name


@dataclass(frozen=True)
class Point:
    """A figure of others.

    Attributes:
        source: "published", or "reproduced".
        measure: what was measured.
        mean: of their runs.
        runs: theirs.
        levels: its place among each axis' levels; None where it says nothing of that axis.
    """

    source: str
    measure: str
    mean: float
    runs: int
    levels: Mapping[str, int | None]


@dataclass(frozen=True)
class Results:
    """The rows of a sweep; arrays have a value a run.

    Attributes:
        about: what the runs were made on, in words; empty while the sweep runs.
        axes: what was swept.
        measures: what was measured and differs between runs, what readers ask for first in front.
        points: figures of others.
        findings: what was found, in sentences; none while the sweep runs.
        runs: numbers of the runs.
        seeds: of the runs.
        days: simulated days of the runs.
        levels: by axis, each run's place among its levels; -1 where the axis plays no part.
        values: by measure; NaN for none.
        changed: when the file was written that they are from, in nanoseconds; 0 while the sweep runs.
    """

    about: str
    axes: tuple[Axis, ...]
    measures: tuple[Measure, ...]
    points: tuple[Point, ...]
    findings: tuple[str, ...]
    runs: Places
    seeds: Places
    days: Floats
    levels: Mapping[str, Places]
    values: Mapping[str, Floats]
    changed: int = 0

    def axis(self, column: str) -> Axis | None:
        """An axis by its column."""
        return next((axis for axis in self.axes if axis.column == column), None)

    def measure(self, column: str) -> Measure | None:
        """A measure by its column."""
        return next((measure for measure in self.measures if measure.column == column), None)


def load(path: Path) -> Results | None:
    """What a report left for the page; None where it left nothing that can be read."""
    try:
        # however many look at a sweep that was just reported on, one of them reads it
        with _loading:
            return _loaded(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, KeyError, TypeError):
        # of a report of another release: the report itself is there, and can be made anew
        return None


@lru_cache(maxsize=_KEPT)
def _loaded(path: Path, changed: int) -> Results:
    said = json.loads(path.read_bytes())
    if said["format"] not in _READABLE:
        raise ValueError(f"layout {said['format']}")
    return Results(
        about=said["about"],
        axes=tuple(Axis(**{**axis, "levels": tuple(axis["levels"])}) for axis in said["axes"]),
        measures=tuple(_measure(measure) for measure in said["measures"]),
        points=tuple(
            Point(one["source"], one["measure"], one["mean"], one["runs"], one["levels"]) for one in said["published"]
        ),
        findings=tuple(said["findings"]),
        runs=np.array(said["runs"], dtype=np.int64),
        seeds=np.array(said["seeds"], dtype=np.int64),
        days=np.array(said["days"], dtype=np.float64),
        levels={column: np.array(places, dtype=np.int64) for column, places in said["levels"].items()},
        values={column: np.array(values, dtype=np.float64) for column, values in said["values"].items()},
        changed=changed,
    )


def labels_of(path: Path) -> tuple[str, ...]:
    """What was swept, in words, without the rows behind it; none where the report left nothing that can be read."""
    try:
        return _labels(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, KeyError, TypeError):
        return ()


@lru_cache(maxsize=_LABELS_KEPT)
def _labels(path: Path, _changed: int) -> tuple[str, ...]:
    with path.open(encoding="utf-8") as file:
        head = file.read(_HEAD)
    # a quotation mark within a text has a backslash before it, so that this is the member and no text
    begin = re.search(r'"axes":\s*', head)
    axes = [] if begin is None else json.JSONDecoder().raw_decode(head, begin.end())[0]
    return tuple(Axis(**{**axis, "levels": ()}).label for axis in axes)


def _measure(said: Mapping[str, Any]) -> Measure:
    low, high = said["low"], said["high"]
    bounds = (-np.inf if low is None else low, np.inf if high is None else high)
    return Measure(
        said["column"], said["label"], said["unit"], said["meaning"], bounds, said["event"], said["first"]
    )  # fmt: skip


def so_far(rows: Sequence[Mapping[str, Any]], axes: Mapping[str, Sequence[Any]], measure: str) -> Results | None:
    """What rows that came in so far say of one measure, before anybody knows more; None where it is in none of them.

    Args:
        rows: of finished runs.
        axes: knobs that are compared, with their values.
        measure: a column.
    """
    known = [row for row in rows if isinstance(row.get(measure), (int, float))]
    if not known:
        return None
    found = [_swept(knob, levels, known[0]) for knob, levels in axes.items()]
    places = {axis.column: {level: place for place, level in enumerate(axis.levels)} for axis in found}
    name = measure.replace("_", " ")
    return Results(
        about="",
        axes=tuple(found),
        measures=(Measure(measure, name, "", "", (-np.inf, np.inf), event=False, first=True),),
        points=(),
        findings=(),
        runs=np.array([row["run"] for row in known], dtype=np.int64),
        seeds=np.array([row["seed"] for row in known], dtype=np.int64),
        days=np.array([row.get("days", np.nan) for row in known], dtype=np.float64),
        levels={
            column: np.array([levels.get(row.get(column), -1) for row in known], dtype=np.int64)
            for column, levels in places.items()
        },
        values={measure: np.array([row[measure] for row in known], dtype=np.float64)},
    )


def _swept(knob: str, levels: Sequence[Any], row: Mapping[str, Any]) -> Axis:
    """An axis of a sweep that nobody has reported on yet."""
    column, own = knob.replace(".", "_"), f"_{knob.rpartition('.')[2]}"
    if column not in row:
        # a knob of all agents stands in the rows as each group's
        column = next((name for name in row if name.endswith(own)), column)
    numeric = all(isinstance(level, (int, float)) and not isinstance(level, bool) for level in levels)
    ordered = tuple(sorted(levels)) if numeric else tuple(levels)
    return Axis(column, knob.replace("_", " ").replace(".", ": "), "", numeric, ordered)
