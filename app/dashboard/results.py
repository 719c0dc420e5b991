"""What a sweep's page shows of its results: what can be chosen, the charts, and the same as files."""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Query

from earnest.core.statistics import Mean
from earnest.dashboard.plots import (
    Heat,
    Plot,
    curves_plot,
    digits_of,
    heat,
    interval_words,
    key_of,
    number,
    survival_plot,
    upper,
)
from earnest.exports.formats import cell
from earnest.sweeps.results.choice import ALL, DRAWN, Asked, Choice, chosen
from earnest.sweeps.results.loaded import Axis, Results
from earnest.sweeps.results.worked import MOST_MAPPED, compared, curves, has_room_for_a_map, points
from earnest.sweeps.schemas import SweepName

#: Findings that stand in front, and runs that are listed.
FRONT, LISTED = 3, 10
#: Measures beside a run, at most.
_BESIDE = 5
#: Kinds of files of a view; the pictures are drawn by a process of their own.
PICTURES = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}
TEXTS = {"csv": "text/csv; charset=utf-8", "tex": "application/x-tex; charset=utf-8"}
#: What can be drawn, in words.
DRAWN_WORDS = {"band": "95 % intervals", "runs": "Single runs", "published": "Figures of others"}

_Column = Query(max_length=100)


def _asked(
    measure: Annotated[str, _Column] = "",
    along: Annotated[str, _Column] = "",
    by: Annotated[str, _Column] = "",
    only: Annotated[list[Annotated[str, Query(max_length=200)]], Query(max_length=30)] = [],  # noqa: B006
    draw: Annotated[list[Annotated[str, _Column]] | None, Query(max_length=10)] = None,
    log: Annotated[list[Annotated[str, _Column]], Query(max_length=4)] = [],  # noqa: B006
    compare: Annotated[str, Query(max_length=40)] = "",
) -> Asked:
    return Asked(measure, along, by, only, draw, log, compare)


#: Of the address.
View = Annotated[Asked, Depends(_asked)]


@dataclass(frozen=True)
class Option:
    """One of what can be chosen."""

    value: str
    words: str
    chosen: bool


@dataclass(frozen=True)
class Held:
    """An axis that is neither drawn along nor by, with its levels to choose from."""

    name: str
    words: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Side:
    """A measure of this sweep beside that of another one.

    Attributes:
        words: what was measured.
        ours, theirs: means.
        difference: of them, with its sign; and its interval.
        place: of the difference and its interval in a bar from -1 to 1: low, middle, high; None without an interval.
    """

    words: str
    ours: str
    theirs: str
    difference: str
    interval: str
    place: tuple[float, float, float] | None


@dataclass(frozen=True)
class Shown:
    """The results as the page has them.

    Attributes:
        about: what the runs were made on.
        varied: each axis in words, with its values.
        findings: in front; and the others.
        measures, along, by: what can be chosen.
        held: the other axes.
        drawn, logs: what can be ticked.
        others: sweeps to compare with.
        sentence: what is shown, in words, for where the pickers are folded.
        main, survival: charts; None where there is nothing to draw.
        heat: map of two axes; and why there is none, where somebody may look for it.
        sides: this sweep beside another; its name; and why there is nothing to compare.
        runs: heads and rows of the first runs, and how many there are.
        query: of this view's address.
        files: kinds that the view can be had as.
    """

    about: str
    varied: tuple[tuple[str, Sequence[str]], ...]
    findings: tuple[Sequence[str], Sequence[str]]
    measures: tuple[Option, ...]
    along: tuple[Option, ...]
    by: tuple[Option, ...]
    held: tuple[Held, ...]
    drawn: tuple[Option, ...]
    logs: tuple[Option, ...]
    others: tuple[Option, ...]
    sentence: str
    main: Plot | None
    survival: Plot | None
    heat: Heat | None
    no_heat: str
    sides: tuple[Side, ...]
    compared_with: str
    cannot_compare: str
    runs: tuple[Sequence[str], Sequence[Sequence[str]], int]
    query: str
    files: Sequence[str] = (*PICTURES, *TEXTS)


