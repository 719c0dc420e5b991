"""The figures of a report."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from earnest.simulations.colours import GRID, HEAT, INK, INK_2, ORDERED, UNORDERED, in_order
from earnest.simulations.picture import Picture, picture
from earnest.simulations.report.idle import Rows
from earnest.simulations.report.names import bounds_of, name_of, unit_of, unit_of_knob, with_unit
from earnest.simulations.report.published import Published
from earnest.simulations.report.statistics import Effect, Mean, Survival, mean_of
from earnest.simulations.report.sweeps import Axis, Sweeps, is_duration, meaning
from earnest.simulations.report.words import level, number

_COLORS = UNORDERED
_THEIRS = {"published": ("D", INK), "reproduced": ("s", INK_2)}
#: Means of which one hides another differ by shape and dash too.
_SHAPES = ("o", "s", "^", "D", "v", "P")
_DASHES = ("-", (0, (7, 3)), (0, (10, 3, 2, 3)), (0, (2, 2)), (0, (12, 4)), "-.")
#: Lines in one panel; with more slices than that, their mean is drawn.
MAX_LINES = 6
_PANEL = (4.3, 3.2)
_MOST_LABELS = 10


def panels(sweeps: Sweeps, axis: Axis, measures: Sequence[str], points: Sequence[Published]) -> Picture:
    """One panel a measure: mean and 95 % interval over seeds along an axis."""
    columns = min(3, len(measures))
    count = math.ceil(len(measures) / columns)
    figure = Figure(figsize=(_PANEL[0] * columns, _PANEL[1] * count + 0.7), dpi=120, layout="constrained")
    drawn = figure.subplots(count, columns, squeeze=False)
    handles: dict[str, Any] = {}
    for place, axes in enumerate(drawn.flat):
        if place >= len(measures):
            axes.set_visible(False)
            continue
        handles |= _panel(axes, sweeps, axis, measures[place], points)
    _title(figure, f"Mean and 95 % interval over seeds, by {axis.label}")
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    return picture(figure)


def _panel(axes: Axes, sweeps: Sweeps, axis: Axis, measure: str, points: Sequence[Published]) -> dict[str, Any]:
    slices = sweeps.slices(axis)
    places = _places(axis)
    handles: dict[str, Any] = {}
    other = [other for other in sweeps.axes if other is not axis]
    # none where the axis never changes on its own, as between sweeps of different data
    if not slices or len(slices) > MAX_LINES:
        slices = [({}, sweeps.rows)]
    # levels of one axis in order have the colours of an order, as on the pages
    ordered = len(other) == 1 and other[0].numeric
    colors = in_order(len(slices)) if ordered else [_COLORS[turn % len(_COLORS)] for turn in range(len(slices))]
    for turn, (where, rows) in enumerate(slices):
        color, shape, dash = colors[turn], _SHAPES[turn % len(_SHAPES)], _DASHES[turn % len(_DASHES)]
        label = _slice_label(other, where)
        found = _means(rows, axis, measure)
        # lines of several slices stand side by side, so that no interval hides another
        shift = 0.0 if len(slices) == 1 else (turn - (len(slices) - 1) / 2) * 0.06
        x = np.array([places[value] + shift for value in axis.levels])
        means = np.array([mean.mean for mean in found])
        spans = np.nan_to_num([[m.mean - m.low for m in found], [m.high - m.mean for m in found]])
        handles[label] = axes.errorbar(
            x, means, spans, color=color, marker=shape, markersize=4, linewidth=1.5, capsize=3, elinewidth=1.1,
            zorder=3,
            # there is no way from one name to another
            linestyle=dash if axis.numeric else "none",
        )  # fmt: skip
        if len(slices) == 1 and partial(sweeps, axis, measure):
            _counts(axes, x, found)
    if len(slices) == 1 or where:
        fitting = [point for point in points if any(_belongs(point, other, where) for where, _ in slices)]
        handles |= _others(axes, axis, measure, fitting, places)
    _levels(axes, axis, places)
    axes.set_title(_heading(measure), fontsize=10, loc="left")
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(lambda value, _: _tick(value))
    axes.grid(alpha=0.25, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    return handles


def _means(rows: Rows, axis: Axis, measure: str) -> list[Mean]:
    """By level."""
    rows = meaning(rows, measure)
    return [mean_of(rows[rows[axis.column] == value][measure], bounds_of(measure)) for value in axis.levels]


def partial(sweeps: Sweeps, axis: Axis, measure: str) -> list[Mean]:
    """The means in a panel that are marked with how many runs they rest on, because some were never depleted."""
    slices = sweeps.slices(axis)
    if not is_duration(measure) or 1 < len(slices) <= MAX_LINES:
        return []
    rows = slices[0][1] if len(slices) == 1 else sweeps.rows
    return [mean for mean in _means(rows, axis, measure) if mean.count < mean.runs]


def _slice_label(others: Sequence[Axis], where: dict[str, Any]) -> str:
    """What a line is called; a knob that plays no part in it goes unsaid."""
    if others and not where:
        return "ours, over all other values"
    told = ", ".join(
        f"{other.label} {level(where[other.column])}" for other in others if not _is_idle(where[other.column])
    )
    return told or "ours"


def _is_idle(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _belongs(point: Published, others: Sequence[Axis], where: dict[str, Any]) -> bool:
    """Whether a figure of others was measured under a slice's knobs."""
    return all(
        other.column in where
        and (
            point.under[other.column] == where[other.column]
            if other.column in point.under
            else _is_idle(where[other.column])
        )
        for other in others
    )


