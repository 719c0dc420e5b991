"""A report on disk: one self-contained page, its figures as PNG, its tables as CSV."""

import base64
import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment

from earnest.simulations import output, plot
from earnest.simulations.errors import ReportError
from earnest.simulations.measures.table import RANKED
from earnest.simulations.report import figures, setting, words
from earnest.simulations.report.idle import declared
from earnest.simulations.report.names import bounds_of, knob_in_words, name_of
from earnest.simulations.report.published import Published, compare
from earnest.simulations.report.statistics import Effect, effects, log_rank, mean_of, survivals
from earnest.simulations.report.sweeps import DURATION, Axis, Sweeps, can_compare, is_duration, load, meaning
from earnest.simulations.scenario import Scenario

PAGE = "report.html"
#: Runs in the figure that combines several.
_COMBINED = 10
#: Measures up to this rank are drawn over two axes as a map too.
_MAPPED = 3


@dataclass(frozen=True)
class _Table:
    """A table of the page; the CSV holds `raw`."""

    name: str
    title: str
    note: str
    head: list[str]
    rows: list[list[str]]
    raw_head: list[str]
    raw: list[list[Any]]


@dataclass(frozen=True)
class _Figure:
    name: str
    caption: str
    png: bytes

    @property
    def image(self) -> str:
        """For the page."""
        return base64.b64encode(self.png).decode()


def write_report(folders: Sequence[Path], out: Path, run: int | None = None) -> list[str]:
    """Report on one sweep or several.

    Args:
        folders: of the sweeps.
        out: folder of the report; made if it is not there.
        run: number of a run of the first sweep, whose balances and accuracy are drawn; None for the first one.

    Returns:
        names of the files.

    Raises:
        ReportError: a folder holds no sweep, or there is no series of that run.
        OutputError: the report cannot be written.
    """
    sweeps = load(folders)
    output.prepare_folder(out)
    points, regressions = compare(sweeps), effects(sweeps)
    drawn = _figures(sweeps, points, regressions, run)
    tables = [_means(sweeps), _depletions(sweeps), _effects(regressions), _published(points)]
    tables = [table for table in tables if table.rows]
    files = {PAGE: _page(sweeps, points, drawn, tables)}
    files |= {f"{figure.name}.png": figure.png for figure in drawn}
    files |= {f"{table.name}.csv": _csv(table.raw_head, table.raw) for table in tables}
    files["runs.csv"] = sweeps.rows.to_csv(index=False).encode()
    output.write(out, files)
    return list(files)


def _page(sweeps: Sweeps, points: Sequence[Published], drawn: Sequence[_Figure], tables: Sequence[_Table]) -> bytes:
    template = (resources.files("earnest.simulations") / "report" / "page.html").read_text(encoding="utf-8")
    planned = sum(
        math.prod(len(values) for _, values in manifest["axes"]) * len(manifest["seeds"])
        for manifest in sweeps.manifests
    )
    failed = sum(len(manifest["failed"]) for manifest in sweeps.manifests)
    page = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(template)
    return page.render(
        title=setting.title(sweeps),
        description=setting.description(sweeps),
        setting=setting.data(sweeps) + setting.agents(sweeps) + setting.money(sweeps),
        scope=words.scope(sweeps),
        findings=words.findings(sweeps) + words.published(list(points)) + words.saturation(sweeps) + _constant(sweeps),
        figures=drawn,
        tables=tables,
        failed=failed,
        missing=max(0, planned - failed - sweeps.finished) if len(sweeps.manifests) == 1 else 0,
        sources=[
            f"{folder.name}: data {', '.join(value[:16] for value in manifest['data'])}; "
            + ", ".join(f"{name} {version}" for name, version in manifest["versions"].items())
            for folder, manifest in zip(sweeps.folders, sweeps.manifests, strict=True)
        ],
    ).encode()


