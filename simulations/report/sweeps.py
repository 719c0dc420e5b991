"""The rows of one sweep or several, with what was swept and what was measured."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from earnest.core import renamed
from earnest.simulations import output
from earnest.simulations.errors import ReportError
from earnest.simulations.measures import measure_of
from earnest.simulations.measures.table import RANKED
from earnest.simulations.report.idle import Rows, choosers, declared, leave_out, nobody_pays, reasons
from earnest.simulations.report.names import knob_in_words
from earnest.simulations.sweep.folder import MANIFEST
from earnest.simulations.sweep.identity import READABLE

#: Ends of columns that are neither knobs nor measures.
_RECORDS = ("_sha256", "_version")
#: The day of an event that may never come, of which curves of survival are drawn.
DURATION = "depletion_day"
#: Measures that differ by less, relative to their size, are the same.
_SAME = 1e-9


@dataclass(frozen=True)
class Axis:
    """A knob that differs between runs.

    Attributes:
        knob: as it is swept, such as "good.deposit_mean".
        column: of the rows.
        levels: its values in order; numbers, or names.
    """

    knob: str
    column: str
    levels: tuple[Any, ...]

    @property
    def numeric(self) -> bool:
        """Whether the levels are numbers."""
        return all(isinstance(level, (int, float)) and not isinstance(level, bool) for level in self.levels)

    @property
    def label(self) -> str:
        """In words."""
        return knob_in_words(self.knob)


@dataclass(frozen=True)
class Sweeps:
    """Sweeps, combined.

    Attributes:
        rows: one row a run; a column "sweep" counts the folders.
        series: observations of the runs that have some, by "sweep" and "run".
        axes: knobs that differ between runs.
        measures: columns that were measured and differ between runs.
        constant: columns that were measured and are the same in all runs.
        manifests: of the folders.
        folders: where they are.
        finished: runs in the folders, those counted once that repeat others.
        sliced: by column, what `slices` found; it is asked for again for every measure.
    """

    rows: Rows
    series: Rows
    axes: tuple[Axis, ...]
    measures: tuple[str, ...]
    constant: tuple[str, ...]
    manifests: tuple[dict[str, Any], ...]
    folders: tuple[Path, ...]
    finished: int = 0
    sliced: dict[str, list[tuple[dict[str, Any], Rows]]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def groups(self) -> list[str]:
        """Names of the groups of agents, of all sweeps."""
        return list(dict.fromkeys(name for manifest in self.manifests for name in manifest["agents"]))

    def slices(self, axis: Axis) -> list[tuple[dict[str, Any], Rows]]:
        """The rows for each combination of the other axes' values under which `axis` has two levels or more."""
        others = [other.column for other in self.axes if other is not axis]
        rows = self.rows[self.rows[axis.column].notna()]
        if not others:
            return [({}, rows)]
        if axis.column not in self.sliced:
            self.sliced[axis.column] = self._slices(rows, axis, others)
        return self.sliced[axis.column]

    def _slices(self, rows: Rows, axis: Axis, others: list[str]) -> list[tuple[dict[str, Any], Rows]]:
        found = []
        for key, part in rows.groupby(others, sort=True, dropna=False):
            where = dict(zip(others, key, strict=True))
            if axis.column in choosers(self.groups):
                part = _with_idle(rows, where, axis.column, self.groups)
            if part[axis.column].nunique() > 1:
                found.append((where, part))
        return found

    def along(self, axis: Axis) -> Rows:
        """The rows that tell of an axis: those under the only values of the other axes that it was swept at, or all."""
        slices = self.slices(axis)
        return slices[0][1] if len(slices) == 1 else self.rows


def is_duration(measure: str) -> bool:
    """Whether a measure is a time to an event that may never come."""
    found = measure_of(measure)
    return found is not None and found.measure.event


def meaning(rows: Rows, measure: str) -> Rows:
    """The rows in which a measure means something: where nobody pays, there is no money to gain, to lose or to end."""
    if "incentive" not in rows or not (is_duration(measure) or _is_money(measure)):
        return rows
    return rows[~nobody_pays(rows)]


