"""The charts of a sweep's results as SVG: means with bands and single runs, survival, a map of two axes.

Lines differ by colour, dash and shape; bands are faint; words at the lines' ends give way to each other.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from earnest.core.statistics import Mean
from earnest.dashboard.charts import Chart
from earnest.dashboard.scales import Scale, by_level, linear, logarithmic, with_room
from earnest.sweeps.results.choice import Choice
from earnest.sweeps.results.loaded import Axis, Point, Results
from earnest.sweeps.results.worked import Curve, Survived, cells, curves, points, survivals

#: Pixels of a plot, and of a row of words at the lines' ends.
HEIGHT, ROW = 260, 15
#: Part of a narrow plot's width that a mark below needs for itself.
_NARROW = 0.14
_UNIT = 1000
#: Steps of the ramp for levels that are in order.
_RAMP = 5
_HEAT = 5
#: Characters of a line's name at its end.
_NAME = 12
#: Single runs that are drawn at most, and rows of the table behind a chart; of more, every so manieth.
MOST_DOTS, MOST_ROWS = 10_000, 200
_SHAPES = (
    "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0Z", "M-3.7-3.7h7.400v7.400h-7.400Z", "M0-4.600 4.400 3.400H-4.400Z",
    "M0-5 5 0 0 5-5 0Z", "M0 4.600 4.400-3.400H-4.400Z", "M-4.500-1.500h3v-3h3v3h3v3h-3v3h-3v-3h-3Z",
)  # fmt: skip


@dataclass(frozen=True)
class Key:
    """How a line is told from the others.

    Attributes:
        name: its level.
        tone: class of its colour.
        turn: of its dash and shape, from 0.
    """

    name: str
    tone: str
    turn: int

    @property
    def svg(self) -> Markup:
        """For the legend."""
        return Markup(
            '<svg viewBox="0 0 30 12" aria-hidden="true" class="{}"><path class="sl d{}" d="M1 6H29"/>'
            '<path class="mk" transform="translate(15 6)" d="{}"/></svg>'
        ).format(self.tone, self.turn, _SHAPES[self.turn])


@dataclass(frozen=True)
class Plot:
    """A chart with its legend.

    Attributes:
        chart: the picture and what is behind it.
        keys: of its lines; none for one line.
        notes: what is drawn besides, in words.
        by: what the lines are levels of; empty for one line.
        named: whether the lines' names stand at their ends, which takes room beside the plot.
    """

    chart: Chart
    keys: tuple[Key, ...]
    notes: tuple[str, ...] = ()
    by: str = ""
    named: bool = False


def key_of(name: str, place: tuple[int, int], turn: int, axis: Axis | None) -> Key:
    """Of a line: a ramp where the levels are in order, else a colour each."""
    at, count = place
    if axis is None:
        return Key(name, "s-accuracy", 0)
    if not axis.numeric:
        return Key(name, f"s-k{turn % 6 + 1}", turn % 6)
    step = _RAMP if count == 1 else 1 + round(at / (count - 1) * (_RAMP - 1))
    return Key(name, f"s-o{step}", turn % 6)


def upper(words: str) -> str:
    """With a capital letter in front."""
    return words[:1].upper() + words[1:]


def number(value: float, digits: int | None = None) -> str:
    """Four digits, or as many as a large number has before its point; shares without a leading 0."""
    if math.isnan(value):
        return "\N{EN DASH}"
    if digits is None:
        digits = digits_of([value])
    text = f"{abs(value):,.{digits}f}"
    sign = "\N{MINUS SIGN}" if value < 0 and float(text.replace(",", "")) else ""
    return sign + (text[1:] if text.startswith("0.") else text)


def digits_of(values: Sequence[float]) -> int:
    """Decimals that a column of such values is written with."""
    largest = max((abs(value) for value in values if not math.isnan(value)), default=0.0)
    return 0 if largest >= 1000 else 1 if largest >= 100 else 2 if largest >= 10 else 3 if largest >= 1 else 4


def interval_words(mean: Mean, digits: int) -> str:
    """A mean with its interval, or what it lacks."""
    if mean.count == 0:
        return "none" if mean.runs else "\N{EN DASH}"
    told = number(mean.mean, digits)
    if not math.isnan(mean.low):
        told += f" ({number(mean.low, digits)} to {number(mean.high, digits)})"
    return told if mean.count == mean.runs else f"{told}, {mean.count} of {mean.runs} runs"


def curves_plot(results: Results, choice: Choice) -> Plot | None:
    """Means along an axis; None where the runs that are shown have no value."""
    found, others = curves(results, choice), points(results, choice)
    if not found:
        return None
    xs, y, x_marks = _scales(found, others, choice)
    keys = [key_of(one.label, one.place, turn, choice.by) for turn, one in enumerate(found)]
    stretched, marks, ends = [], [], []
    for one, key in zip(found, keys, strict=True):
        known = [(xs[place], mean) for place, mean in enumerate(one.means) if mean.count]
        if "band" in choice.drawn:
            stretched.append(_band(known, key, y, joined=choice.along.numeric))
        if "runs" in choice.drawn:
            stretched.append(_dots(one, xs, key, y))
        if choice.along.numeric and len(known) > 1:
            line = " ".join(f"{_UNIT * x:.1f},{_UNIT * (1 - y.at(mean.mean)):.1f}" for x, mean in known)
            stretched.append(Markup('<polyline class="sl {} d{}" points="{}"/>').format(key.tone, key.turn, line))
        marks += [_mark(x, 1 - y.at(mean.mean), key.tone, _SHAPES[key.turn]) for x, mean in known]
        if key.name and known:
            ends.append((HEIGHT * (1 - y.at(known[-1][1].mean)), key.name))
    tones = {one.place[0]: key.tone for one, key in zip(found, keys, strict=True)}
    for point, at, by in others:
        tone = tones.get(by, "s-ink") if by is not None else "s-ink"
        marks.append(_mark(xs[at], 1 - y.at(point.mean), f"{tone} open", _SHAPES[3]))
    digits = digits_of([mean.mean for one in found for mean in one.means])
    listed = _listed(len(xs))
    svg = _plot(
        _words(found, choice, digits), y, x_marks, choice.along.title, Markup("").join(stretched),
        Markup("").join(marks), ends, [xs[place] for place in listed],
    )  # fmt: skip
    columns, rows = _table(found, choice, digits, listed)
    chart = Chart("curves", _title(choice), _unit(found, choice), svg, _caption(found, choice, others), columns, rows)
    notes = ["95 % interval over seeds"] if "band" in choice.drawn else []
    notes += ["single runs"] if "runs" in choice.drawn else []
    sources = sorted({point.source for point, _, _ in others})
    return Plot(
        chart, tuple(key for key in keys if key.name), (*notes, *(f"{one} by others" for one in sources)),
        upper(choice.by.title) if choice.by else "", named=bool(ends),
    )  # fmt: skip


def _scales(
    found: Sequence[Curve], others: Sequence[tuple[Point, int, int | None]], choice: Choice
) -> tuple[list[float], Scale, list[tuple[float, str]]]:
    """Places of the levels from left to right, the scale upwards, and the marks below."""
    axis, count = choice.along, len(choice.along.levels)
    if axis.numeric:
        scale = by_level(axis.levels, log=choice.log_x)
        xs = [scale.at(level) for level in axis.levels] if count > 1 else [0.5]
    else:
        xs = [(place + 0.5) / count for place in range(count)]
    shown = [mean for one in found for mean in one.means if mean.count]
    values = [mean.mean for mean in shown] + [point.mean for point, _, _ in others]
    if "band" in choice.drawn:
        values += [end for mean in shown for end in (mean.low, mean.high) if not math.isnan(end)]
    if "runs" in choice.drawn:
        values += [float(end(one.runs[1][~np.isnan(one.runs[1])])) for one in found for end in (np.min, np.max)]
    if choice.log_y:
        values = [value for value in values if value > 0]
        y = _above(logarithmic(min(values), max(values)))
    else:
        y = linear(min(values), max(values))
    return xs, y, with_room([(x, axis.shown(place)) for place, x in enumerate(xs)], 0.06 if axis.numeric else 0.02)


def _above(scale: Scale) -> Scale:
    """A logarithmic scale on which what is not positive lies at the bottom: an interval's end can be 0."""
    return Scale(lambda value: scale.at(value) if value > 0 else 0.0, scale.marks)