def _others(
    axes: Axes, axis: Axis, measure: str, points: Sequence[Published], places: dict[Any, float]
) -> dict[str, Any]:
    """Figures of others, where on the axis they belong."""
    handles: dict[str, Any] = {}
    for point in points:
        value = point.under.get(axis.column)
        if point.measure != measure or value not in places:
            continue
        marker, color = _THEIRS[point.source]
        x = places[value] + (0.13 if point.source == "published" else -0.13)
        if not math.isnan(point.spread):
            axes.errorbar(x, point.mean, point.spread, color=color, capsize=2, elinewidth=1, zorder=4)
        shown = Line2D([], [], marker=marker, color=color, markerfacecolor="none", linestyle="none", markersize=6)
        axes.plot(x, point.mean, marker=marker, color=color, markerfacecolor="none", markersize=6, zorder=5)
        handles[f"{point.source} by others"] = shown
    return handles


def _counts(axes: Axes, x: Any, found: list[Mean]) -> None:
    """How many runs each mean rests on, where it is not all of them."""
    for place, mean in zip(x, found, strict=True):
        if mean.count < mean.runs:
            axes.annotate(
                f"{mean.count}/{mean.runs}",
                (place, 0.02), xycoords=("data", "axes fraction"), ha="center", fontsize=7, color="#555555",
            )  # fmt: skip


def heat_map(sweeps: Sweeps, across: Axis, down: Axis, measure: str) -> Picture:
    """Two axes: the mean over seeds in each cell, with its interval's half width."""
    figure = Figure(
        figsize=(1.25 * len(across.levels) + 2.6, 0.72 * len(down.levels) + 1.7), dpi=120, layout="constrained"
    )
    axes = figure.subplots()
    found = [
        [
            mean_of(
                sweeps.rows[(sweeps.rows[across.column] == a) & (sweeps.rows[down.column] == d)][measure],
                bounds_of(measure),
            )
            for a in across.levels
        ]
        for d in down.levels
    ]
    values = np.array([[mean.mean for mean in row] for row in found])
    map_of_colors = LinearSegmentedColormap.from_list("heat", HEAT).with_extremes(bad=GRID)
    image = axes.imshow(np.ma.masked_invalid(values), aspect="auto", cmap=map_of_colors, origin="lower")
    for y, row in enumerate(found):
        for x, mean in enumerate(row):
            axes.text(x, y, _cell(mean, measure), ha="center", va="center", fontsize=8, color=_ink(image, mean.mean))
    axes.set_xticks(range(len(across.levels)), [level(value) for value in across.levels])
    axes.set_yticks(range(len(down.levels)), [level(value) for value in down.levels])
    axes.set_xlabel(with_unit(across.label, unit_of_knob(across.knob)))
    axes.set_ylabel(with_unit(down.label, unit_of_knob(down.knob)))
    bar = figure.colorbar(image, ax=axes)
    bar.ax.yaxis.set_major_formatter(lambda value, _: _tick(value))
    note = "mean of depleted runs" if is_duration(measure) else "mean ± half of the 95 % interval, or its ends if cut"
    _title(figure, f"{_heading(measure)}: {note}")
    return picture(figure)