def can_compare(sweeps: Sweeps, axis: Axis, measure: str) -> bool:
    """Whether a measure means something at two values of an axis or more."""
    return bool(meaning(sweeps.along(axis), measure)[axis.column].nunique() > 1)


def load(folders: Sequence[Path]) -> Sweeps:
    """Read sweeps and combine them; a run that two of them hold counts once.

    Raises:
        ReportError: a folder holds no sweep, one of another version, or no finished run.
    """
    parts, series, manifests = [], [], []
    for number, folder in enumerate(folders):
        manifest = _manifest(folder)
        rows = _table(folder / output.RUNS)
        if rows is None or len(rows) == 0:
            raise ReportError(f"{folder} holds no finished run yet: run the sweep, or wait for its end.")
        seen = _table(folder / output.SERIES)
        parts.append(rows.rename(columns=renamed.KNOBS).assign(sweep=number))
        if seen is not None:
            series.append(seen.assign(sweep=number))
        manifests.append(manifest)
    knobs = list(
        dict.fromkeys(knob for manifest in manifests for knob in manifest["scenario"] if knob != "description")
    )
    rows = pd.concat(parts, ignore_index=True)
    finished = len(rows)
    knobs = [knob for knob in knobs if knob in rows]
    groups = list(dict.fromkeys(name for manifest in manifests for name in manifest["agents"]))
    leave_out(rows, knobs, groups)
    _leave_out_money(rows, knobs)
    rows = rows.drop_duplicates([*knobs, "seed", "dataset_sha256"], ignore_index=True)
    axes = _axes(rows, knobs, manifests)
    measured = [
        name
        for name in rows.columns
        if name not in {*knobs, "run", "seed", "sweep"}
        and not name.endswith(_RECORDS)
        and not _is_record(name)
        and pd.api.types.is_numeric_dtype(rows[name])
        and not pd.api.types.is_bool_dtype(rows[name])
        and rows[name].notna().any()
    ]
    varying = [name for name in measured if rows[name].nunique(dropna=False) > 1 and not _repeats(rows, name)]
    first = [column for measure in RANKED for column in measure.columns(groups)]
    order = [name for name in first if name in varying] + [name for name in varying if name not in first]
    order = [name for place, name in enumerate(order) if not _says_no_more(meaning(rows, name), name, order[:place])]
    return Sweeps(
        rows,
        _series(rows, series),
        axes,
        tuple(order),
        tuple(name for name in measured if rows[name].nunique(dropna=False) == 1),
        tuple(manifests),
        tuple(folders),
        finished,
    )


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        raise ReportError(f"{folder} holds no sweep: name the --out of `earnest sweep`.") from None
    if not isinstance(manifest, dict) or manifest.get("format") not in READABLE:
        raise ReportError(f"{folder} holds a sweep of another version of earnest: report on it with that version.")
    return _of_today(manifest)


def _of_today(manifest: dict[str, Any]) -> dict[str, Any]:
    """A manifest with the names that knobs have now; a note where it has older ones."""
    for old, new in renamed.KNOBS.items():
        if old in manifest["scenario"]:
            renamed.note("column", old, new)
    axes = [[renamed.KNOBS.get(knob, knob), values] for knob, values in manifest["axes"]]
    return manifest | {"scenario": renamed.silently(manifest["scenario"]), "axes": axes}


def _table(path: Path) -> Rows | None:
    try:
        return pq.read_table(path).to_pandas()
    except FileNotFoundError:
        return None
    except (OSError, pa.ArrowException) as error:
        raise ReportError(f"{path} is damaged ({error}): run the sweep again with --resume.") from None