def _constant(sweeps: Sweeps) -> list[str]:
    if not sweeps.constant:
        return []
    told = ", ".join(f"{name_of(name)} ({words.number(sweeps.rows[name].iloc[0])})" for name in sweeps.constant)
    return [f"The same in all runs: {told}."]


# FIGURES


def _figures(
    sweeps: Sweeps, points: Sequence[Published], regressions: Sequence[Effect], run: int | None
) -> list[_Figure]:
    ranked = [(measure.rank, name) for measure in RANKED for name in measure.columns(sweeps.groups)]
    main = [name for _, name in ranked if name in sweeps.measures]
    others = [name for name in sweeps.measures if name not in main]
    drawn, secondary = _survival_figures(sweeps), list[_Figure]()
    for axis in sweeps.axes:
        name = axis.column.replace("_", "-")
        for measures, of, ending, to in ((main, "main", "", drawn), (others, "other", "-others", secondary)):
            if shown := [measure for measure in measures if can_compare(sweeps, axis, measure)]:
                caption = f"The {of} measures by {axis.label}. {_how_to_read(sweeps, axis, shown)}"
                to.append(_Figure(f"by-{name}{ending}", caption, figures.panels(sweeps, axis, shown, points)))
    columns = [axis.column for axis in sweeps.axes]
    if len(sweeps.axes) == 2 and sweeps.rows.groupby(columns).ngroups == math.prod(
        len(axis.levels) for axis in sweeps.axes
    ):
        across, down = sweeps.axes
        for measure in [name for rank, name in ranked if rank <= _MAPPED and name in sweeps.measures]:
            if not all(can_compare(sweeps, axis, measure) for axis in sweeps.axes):
                continue
            caption = f"{name_of(measure).capitalize()} by {across.label} and {down.label}"
            caption += "; grey: never depleted." if is_duration(measure) else "."
            name = f"heat-{measure.replace('_', '-')}"
            drawn.append(_Figure(name, caption, figures.heat_map(sweeps, across, down, measure)))
    drawn += secondary
    if regressions:
        caption = "How much of each measure's variance goes with each factor."
        measures = [name for name in sweeps.measures if any(effect.measure == name for effect in regressions)]
        drawn.append(_Figure("effects", caption, figures.effects(sweeps, regressions, measures)))
    return drawn + _run_figures(sweeps, run)


def _how_to_read(sweeps: Sweeps, axis: Axis, measures: Sequence[str]) -> str:
    """What bars, distances and the counts in a figure of panels mean."""
    told = "Bars are 95 % intervals over seeds."
    if axis.numeric:
        told += " Neighbouring values are drawn at equal distances, however far apart they are."
    partial = next((mean for measure in measures for mean in figures.partial(sweeps, axis, measure)), None)
    if partial is not None:
        told += (
            f" A fraction such as {partial.count}/{partial.runs} at a day of depletion: only {partial.count} of "
            f"{partial.runs} runs were depleted, and the mean is over those."
        )
    return told


def _survival_figures(sweeps: Sweeps) -> list[_Figure]:
    if DURATION not in sweeps.rows or not sweeps.rows[DURATION].notna().any():
        return []
    axes = [axis for axis in sweeps.axes if can_compare(sweeps, axis, DURATION)]
    if not axes:
        caption = "Depletion of the harmful agents."
        return [_Figure("survival", caption, figures.survival(None, survivals(sweeps.rows, None), ""))]
    drawn = []
    for axis in axes:
        rows = sweeps.along(axis)
        if not rows[DURATION].notna().any():
            continue
        test = words.p_value(log_rank(rows, axis))
        over = ", over all values of the other axes" if len(sweeps.slices(axis)) > 1 else ""
        picture = figures.survival(axis, survivals(rows, axis), f"log-rank test of equal curves: {test}{over}")
        caption = f"Kaplan and Meier's curves of depletion by {axis.label}{over}."
        drawn.append(_Figure(f"survival-{axis.column.replace('_', '-')}", caption, picture))
    return drawn


