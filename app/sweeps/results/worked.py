"""What a view shows, worked out from the rows: means, survival, a map of two axes, two sweeps side by side."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earnest.core.statistics import KaplanMeier, Mean, kaplan_meier, mean_of
from earnest.sweeps.results.choice import Choice
from earnest.sweeps.results.loaded import Axis, Floats, Measure, Point, Results

#: Lines of one chart; of more levels so many are drawn, evenly spread.
MOST_LINES = 6
#: Levels of either axis of a map; of more it is no map that anybody can read, and takes long.
MOST_MAPPED = 40


@dataclass(frozen=True)
class Curve:
    """A line.

    Attributes:
        label: its level in words; empty for the only line.
        place: of its level among all of the axis, and how many those are.
        means: by level of the axis along which it goes.
        runs: places along that axis, and values, of the single runs.
    """

    label: str
    place: tuple[int, int]
    means: tuple[Mean, ...]
    runs: tuple[NDArray[np.int64], Floats]


@dataclass(frozen=True)
class Survived:
    """How long something lasted, for one level.

    Attributes:
        label: the level in words.
        place: of it among all, and how many those are.
        estimate: by day.
        ended: runs to which it happened.
        runs: in all.
        last: day at which the last run ended.
    """

    label: str
    place: tuple[int, int]
    estimate: KaplanMeier
    ended: int
    runs: int
    last: float


@dataclass(frozen=True)
class Compared:
    """A measure of two sweeps, over what both have.

    Attributes:
        measure: what was measured.
        ours, theirs: means over the seeds of both.
        difference: ours less theirs, in pairs of one seed.
    """

    measure: Measure
    ours: float
    theirs: float
    difference: Mean


def curves(results: Results, choice: Choice) -> list[Curve]:
    """The lines of a view."""
    shown = choice.rows(results)
    along, values = results.levels[choice.along.column], results.values[choice.measure.column]
    found = []
    for label, place, mask in lines_of(results, choice):
        rows = shown & mask
        order = np.argsort(along[rows], kind="stable")
        places, measured = along[rows][order], values[rows][order]
        ends = np.searchsorted(places, np.arange(len(choice.along.levels) + 1))
        means = tuple(
            mean_of(measured[ends[level] : ends[level + 1]], choice.measure.bounds)
            for level in range(len(choice.along.levels))
        )
        if any(mean.count for mean in means):
            found.append(Curve(label, place, means, (places, measured)))
    return found


def lines_of(results: Results, choice: Choice) -> list[tuple[str, tuple[int, int], NDArray[np.bool_]]]:
    """Each line's level, and the runs that have it."""
    if choice.by is None:
        return [("", (0, 1), np.ones(len(results.runs), dtype=bool))]
    levels = results.levels[choice.by.column]
    return [(choice.by.shown(place), (place, len(choice.by.levels)), levels == place) for place in spread(choice.by)]


def spread(axis: Axis) -> list[int]:
    """The places of the levels that get a line: all, or as many as can be told apart."""
    count = len(axis.levels)
    if count <= MOST_LINES:
        return list(range(count))
    return sorted({round(place) for place in np.linspace(0, count - 1, MOST_LINES)})


def points(results: Results, choice: Choice) -> list[tuple[Point, int, int | None]]:
    """Figures of others that belong into a view, each with its place along the axis and its line's level."""
    found = []
    for point in results.points if "published" in choice.drawn else ():
        at = point.levels.get(choice.along.column)
        by = None if choice.by is None else point.levels.get(choice.by.column)
        fits = all(place is None or point.levels.get(column) in (place, None) for column, place in choice.only.items())
        if point.measure == choice.measure.column and at is not None and fits and (choice.by is None or by is not None):
            found.append((point, at, by))
    return found


def survivals(results: Results, choice: Choice) -> tuple[Measure, Axis, list[Survived]] | None:
    """How long something lasted, by the levels of the lines, or of the axis where there is one line.

    Where there are lines, the runs are those at the last level of the axis along which they go. None where nothing that
    was measured is the day of an event.
    """
    asked = choice.measure if choice.measure.event else None
    measure = asked or next((one for one in results.measures if one.event), None)
    if measure is None:
        return None
    axis = choice.by or choice.along
    shown = choice.rows(results)
    if choice.by is not None:
        shown &= results.levels[choice.along.column] == len(choice.along.levels) - 1
    found = []
    for place in spread(axis):
        rows = shown & (results.levels[axis.column] == place)
        day = results.values[measure.column][rows]
        event = ~np.isnan(day)
        time = np.where(event, day, results.days[rows])
        if len(time):
            found.append(
                Survived(
                    axis.shown(place), (place, len(axis.levels)), kaplan_meier(time, event),
                    int(event.sum()), len(time), float(time.max()),
                )
            )  # fmt: skip
    return (measure, axis, found) if any(one.ended for one in found) else None


def has_room_for_a_map(choice: Choice) -> bool:
    """Whether the axes of a view have few enough levels for a map of both."""
    return all(len(axis.levels) <= MOST_MAPPED for axis in (choice.along, choice.by) if axis is not None)


def cells(results: Results, choice: Choice) -> list[list[Mean]] | None:
    """The mean at each level of both axes, a row for each line's level; None where there is one line, or no room."""
    if choice.by is None or not has_room_for_a_map(choice):
        return None
    shown = choice.rows(results)
    values = results.values[choice.measure.column]
    along, by = results.levels[choice.along.column], results.levels[choice.by.column]
    return [
        [
            mean_of(values[shown & (along == across) & (by == down)], choice.measure.bounds)
            for across in range(len(choice.along.levels))
        ]
        for down in range(len(choice.by.levels))
    ]


def compared(results: Results, choice: Choice, other: Results) -> list[Compared]:
    """What two sweeps measured, where both did: at the levels that both have, under the seeds that both have.

    Runs of one seed share their draws, so a seed is a pair: its mean over all points of ours, less that of theirs.
    """
    ours, theirs = _common(results, other, choice.rows(results))
    found = []
    for measure in results.measures:
        if measure.column not in other.values:
            continue
        first = _by_seed(results.seeds[ours], results.values[measure.column][ours])
        second = _by_seed(other.seeds[theirs], other.values[measure.column][theirs])
        both = sorted(first.keys() & second.keys())
        if both:
            pairs = np.array([first[seed] - second[seed] for seed in both])
            found.append(
                Compared(
                    measure, float(np.mean([first[seed] for seed in both])),
                    float(np.mean([second[seed] for seed in both])), mean_of(pairs),
                )
            )  # fmt: skip
    return found


def _common(results: Results, other: Results, shown: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The shown runs of ours, and runs of the other sweep, at the levels that both have on the axes that both have."""
    ours, theirs = shown.copy(), np.ones(len(other.runs), dtype=bool)
    for axis in results.axes:
        same = other.axis(axis.column)
        if same is None:
            continue
        seen = {axis.levels[place] for place in np.unique(results.levels[axis.column][shown]) if place >= 0}
        both = seen & set(same.levels)
        ours &= np.isin(results.levels[axis.column], [axis.levels.index(level) for level in both])
        theirs &= np.isin(other.levels[axis.column], [same.levels.index(level) for level in both])
    return ours, theirs


def _by_seed(seeds: NDArray[np.int64], values: Floats) -> dict[int, float]:
    known = ~np.isnan(values)
    names, place = np.unique(seeds[known], return_inverse=True)
    if not len(names):
        return {}
    means = np.bincount(place, weights=values[known]) / np.bincount(place)
    return dict(zip(names.tolist(), means.tolist(), strict=True))