def _band(known: Sequence[tuple[float, Mean]], key: Key, y: Scale, *, joined: bool) -> Markup:
    """The intervals of a line: a band, or a bar at each name, since there is no way from one name to another."""
    sure = [(_UNIT * x, _UNIT * (1 - y.at(mean.high)), _UNIT * (1 - y.at(mean.low))) for x, mean in known
            if not math.isnan(mean.low)]  # fmt: skip
    if joined and len(sure) > 1:
        there = " ".join(f"{x:.1f},{high:.1f}" for x, high, _ in sure)
        back = " ".join(f"{x:.1f},{low:.1f}" for x, _, low in reversed(sure))
        return Markup('<polygon class="sb {}" points="{} {}"/>').format(key.tone, there, back)
    bars = "".join(f"M{x:.1f} {high:.1f}V{low:.1f}" for x, high, low in sure)
    return Markup('<path class="si {}" d="{}"/>').format(key.tone, bars)


def _dots(one: Curve, xs: Sequence[float], key: Key, y: Scale) -> Markup:
    """Single runs as dots, in one path: they are many."""
    every = max(1, len(one.runs[0]) // MOST_DOTS)
    dots = "".join(
        f"M{_UNIT * xs[place]:.0f} {_UNIT * (1 - y.at(value)):.0f}h0"
        for place, value in zip(one.runs[0][::every].tolist(), one.runs[1][::every].tolist(), strict=True)
        if value == value
    )
    return Markup('<path class="sd {}" d="{}"/>').format(key.tone, dots)


def _mark(x: float, y: float, tone: str, shape: str) -> Markup:
    return Markup('<svg x="{:.2f}%" y="{:.1f}" overflow="visible"><path class="mk {}" d="{}"/></svg>').format(
        100 * x, HEIGHT * y, tone, shape
    )


def _plot(
    words: str, y: Scale, x_marks: Sequence[tuple[float, str]], x_title: str, stretched: Markup, marks: Markup,
    ends: Sequence[tuple[float, str]], places: Sequence[float],
) -> Markup:  # fmt: skip
    """Grid, axes, what is stretched and what is not; places of the table's rows go with it, for the pointer."""
    parts = []
    for place, said in y.marks:
        at = HEIGHT * (1 - place)
        parts.append(
            Markup(
                '<line class="gr" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'
                '<text x="-8" y="{z:.1f}" text-anchor="end">{s}</text>'
            ).format(y=at, z=at + 4, s=said)
        )
    parts.append(Markup('<line class="ax" x1="0" x2="100%" y1="{y}" y2="{y}"/>').format(y=HEIGHT))
    roomy = with_room(x_marks, _NARROW)
    for place, said in x_marks:
        parts.append(
            Markup('<text x="{:.2f}%" y="{}" text-anchor="middle"{}>{}</text>').format(
                100 * place, HEIGHT + 20, "" if (place, said) in roomy else Markup(' class="lo"'), said
            )
        )
    parts.append(Markup('<text x="50%" y="{}" text-anchor="middle">{}</text>').format(HEIGHT + 42, x_title))
    inner = Markup(
        '<svg viewBox="0 0 {u} {u}" preserveAspectRatio="none" width="100%" height="{h}" overflow="visible">{c}</svg>'
    ).format(u=_UNIT, h=HEIGHT, c=stretched)
    return Markup(
        '<svg class="plot" height="{}" role="img" aria-label="{}" data-places="{}">{}{}{}{}</svg>'
    ).format(HEIGHT, words, json.dumps([round(place, 4) for place in places]), Markup("").join(parts), inner, marks,
             _ends(ends))  # fmt: skip


def _ends(ends: Sequence[tuple[float, str]]) -> Markup:
    """The lines' names at their ends, pushed apart where they would lie on each other."""
    placed: list[tuple[float, str]] = []
    for at, name in sorted(ends):
        placed.append((max(at, placed[-1][0] + ROW) if placed else at, name))
    shift = max(0.0, placed[-1][0] - HEIGHT) if placed else 0.0
    return Markup("").join(
        Markup('<text class="b" x="100%" dx="8" y="{:.1f}">{}</text>').format(
            at - shift + 4, name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"
        )
        for at, name in placed
    )


def _title(choice: Choice) -> str:
    return f"{choice.measure.title} by {choice.along.label}" + (f" and {choice.by.label}" if choice.by else "")


def _unit(found: Sequence[Curve], choice: Choice) -> str:
    """What is drawn, out of how many runs, under which values of the other axes."""
    counts = [mean.runs for one in found for mean in one.means if mean.runs]
    each = f"{min(counts)}" if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"
    told = f"Mean of {each} {'run' if max(counts) == 1 else 'runs'} at each value"
    axes = [(column, place) for column, place in choice.only.items()]
    return told + (f"; {_under(choice, axes)}" if axes else "")


def _under(choice: Choice, axes: Sequence[tuple[str, int | None]]) -> str:
    labels = choice.labels
    return ", ".join(
        f"all values of {labels[column].label} together" if place is None
        else f"{labels[column].label} {labels[column].shown(place)}"
        for column, place in axes
    )  # fmt: skip


def _words(found: Sequence[Curve], choice: Choice, digits: int) -> str:
    """The picture for who does not see it."""
    told = []
    for one in found:
        known = [(place, mean) for place, mean in enumerate(one.means) if mean.count]
        (first, start), (last, end) = known[0], known[-1]
        name = f"at {choice.by.label} {one.label} " if choice.by else ""
        told.append(
            f"{name}{number(start.mean, digits)} at {choice.along.shown(first)}, {number(end.mean, digits)} at "
            f"{choice.along.shown(last)}"
        )
    return f"{_title(choice)}: {'; '.join(told)}."


def _listed(count: int) -> list[int]:
    """Which of so many values the table has a row of: all, or every so manieth and the last."""
    every = max(1, math.ceil(count / (MOST_ROWS - 1)))
    kept = list(range(0, count, every))
    return kept if kept[-1] == count - 1 else [*kept, count - 1]


def _table(
    found: Sequence[Curve], choice: Choice, digits: int, listed: Sequence[int]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    heads = (choice.along.title, *(one.label or choice.measure.title for one in found))
    rows = [
        (choice.along.shown(place), *(interval_words(one.means[place], digits) for one in found)) for place in listed
    ]
    return heads, rows


def _caption(found: Sequence[Curve], choice: Choice, others: Sequence[object]) -> str:
    told = ""
    if choice.by:
        told = f" Each line holds {choice.by.label} at one value"
        more = len(choice.by.levels) > len(found)
        told += f"; {len(found)} of its {len(choice.by.levels)} values are drawn." if more else "."
    if (count := len(choice.along.levels)) > MOST_ROWS:
        told += (
            f" The table has {len(_listed(count))} of the {count:,} values of {choice.along.label}; the CSV has all."
        )
    partial = any(mean.count < mean.runs for one in found for mean in one.means)
    if choice.measure.event and partial:
        told += " Means are over the runs to which it happened; how long it takes, the next chart says of all runs."
    if others:
        told += " Open diamonds are figures of others."
    if choice.measure.meaning:
        told += f" {upper(choice.measure.meaning).rstrip('.')}."
    return told.strip()


# SURVIVAL


def survival_plot(results: Results, choice: Choice) -> Plot | None:
    """Share of runs to which something has not happened yet, by day; None where it happens in none."""
    asked = survivals(results, choice)
    if asked is None:
        return None
    measure, axis, found = asked
    last = max(one.last for one in found)
    x, y = linear(0, last), linear(0, 1)
    keys = [key_of(one.label, one.place, turn, axis) for turn, one in enumerate(found)]
    stretched, ends = [], []
    for one, key in zip(found, keys, strict=True):
        stretched.append(_survival_band(one, key, x))
        stretched.append(_steps(one, key, x))
        ends.append((HEIGHT * (1 - float(one.estimate.alive[-1])), key.name))
    words = "; ".join(f"at {one.label} {one.ended} of {one.runs} runs" for one in found)
    days = [last * part / 8 for part in range(9)]
    rows = [(f"{day:.1f}", *(_alive(one, day) for one in found)) for day in days]
    where = f"{choice.along.label} {choice.along.shown(len(choice.along.levels) - 1)}" if choice.by else ""
    svg = _plot(
        f"{measure.label}, share of runs that were not, by day: {words}.", y, list(x.marks), "simulated days",
        Markup("").join(stretched), Markup(""), [], [x.at(day) for day in days],
    )  # fmt: skip
    chart = Chart(
        "survival", f"{measure.title}: how long it takes",
        "Share of runs to which it has not happened, by simulated day; bands are 95 % intervals"
        + (f"; {where}" if where else ""),
        svg, f"It happened at {axis.label} " + ", ".join(f"{one.label} in {one.ended} of {one.runs}" for one in found)
        + ". Runs that ended without are counted until their end (Kaplan and Meier).",
        ("Day", *(one.label for one in found)), rows,
    )  # fmt: skip
    return Plot(chart, tuple(keys), by=upper(axis.title))


def _steps(one: Survived, key: Key, x: Scale) -> Markup:
    path = [f"M0 {_UNIT * (1 - one.estimate.alive[0]):.1f}"]
    for day, alive in zip(one.estimate.times[1:], one.estimate.alive[1:], strict=True):
        path.append(f"H{_UNIT * x.at(float(day)):.1f}V{_UNIT * (1 - float(alive)):.1f}")
    if one.estimate.alive[-1] > 0:
        path.append(f"H{_UNIT * x.at(one.last):.1f}")
    return Markup('<path class="sl {} d{}" d="{}"/>').format(key.tone, key.turn, "".join(path))


def _survival_band(one: Survived, key: Key, x: Scale) -> Markup:
    """The interval as steps there and back; where nobody is left there is none."""
    sure = ~np.isnan(one.estimate.low)
    days, low, high = one.estimate.times[sure], one.estimate.low[sure], one.estimate.high[sure]
    if len(days) < 2:
        return Markup("")
    end = one.last if one.estimate.alive[-1] > 0 else float(one.estimate.times[-1])
    stops = [*(_UNIT * x.at(float(day)) for day in days), _UNIT * x.at(end)]
    there = [f"M{stops[0]:.1f} {_UNIT * (1 - high[0]):.1f}"]
    for place in range(1, len(days)):
        there.append(f"H{stops[place]:.1f}V{_UNIT * (1 - high[place]):.1f}")
    there.append(f"H{stops[-1]:.1f}V{_UNIT * (1 - low[-1]):.1f}")
    for place in range(len(days) - 1, 0, -1):
        there.append(f"H{stops[place]:.1f}V{_UNIT * (1 - low[place - 1]):.1f}")
    return Markup('<path class="sb {}" d="{}H{:.1f}Z"/>').format(key.tone, "".join(there), stops[0])


def _alive(one: Survived, day: float) -> str:
    place = int(np.searchsorted(one.estimate.times, day, side="right")) - 1
    low, high = float(one.estimate.low[place]), float(one.estimate.high[place])
    told = number(float(one.estimate.alive[place]), 2)
    return told if math.isnan(low) or low == high else f"{told} ({number(low, 2)} to {number(high, 2)})"


# MAP


@dataclass(frozen=True)
class Heat:
    """A map of two axes, which is its own table.

    Attributes:
        title: what is shown.
        across, down: the axes.
        heads: levels from left to right.
        rows: a level, and its cells: shade from 1 to 5, or 0 for none; words; the exact ones.
        ends: the least and the largest value.
    """

    title: str
    across: str
    down: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[int, str, str], ...]], ...]
    ends: tuple[str, str]


def heat(results: Results, choice: Choice) -> Heat | None:
    """The means of a measure over two axes; None where there is one, or a map has no room for them."""
    found = cells(results, choice)
    if found is None or choice.by is None:
        return None
    known = [mean.mean for row in found for mean in row if mean.count]
    if not known:
        return None
    low, high, digits = min(known), max(known), digits_of(known)

    def cell(mean: Mean) -> tuple[int, str, str]:
        if not mean.count:
            return 0, "none" if mean.runs else "", "in no run" if mean.runs else "no run"
        shade = 1 + min(_HEAT - 1, int(_HEAT * (mean.mean - low) / (high - low))) if high > low else 3
        return shade, number(mean.mean, digits), interval_words(mean, digits)

    rows = tuple(
        (choice.by.shown(place), tuple(cell(mean) for mean in found[place])) for place in reversed(range(len(found)))
    )
    return Heat(
        choice.measure.title, upper(choice.along.title), upper(choice.by.title),
        tuple(choice.along.shown(place) for place in range(len(choice.along.levels))), rows,
        (number(low, digits), number(high, digits)),
    )  # fmt: skip