def _cell(mean: Mean, measure: str) -> str:
    if mean.runs == 0:
        return ""
    if mean.count == 0:
        return "never"
    text = number(mean.mean)
    if is_duration(measure) and mean.count < mean.runs:
        return f"{text}\n{mean.count} of {mean.runs}"
    if math.isnan(mean.low):
        return text
    if not math.isclose(mean.high - mean.mean, mean.mean - mean.low, abs_tol=1e-12):
        # the interval is cut at a bound
        return f"{text}\n{number(mean.low)} to {number(mean.high)}"
    return f"{text}\n± {mean.high - mean.mean:.2g}"


def _ink(image: Any, value: float) -> str:
    """Black on light colors, white on dark ones."""
    if math.isnan(value):
        return "#333333"
    red, green, blue, _ = image.cmap(image.norm(value))
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"


def survival(axis: Axis | None, found: Sequence[Survival], test: str) -> Picture:
    """Share of runs in which the harmful agents still have money, by day (Kaplan and Meier)."""
    figure = Figure(figsize=(8.4, 4.6), dpi=120, layout="constrained")
    axes = figure.subplots()
    last = max(float(part.days[-1]) for part in found)
    last = max(last, *(float(part.censored[-1]) if len(part.censored) else 0.0 for part in found)) * 1.03
    colors = _shades(len(found), ordered=axis is not None and axis.numeric)
    for turn, (color, part) in enumerate(zip(colors, found, strict=True)):
        end = float(part.censored[-1]) if len(part.censored) else last
        # a curve ends where the last run did
        end = max(end, float(part.days[-1])) if part.alive[-1] > 0 else float(part.days[-1])
        days, alive = np.append(part.days, end), np.append(part.alive, part.alive[-1])
        name = f"{level(part.level)}: {part.depleted} of {part.runs} depleted"
        dash = _DASHES[turn % len(_DASHES)] if len(found) <= MAX_LINES else "-"
        axes.step(days, alive, where="post", color=color, linewidth=1.8, linestyle=dash, label=name)
        if len(found) <= MAX_LINES:
            low, high = np.append(part.low, part.low[-1]), np.append(part.high, part.high[-1])
            axes.fill_between(days, low, high, step="post", color=color, alpha=0.1, linewidth=0)
        if len(part.censored):
            alive_then = [float(part.alive[part.days <= day][-1]) for day in part.censored]
            axes.plot(part.censored, alive_then, marker="|", linestyle="none", color=color, markersize=8)
    axes.set_xlim(0, last)
    axes.set_ylim(-0.03, 1.05)
    axes.set_xlabel("Simulated days")
    axes.set_ylabel("Share of runs not depleted")
    axes.grid(alpha=0.25, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(
        loc="outside right center", frameon=False, fontsize=9, title=axis.label if axis else None, title_fontsize=9
    )
    _title(figure, "Depletion of the harmful agents (ticks: runs that ended without)")
    if test:
        axes.set_title(test, fontsize=9, loc="left")
    return picture(figure)


def combined(sweeps: Sweeps, chosen: Sequence[tuple[int, int, str]]) -> Picture:
    """Accuracy and balances over days of several runs.

    Args:
        sweeps: with series.
        chosen: sweep, run and label of each.
    """
    balances = sweeps.series.filter(like="_balance").dropna(axis=1, how="all")
    groups = [name for name in sweeps.groups if f"{name}_balance" in balances]
    figure = Figure(figsize=(4.6 * (1 + len(groups)), 4.4), dpi=120, layout="constrained")
    drawn = figure.subplots(1, 1 + len(groups), squeeze=False)[0]
    for color, (sweep, run, label) in zip(_shades(len(chosen), ordered=False), chosen, strict=True):
        seen = sweeps.series[(sweeps.series["sweep"] == sweep) & (sweeps.series["run"] == run)]
        measured = seen[seen["measured"]]
        drawn[0].plot(measured["day"], measured["accuracy"], color=color, linewidth=1.4, label=label)
        for axes, group in zip(drawn[1:], groups, strict=True):
            axes.plot(seen["day"], seen[f"{group}_balance"], color=color, linewidth=1.4)
    for axes, title in zip(drawn, ["Accuracy", *(f"Balance of {group}, coins" for group in groups)], strict=True):
        axes.set_title(title, fontsize=10, loc="left")
        axes.set_xlabel("Simulated days")
        axes.yaxis.set_major_formatter(lambda value, _: _tick(value))
        axes.grid(alpha=0.25, linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_xlim(left=0)
    for axes in drawn[1:]:
        axes.set_ylim(bottom=0)
    figure.legend(loc="outside right center", frameon=False, fontsize=8)
    _title(figure, "Single runs, one seed each: examples, not means")
    return picture(figure)


def effects(sweeps: Sweeps, found: Sequence[Effect], measures: Sequence[str]) -> Picture:
    """Share of variance that goes with each factor, by measure."""
    knobs = list(dict.fromkeys(effect.knob for effect in found))
    figure = Figure(figsize=(8.4, 0.42 * len(measures) * max(1, len(knobs) * 0.7) + 1.6), dpi=120, layout="constrained")
    axes = figure.subplots()
    height, names = 0.8 / len(knobs), {axis.knob: axis.label for axis in sweeps.axes}
    for turn, knob in enumerate(knobs):
        of = {effect.measure: effect for effect in found if effect.knob == knob}
        y = [place + (turn - (len(knobs) - 1) / 2) * height for place in range(len(measures))]
        sizes = [of[m].eta if m in of and not math.isnan(of[m].eta) else 0.0 for m in measures]
        sure = [m in of and of[m].holm < 0.05 for m in measures]
        color = _COLORS[turn % len(_COLORS)]
        axes.barh(y, sizes, height * 0.9, color=[color if s else "#d0d0d0" for s in sure], edgecolor=color, label=knob)
    axes.set_yticks(range(len(measures)), [_heading(measure) for measure in measures], fontsize=8)
    axes.set_ylim(len(measures) - 0.4, -0.6)
    axes.set_xlim(0, 1)
    axes.set_xlabel("partial η²: share of variance that goes with the level (grey: not told apart from chance)")
    axes.spines[["top", "right"]].set_visible(False)
    handles = [Line2D([], [], color=_COLORS[turn % len(_COLORS)], linewidth=6) for turn in range(len(knobs))]
    figure.legend(handles, [names[knob] for knob in knobs], loc="outside lower center", ncols=4, frameon=False)
    _title(figure, "What goes with what")
    return picture(figure)


def _places(axis: Axis) -> dict[Any, float]:
    """Where each level stands: evenly, in order, so that dense levels stay readable."""
    return {value: float(place) for place, value in enumerate(axis.levels)}


def _levels(axes: Axes, axis: Axis, places: dict[Any, float]) -> None:
    every = math.ceil(len(axis.levels) / _MOST_LABELS)
    shown = [value for place, value in enumerate(axis.levels) if (len(axis.levels) - 1 - place) % every == 0]
    axes.xaxis.set_major_locator(FixedLocator([places[value] for value in shown]))
    axes.xaxis.set_minor_locator(NullLocator())
    labels = {places[value]: level(value) for value in shown}
    axes.xaxis.set_major_formatter(lambda place, _: labels.get(float(place), ""))
    axes.set_xlim(-0.4, len(axis.levels) - 0.6)
    axes.tick_params(labelsize=8)
    axes.set_xlabel(with_unit(axis.label, unit_of_knob(axis.knob)), fontsize=9)


def _heading(measure: str) -> str:
    name = with_unit(name_of(measure), unit_of(measure))
    return name[0].upper() + name[1:]


def _tick(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _shades(count: int, *, ordered: bool = True) -> list[Any]:
    """Colours of so many lines: a ramp where they are in order, or more than can be told apart by hue."""
    if ordered and count <= MAX_LINES:
        return list(in_order(count))
    if count <= len(_COLORS):
        return list(_COLORS[:count])
    ramp = LinearSegmentedColormap.from_list("order", ORDERED)
    return [ramp(place) for place in np.linspace(0, 1, count)]


def _title(figure: Figure, text: str) -> None:
    figure.suptitle(text, x=0.01, ha="left", fontsize=11, fontweight="bold")