def shown(
    results: Results, asked: Asked, others: Sequence[SweepName], other: tuple[SweepName, Results] | None
) -> Shown | None:
    """The results for a page; None where nothing was swept or measured.

    Args:
        results: of the sweep.
        asked: what its address asks for.
        others: sweeps that it can be compared with.
        other: the one that it is compared with.
    """
    choice = chosen(results, asked)
    if choice is None:
        return None
    sides, cannot = _sides(results, choice, other)
    return Shown(
        about=results.about,
        varied=tuple(
            (upper(axis.title), [axis.shown(place) for place in range(len(axis.levels))]) for axis in results.axes
        ),
        findings=(results.findings[:FRONT], results.findings[FRONT:]),
        measures=tuple(Option(one.column, one.title, one is choice.measure) for one in results.measures),
        along=tuple(_axis(axis, choice.along) for axis in results.axes),
        by=(Option("none", "one line", choice.by is None), *(_axis(axis, choice.by) for axis in results.axes)),
        held=tuple(_held(axis, choice.only[axis.column]) for axis in choice.held),
        drawn=tuple(
            Option(one, DRAWN_WORDS[one], one in choice.drawn) for one in DRAWN if one != "published" or results.points
        ),
        logs=(Option("x", "Log x", choice.log_x), Option("y", "Log y", choice.log_y)),
        others=tuple(Option(one.id, one.name, other is not None and one.id == other[0].id) for one in others),
        sentence=_sentence(choice),
        main=curves_plot(results, choice),
        survival=survival_plot(results, choice),
        heat=heat(results, choice),
        no_heat=_no_heat(choice),
        sides=sides,
        compared_with="" if other is None else other[0].name,
        cannot_compare=cannot,
        runs=_runs(results, choice),
        query=asked.query(),
    )


def _axis(axis: Axis, picked: Axis | None) -> Option:
    return Option(axis.column, upper(axis.title), axis is picked)


def _held(axis: Axis, place: int | None) -> Held:
    names = [axis.shown(number) for number in range(len(axis.levels))]
    options = (
        *(Option(f"{axis.column}:{name}", name, number == place) for number, name in enumerate(names)),
        Option(f"{axis.column}:{ALL}", "all together", place is None),
    )
    return Held(f"only-{axis.column}", axis.title, options)


def _sentence(choice: Choice) -> str:
    told = f"{choice.measure.title} along {choice.along.label}"
    return told + (f", a line for each {choice.by.label}" if choice.by else "")


def _no_heat(choice: Choice) -> str:
    if choice.by is None or has_room_for_a_map(choice):
        return ""
    return (
        f"There is no map of both axes, which has room for {MOST_MAPPED} by {MOST_MAPPED} values: these have "
        f"{len(choice.along.levels):,} by {len(choice.by.levels):,}."
    )


def _sides(results: Results, choice: Choice, other: tuple[SweepName, Results] | None) -> tuple[tuple[Side, ...], str]:
    if other is None:
        return (), ""
    found = compared(results, choice, other[1])
    if not found:
        return (), "The two sweeps have no seed in common at what is shown here, or measured nothing that both have."
    asked = [one for one in found if one.measure is choice.measure or one.measure.first] or found
    return tuple(_side(one.measure.title, one.ours, one.theirs, one.difference) for one in asked), ""


def _side(words: str, ours: float, theirs: float, difference: Mean) -> Side:
    digits = digits_of([ours, theirs])
    sure = not math.isnan(difference.low)
    largest = max(abs(difference.low), abs(difference.high), abs(difference.mean)) if sure else 0.0
    place = None
    if largest:
        place = (difference.low / largest, difference.mean / largest, difference.high / largest)
    sign = "+" if difference.mean > 0 else ""
    return Side(
        words, number(ours, digits), number(theirs, digits), sign + number(difference.mean, digits),
        _interval(difference, digits),
        place,
    )  # fmt: skip


def _interval(difference: Mean, digits: int) -> str:
    if math.isnan(difference.low):
        return "one seed: none"
    if difference.low == difference.high:
        return "the same for every seed"
    return f"{number(difference.low, digits)} to {number(difference.high, digits)}"


def _runs(results: Results, choice: Choice) -> tuple[list[str], list[list[str]], int]:
    """The first runs of what is shown, each with its levels and what was measured first."""
    rows = choice.rows(results).nonzero()[0]
    beside = [choice.measure, *(one for one in results.measures if one.first and one is not choice.measure)][:_BESIDE]
    heads = ["Run", *(upper(axis.title) for axis in results.axes), "Seed", *(one.title for one in beside)]
    digits = [digits_of(results.values[one.column].tolist()) for one in beside]
    listed = []
    for row in rows[:LISTED].tolist():
        levels = [int(results.levels[axis.column][row]) for axis in results.axes]
        names = ["\N{EN DASH}" if at < 0 else axis.shown(at) for axis, at in zip(results.axes, levels, strict=True)]
        values = [number(float(results.values[one.column][row]), how) for one, how in zip(beside, digits, strict=True)]
        listed.append([f"{results.runs[row]:,}", *names, str(results.seeds[row]), *values])
    return heads, listed, len(rows)


