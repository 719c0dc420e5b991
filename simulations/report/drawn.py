"""Which figures a report has, and what is written below each."""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from earnest.simulations import plot
from earnest.simulations.errors import ReportError
from earnest.simulations.measures.table import RANKED
from earnest.simulations.picture import Picture
from earnest.simulations.report import figures, words
from earnest.simulations.report.idle import declared
from earnest.simulations.report.names import name_of
from earnest.simulations.report.published import Published
from earnest.simulations.report.statistics import Effect, log_rank, survivals
from earnest.simulations.report.sweeps import DURATION, Axis, Sweeps, can_compare, is_duration
from earnest.simulations.report.table import plain
from earnest.simulations.scenario import Scenario

#: Runs in the figure that combines several.
_COMBINED = 10
#: Measures that are shown up front at most; the others are there for who asks.
MOST_MAIN = 6
#: Measures up to this rank are drawn over two axes as a map too.
_MAPPED = 3


@dataclass(frozen=True)
class Drawn:
    """A figure with its caption.

    Attributes:
        name: of its file, without the ending.
        caption: what it shows, and how to read it.
        picture: the picture.
        secondary: whether it is of measures that are looked at on request.
    """

    name: str
    caption: str
    picture: Picture
    secondary: bool = False

    @property
    def image(self) -> str:
        """For the page."""
        return base64.b64encode(self.picture).decode()


def drawn_of(
    sweeps: Sweeps, points: Sequence[Published], regressions: Sequence[Effect], run: int | None
) -> list[Drawn]:
    """All figures, in the order of the page.

    Args:
        sweeps: what is reported on.
        points: published figures to draw beside ours.
        regressions: of the measures on the knobs.
        run: number of the run of the first sweep that is drawn by itself; None for the first one.

    Raises:
        ReportError: there is no series of that run.
    """
    ranked = [(measure.rank, name) for measure in RANKED for name in measure.columns(sweeps.groups)]
    main = [name for _, name in ranked if name in sweeps.measures][:MOST_MAIN]
    others = [name for name in sweeps.measures if name not in main]
    drawn, secondary = _survival_figures(sweeps), list[Drawn]()
    for axis in sweeps.axes:
        name = axis.column.replace("_", "-")
        for measures, of, ending, to in ((main, "main", "", drawn), (others, "other", "-others", secondary)):
            if shown := [measure for measure in measures if can_compare(sweeps, axis, measure)]:
                caption = f"The {of} measures by {axis.label}. {_how_to_read(sweeps, axis, shown)}"
                picture = figures.panels(sweeps, axis, shown, points)
                to.append(Drawn(f"by-{name}{ending}", caption, picture, secondary=of == "other"))
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
            drawn.append(Drawn(name, caption, figures.heat_map(sweeps, across, down, measure)))
    drawn += secondary
    if regressions:
        caption = "How much of each measure's variance goes with each factor."
        measures = [name for name in sweeps.measures if any(effect.measure == name for effect in regressions)]
        drawn.append(Drawn("effects", caption, figures.effects(sweeps, regressions, measures)))
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


def _survival_figures(sweeps: Sweeps) -> list[Drawn]:
    if DURATION not in sweeps.rows or not sweeps.rows[DURATION].notna().any():
        return []
    axes = [axis for axis in sweeps.axes if can_compare(sweeps, axis, DURATION)]
    if not axes:
        caption = "Depletion of the harmful agents."
        return [Drawn("survival", caption, figures.survival(None, survivals(sweeps.rows, None), ""))]
    drawn = []
    for axis in axes:
        rows = sweeps.along(axis)
        if not rows[DURATION].notna().any():
            continue
        test = words.p_value(log_rank(rows, axis))
        over = ", over all values of the other axes" if len(sweeps.slices(axis)) > 1 else ""
        picture = figures.survival(axis, survivals(rows, axis), f"log-rank test of equal curves: {test}{over}")
        caption = f"Kaplan and Meier's curves of depletion by {axis.label}{over}."
        drawn.append(Drawn(f"survival-{axis.column.replace('_', '-')}", caption, picture))
    return drawn


def _run_figures(sweeps: Sweeps, run: int | None) -> list[Drawn]:
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
    row = {name: plain(value) for name, value in chosen.items()}
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
    drawn = [Drawn("run", caption, picture)]
    if len(known) > 1:
        every = math.ceil(len(known) / _COMBINED)
        several = [(int(of["sweep"]), int(of["run"]), _label(sweeps, of)) for _, of in known.iloc[::every].iterrows()]
        of_which = f"every {every}th combination" if every > 3 else ("each", "every second", "every third")[every - 1]
        of_which += " combination" if every <= 3 else ""
        caption = f"One run for {of_which} of values: examples, not means."
        drawn.append(Drawn("runs", caption, figures.combined(sweeps, several)))
    return drawn


def _is_whole(name: str, groups: Sequence[str]) -> bool:
    """Whether a column is a knob of whole numbers, which became real where others have none."""
    knob = declared(list(groups)).get(name)
    return knob is not None and knob.kind in ("whole", "amount")


def _label(sweeps: Sweeps, row: Any) -> str:
    return ", ".join(f"{axis.label} {words.level(plain(row[axis.column]))}" for axis in sweeps.axes) or "run"
