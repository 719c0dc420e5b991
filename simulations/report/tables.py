"""The tables of a report, for its page and as CSV."""

import math
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from earnest.simulations.report import words
from earnest.simulations.report.attacks import attacks
from earnest.simulations.report.names import bounds_of, knob_in_words, name_of
from earnest.simulations.report.published import Published
from earnest.simulations.report.statistics import Effect, log_rank, mean_of, survivals
from earnest.simulations.report.sweeps import DURATION, Sweeps, can_compare, meaning
from earnest.simulations.report.table import Table, plain


def tables_of(sweeps: Sweeps, points: Sequence[Published], regressions: Sequence[Effect]) -> list[Table]:
    """All tables that have rows, in the order of the page."""
    found = attacks(sweeps)
    # by attack and share the same means are easier to read
    means = replace(_means(sweeps), on_page=not found)
    tables = [*found, means, _depletions(sweeps), _effects(regressions), _published(points)]
    return [table for table in tables if table.rows]


def _means(sweeps: Sweeps) -> Table:
    columns = [axis.column for axis in sweeps.axes]
    parts = sweeps.rows.groupby(columns, dropna=False) if columns else [((), sweeps.rows)]
    shown: list[list[str]] = []
    raw: list[list[Any]] = []
    for key, rows in parts:
        values = [plain(value) for value in key]
        for measure in sweeps.measures:
            told = meaning(rows, measure)
            if len(told) == 0:
                continue
            found = mean_of(told[measure], bounds_of(measure))
            interval = "-" if math.isnan(found.low) else f"{words.number(found.low)} to {words.number(found.high)}"
            count = str(found.count) if found.count == found.runs else f"{found.count} of {found.runs}"
            at = [words.level(value) for value in values]
            shown.append([*at, name_of(measure), words.number(found.mean), interval, count])
            raw.append([*values, measure, *vars(found).values()])
    head = [axis.label for axis in sweeps.axes]
    note = "Over seeds."
    if DURATION in sweeps.measures:
        note += " Where fewer runs than there are have a value (a day of depletion), the mean is over those."
    raw_head = [*(axis.knob for axis in sweeps.axes), "measure", "mean", "low", "high", "deviation", "count", "runs"]
    return Table("means", "Means", note, [*head, "measure", "mean", "95 % interval", "runs"], shown, raw_head, raw)


def _depletions(sweeps: Sweeps) -> Table:
    rows: list[list[str]] = []
    raw: list[list[Any]] = []
    if DURATION in sweeps.rows and sweeps.rows[DURATION].notna().any():
        for axis in [axis for axis in sweeps.axes if can_compare(sweeps, axis, DURATION)]:
            test = log_rank(sweeps.along(axis), axis)
            for part in survivals(sweeps.along(axis), axis):
                below = part.days[part.alive <= 0.5]
                median = float(below[0]) if len(below) else math.nan
                share = f"{part.share[0]:.0%} to {part.share[1]:.0%}"
                count, middle = f"{part.depleted} of {part.runs}", words.number(median)
                rows.append([axis.label, words.level(part.level), count, share, middle, words.p_value(test)])
                raw.append([axis.knob, part.level, part.depleted, part.runs, *part.share, median, test])
    head = ["axis", "level", "depleted", "95 % interval of the share", "median day", "log-rank, all levels"]
    note = "Clopper and Pearson's interval; the median is Kaplan and Meier's, none where less than half were depleted."
    raw_head = ["axis", "level", "depleted", "runs", "share_low", "share_high", "median_day", "log_rank_p"]
    return Table("depletion", "Depletion", note, head, rows, raw_head, raw)


def _effects(found: Sequence[Effect]) -> Table:
    rows = []
    for effect in found:
        interval = "-" if math.isnan(effect.low) else f"{effect.low:.2f} to {effect.high:.2f}"
        rows.append(
            [
                name_of(effect.measure), knob_in_words(effect.knob),
                "-" if math.isnan(effect.slope) else f"{effect.slope:.2f}", interval,
                *("-" if math.isnan(value) else f"{value:.2f}" for value in (effect.partial, effect.eta)),
                words.p_value(effect.holm), str(effect.count), words.effect(effect),
            ]
        )  # fmt: skip
    head = [
        "measure", "factor", "slope, SD", "95 % interval", "partial R²", "partial η²", "corrected p", "runs", "words",
    ]  # fmt: skip
    note = "A slope tells of a straight line; where the last column says it is not straight, look at the levels."
    raw = [list(vars(effect).values()) for effect in found]
    return Table("effects", "Regressions", note, head, rows, [field.name for field in fields(Effect)], raw)


def _published(points: Sequence[Published]) -> Table:
    rows, raw = [], []
    for point in points:
        at = ", ".join(f"{knob_in_words(knob)} {words.level(value)}" for knob, value in point.knobs.items())
        theirs = words.number(point.mean) + ("" if math.isnan(point.spread) else f" ± {words.number(point.spread)}")
        range_of = "-" if math.isnan(point.low) else f"{words.number(point.low)} to {words.number(point.high)}"
        fits = {True: "yes", False: "no", None: "-"}[point.fits]
        ours = words.number(point.ours.mean)
        rows.append([at, name_of(point.measure), point.source, theirs, str(point.runs), ours, range_of, fits])
        raw.append([at, point.measure, point.source, point.mean, point.runs, point.ours.mean, point.low, point.high])
    head = ["at", "measure", "source", "theirs", "their runs", "ours", "expected of as many runs", "within"]
    note = (
        "Theirs: Ding & Hu, arXiv 2209.05017 (published), and its simulator run again (reproduced). The range: where "
        "95 of 100 means of as many runs like ours would fall. A dash: not tested, as ours are the same for every seed "
        "or fewer than two."
    )
    raw_head = ["at", "measure", "source", "theirs", "their_runs", "ours", "expected_low", "expected_high"]
    return Table("published", "Beside the published figures", note, head, rows, raw_head, raw)