def _run_figures(sweeps: Sweeps, run: int | None) -> list[_Figure]:
    """The published figure for one run, and several runs in one."""
    if sweeps.series.empty:
        return []
    with_series = sweeps.series[["sweep", "run"]].drop_duplicates()
    known = sweeps.rows.merge(with_series, on=["sweep", "run"])
    of_first = known[known["sweep"] == 0]
    if run is None:
        chosen = known.iloc[0]
    elif run in set(of_first["run"]):
        chosen = of_first[of_first["run"] == run].iloc[0]
    else:
        numbers = ", ".join(str(number) for number in of_first["run"].head(12))
        raise ReportError(
            f"Run {run} has no series; the runs that have one are those of the first seed: {numbers}, ..."
        )
    row = {name: _plain(value) for name, value in chosen.items()}
    manifest = sweeps.manifests[row["sweep"]]
    # a knob that plays no part in the run has any value
    may_be_none = [name for name, knob in Scenario.all_knobs().items() if knob.optional]
    said = {knob: value for knob, value in manifest["scenario"].items() if knob not in may_be_none}
    row |= {knob: value for knob, value in said.items() if row.get(knob, value) is None}
    row |= {knob: None for knob in may_be_none if row[knob] == "none"}
    groups = manifest["agents"]
    row |= {name: int(value) for name, value in row.items() if isinstance(value, float) and _is_whole(name, groups)}
    scenario = Scenario.from_flat(row, groups)
    seen = sweeps.series[(sweeps.series["sweep"] == row["sweep"]) & (sweeps.series["run"] == row["run"])]
    picture = plot.draw(scenario, row, seen.to_dict("records"))
    caption = f"One run (number {row['run']}, seed {row['seed']}): an example, not a mean."
    drawn = [_Figure("run", caption, picture)]
    if len(known) > 1:
        every = math.ceil(len(known) / _COMBINED)
        several = [(int(of["sweep"]), int(of["run"]), _label(sweeps, of)) for _, of in known.iloc[::every].iterrows()]
        of_which = f"every {every}th combination" if every > 3 else ("each", "every second", "every third")[every - 1]
        of_which += " combination" if every <= 3 else ""
        caption = f"One run for {of_which} of values: examples, not means."
        drawn.append(_Figure("runs", caption, figures.combined(sweeps, several)))
    return drawn


def _is_whole(name: str, groups: Sequence[str]) -> bool:
    """Whether a column is a knob of whole numbers, which became real where others have none."""
    knob = declared(list(groups)).get(name)
    return knob is not None and knob.kind in ("whole", "amount")


def _label(sweeps: Sweeps, row: Any) -> str:
    return ", ".join(f"{axis.label} {words.level(_plain(row[axis.column]))}" for axis in sweeps.axes) or "run"


def _plain(value: Any) -> Any:
    """A value of a table as one of Python's, None for a missing one."""
    plain = value.item() if hasattr(value, "item") else value
    return None if isinstance(plain, float) and math.isnan(plain) else plain


# TABLES


def _means(sweeps: Sweeps) -> _Table:
    columns = [axis.column for axis in sweeps.axes]
    parts = sweeps.rows.groupby(columns, dropna=False) if columns else [((), sweeps.rows)]
    shown: list[list[str]] = []
    raw: list[list[Any]] = []
    for key, rows in parts:
        values = [_plain(value) for value in key]
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
    return _Table("means", "Means", note, [*head, "measure", "mean", "95 % interval", "runs"], shown, raw_head, raw)


def _depletions(sweeps: Sweeps) -> _Table:
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
    return _Table("depletion", "Depletion", note, head, rows, raw_head, raw)


def _effects(found: Sequence[Effect]) -> _Table:
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
    return _Table("effects", "Regressions", note, head, rows, [field.name for field in fields(Effect)], raw)


def _published(points: Sequence[Published]) -> _Table:
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
    return _Table("published", "Beside the published figures", note, head, rows, raw_head, raw)


def _csv(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return file.getvalue().encode()