def _axes(rows: Rows, knobs: list[str], manifests: Sequence[dict[str, Any]]) -> tuple[Axis, ...]:
    """What was swept, and what else tells the sweeps apart and does not follow from that."""
    swept: dict[str, str] = {}
    for manifest in manifests:
        for knob, _ in manifest["axes"]:
            column = knob.replace("agents.", f"{manifest['agents'][0]}.", 1).replace(".", "_")
            swept.setdefault(column, knob)
    columns = [column for column in swept if rows[column].nunique() > 1]
    choosing = choosers([name for manifest in manifests for name in manifest["agents"]])
    for knob in knobs:
        # what is chosen follows from a knob that it leaves out, and yet is what sets the runs apart
        told = knob not in choosing and _follows(rows, knob, columns)
        if knob not in columns and rows[knob].nunique() > 1 and not told:
            columns.append(knob)
            swept[knob] = knob
    return tuple(Axis(swept[column], column, _levels(rows[column])) for column in columns)


def _leave_out_money(rows: Rows, knobs: list[str]) -> None:
    """Empty the measures that tell of money where nobody pays."""
    free = nobody_pays(rows)
    for name in [name for name in rows if name not in knobs and _is_money(name)] if free.any() else ():
        rows[name] = rows[name].mask(free)


def _is_money(measure: str) -> bool:
    found = measure_of(measure)
    return found is not None and found.measure.money and not found.measure.record


def _is_record(measure: str) -> bool:
    found = measure_of(measure)
    return found is not None and found.measure.record


def _series(rows: Rows, parts: list[Rows]) -> Rows:
    """The observations of all sweeps, without balances where nobody pays."""
    if not parts:
        return pd.DataFrame()
    series = pd.concat(parts, ignore_index=True)
    runs = series[["sweep", "run"]].merge(rows[["sweep", "run", "incentive"]], how="left")
    free = nobody_pays(runs).to_numpy()
    for name in [name for name in series if name.endswith("_balance")]:
        series[name] = series[name].mask(free)
    return series


def _with_idle(rows: Rows, where: dict[str, Any], axis: str, groups: list[str]) -> Rows:
    """The rows along an axis that chooses something: a run that leaves a knob out stands for every value of it.

    Args:
        rows: that have a value on the axis.
        where: values of the other axes.
        axis: the column of the one along which is looked.
        groups: of agents.
    """
    joins, known = pd.Series(True, index=rows.index), declared(groups)
    for column, value in where.items():
        same = rows[column].isna() if _is_none(value) else rows[column] == value
        if column in known and axis in (idle := reasons(rows, column, groups)):
            same |= rows[column].isna() & idle[axis]
        joins &= same
    return rows[joins]


def _is_none(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _follows(rows: Rows, knob: str, columns: list[str]) -> bool:
    if not columns:
        return False
    return bool((rows.groupby(columns, dropna=False)[knob].nunique(dropna=False) <= 1).all())


def _repeats(rows: Rows, measure: str) -> bool:
    """Whether a group's day of depletion is the harmful agents' over again."""
    return is_duration(measure) and measure != DURATION and bool(rows[measure].equals(rows[DURATION]))


def _says_no_more(rows: Rows, measure: str, others: list[str]) -> bool:
    """Whether a measure is one of others over again, but for a constant: a profit is a balance less the start."""
    if _is_first(measure):
        return False
    return any(_is_off_by_a_constant(rows[measure], rows[other]) for other in others)


def _is_off_by_a_constant(values: Rows, others: Rows) -> bool:
    difference = values - others
    if not difference.notna().all():
        return False
    scale = max(1.0, float(others.abs().max()))
    return bool(difference.max() - difference.min() <= _SAME * scale)


def _is_first(measure: str) -> bool:
    """Whether a measure of the whole run is one that readers ask for: it is told even where another says as much."""
    found = measure_of(measure)
    return found is not None and found.measure.rank > 0 and not found.measure.group


def _levels(values: Any) -> tuple[Any, ...]:
    found = [value.item() if isinstance(value, np.generic) else value for value in values.dropna().unique()]
    # an empty number made a column of whole ones real
    whole = all(isinstance(value, float) and value.is_integer() for value in found) and values.isna().any()
    found = [int(value) for value in found] if whole else found
    return tuple(sorted(found, key=lambda value: (isinstance(value, str), value)))
