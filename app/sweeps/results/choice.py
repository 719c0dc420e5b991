"""What the reader of a sweep's results chose to see; it is the page's address, so that it can be passed on."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray

from earnest.sweeps.results.loaded import Axis, Measure, Results

#: What can be drawn besides the means.
DRAWN = ("band", "runs", "published")
#: Of an axis that is neither drawn along nor by: all its values, their runs taken together.
ALL = "all"


@dataclass(frozen=True)
class Choice:
    """A view.

    Attributes:
        measure: that is drawn.
        along: the axis from left to right.
        by: the axis with a line for each level; None for one line.
        only: level of each other axis by its column; None for all of them together.
        held: the axes of `only`.
        drawn: of `DRAWN`.
        log_x, log_y: whether an axis is logarithmic; only where all that is drawn is positive.
        compare: id of the sweep that is compared; empty for none.
    """

    measure: Measure
    along: Axis
    by: Axis | None
    only: Mapping[str, int | None]
    held: tuple[Axis, ...]
    drawn: frozenset[str]
    log_x: bool = False
    log_y: bool = False
    compare: str = ""
    #: As it was asked for, for links back.
    query: str = field(default="", compare=False)

    @property
    def labels(self) -> dict[str, Axis]:
        """The axes that are held at a level, by their columns."""
        return {axis.column: axis for axis in self.held}

    @property
    def drawn_as(self) -> Hashable:
        """What a picture of the view differs by, among those of the same results."""
        return (
            self.measure.column, self.along.column, self.by and self.by.column, tuple(sorted(self.only.items())),
            self.drawn, self.log_x, self.log_y,
        )  # fmt: skip

    def rows(self, results: Results) -> NDArray[np.bool_]:
        """Which runs are shown."""
        found = results.levels[self.along.column] >= 0
        for column, place in self.only.items():
            if place is not None:
                found &= results.levels[column] == place
        return found


@dataclass(frozen=True)
class Asked:
    """A view as an address asks for it; each part may be left out, or be nonsense.

    Attributes:
        measure, along, by: columns; `by` is "none" for one line.
        only: COLUMN:VALUE, as the page writes the value; or COLUMN:all.
        draw: of `DRAWN`; None for all.
        log: of "x" and "y".
        compare: id of a sweep.
    """

    measure: str = ""
    along: str = ""
    by: str = ""
    only: Sequence[str] = ()
    draw: Sequence[str] | None = None
    log: Sequence[str] = ()
    compare: str = ""

    def query(self) -> str:
        """As in an address."""
        parts = [("measure", self.measure), ("along", self.along), ("by", self.by)]
        parts += [("only", one) for one in self.only]
        parts += [("draw", one) for one in (self.draw if self.draw is not None else ())]
        parts += [("log", one) for one in self.log] + [("compare", self.compare)]
        found = [(name, value) for name, value in parts if value]
        if self.draw is not None and not self.draw:
            found.append(("draw", "means"))
        return urlencode(found)


def chosen(results: Results, asked: Asked) -> Choice | None:
    """What is shown; what was not asked for, or is not there, is chosen here. None where nothing was swept or measured.

    Left alone, a view goes along the axis of numbers with the most levels, has a line for each level of the next one,
    and shows the last level of every other.
    """
    if not results.axes or not results.measures:
        return None
    by_levels = sorted(results.axes, key=lambda axis: (not axis.numeric, -len(axis.levels)))
    along = results.axis(asked.along) or by_levels[0]
    others = [axis for axis in by_levels if axis is not along]
    by = results.axis(asked.by) if asked.by else next(iter(others), None)
    by = None if by is along else by
    wanted = dict(one.partition(":")[::2] for one in asked.only)
    held = tuple(axis for axis in results.axes if axis is not along and axis is not by)
    found = Choice(
        measure=results.measure(asked.measure) or results.measures[0],
        along=along,
        by=by,
        only={axis.column: _level(axis, wanted.get(axis.column)) for axis in held},
        held=held,
        drawn=frozenset(DRAWN if asked.draw is None else [one for one in asked.draw if one in DRAWN]),
        log_x="x" in asked.log and along.numeric and min(along.levels) > 0,
        compare=asked.compare,
        query=asked.query(),
    )
    kept = results.values[found.measure.column][found.rows(results)]
    kept = kept[~np.isnan(kept)]
    return replace(found, log_y="y" in asked.log and len(kept) > 0 and bool((kept > 0).all()))


def _level(axis: Axis, wanted: str | None) -> int | None:
    if wanted == ALL:
        return None
    names = [axis.shown(place) for place in range(len(axis.levels))]
    return names.index(wanted) if wanted in names else len(names) - 1