# FILES


def as_csv(results: Results, choice: Choice) -> str | None:
    """The means of a view, unrounded, a row a point; None where there is nothing to draw. So below."""
    found = curves(results, choice)
    if not found:
        return None
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    by = [choice.by.column] if choice.by else []
    writer.writerow([choice.along.column, *by, f"mean_{choice.measure.column}", "low", "high", "with_value", "runs"])
    for curve in found:
        for place, mean in enumerate(curve.means):
            level = [cell(choice.by.levels[curve.place[0]])] if choice.by else []
            ends = ["" if math.isnan(one) else repr(one) for one in (mean.mean, mean.low, mean.high)]
            writer.writerow([cell(choice.along.levels[place]), *level, *ends, mean.count, mean.runs])
    return out.getvalue()


def as_latex(results: Results, choice: Choice) -> str | None:
    """The means of a view as a table for a paper, with the package booktabs."""
    found = curves(results, choice)
    if not found:
        return None
    digits = digits_of([mean.mean for curve in found for mean in curve.means])
    heads = [choice.along.title, *(curve.label or choice.measure.title for curve in found)]
    lines = [
        f"% {_escaped(_sentence(choice))}: mean and 95 % interval over seeds",
        f"\\begin{{tabular}}{{l{'r' * len(found)}}}",
        "\\toprule",
        *([f" & \\multicolumn{{{len(found)}}}{{c}}{{{_escaped(choice.by.title)}}} \\\\"] if choice.by else []),
        " & ".join(_escaped(head) for head in heads) + " \\\\",
        "\\midrule",
    ]
    for place in range(len(choice.along.levels)):
        cells = [interval_words(curve.means[place], digits) for curve in found]
        lines.append(" & ".join(_escaped(one) for one in (choice.along.shown(place), *cells)) + " \\\\")
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}", ""])


def as_view(results: Results, choice: Choice) -> dict[str, Any] | None:
    """A view for who draws it as a picture."""
    found = curves(results, choice)
    plot = curves_plot(results, choice)
    if plot is None:
        return None
    numeric = choice.along.numeric
    xs = [float(level) if numeric else float(place) for place, level in enumerate(choice.along.levels)]
    keys = [key_of(one.label, one.place, turn, choice.by) for turn, one in enumerate(found)]
    tones = {one.place[0]: key.tone for one, key in zip(found, keys, strict=True)}
    return {
        "title": plot.chart.title, "unit": plot.chart.unit, "x_label": choice.along.title,
        "y_label": choice.measure.title, "line_label": choice.by.title if choice.by else "", "numeric": numeric,
        "log_x": choice.log_x, "log_y": choice.log_y,
        "levels": [[x, choice.along.shown(place)] for place, x in enumerate(xs)],
        "lines": [
            {
                "label": key.name, "tone": key.tone, "turn": key.turn, "band": "band" in choice.drawn,
                "means": [[x, *_ends(mean)] for x, mean in zip(xs, one.means, strict=True)],
                "runs": [
                    [xs[place], value]
                    for place, value in zip(one.runs[0].tolist(), one.runs[1].tolist(), strict=True)
                    if value == value
                ] if "runs" in choice.drawn else [],
            }
            for one, key in zip(found, keys, strict=True)
        ],
        "points": [
            {"x": xs[at], "y": point.mean, "tone": tones.get(by, "s-ink") if by is not None else "s-ink"}
            for point, at, by in points(results, choice)
        ],
    }  # fmt: skip


def _ends(mean: Mean) -> list[float | None]:
    return [None if math.isnan(one) else one for one in (mean.mean, mean.low, mean.high)]


def _escaped(text: str) -> str:
    """A text as LaTeX writes it."""
    for sign in "\\&%$#_{}~^":
        text = text.replace(sign, {"\\": "\0", "~": "\1", "^": "\2"}.get(sign, f"\\{sign}"))
    text = (
        text.replace("\0", "\\textbackslash{}").replace("\1", "\\textasciitilde{}").replace("\2", "\\textasciicircum{}")
    )
    return text.replace("\N{MINUS SIGN}", "$-$").replace("\N{EN DASH}", "--")
