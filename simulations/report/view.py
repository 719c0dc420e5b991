"""What a page draws from: the rows of sweeps by column, with the names of what was swept and measured."""

import json
import math
from collections.abc import Sequence
from typing import Any

from earnest.simulations.measures import measure_of
from earnest.simulations.measures.table import RANKED
from earnest.simulations.report import setting
from earnest.simulations.report.names import bounds_of, name_of, unit_of, unit_of_knob
from earnest.simulations.report.published import Published
from earnest.simulations.report.sweeps import Axis, Sweeps, is_duration, meaning

#: Of the file, and its layout.
VIEW, FORMAT = "view.json", 1


def view_of(sweeps: Sweeps, points: Sequence[Published], findings: Sequence[str]) -> bytes:
    """Axes, measures and rows as JSON; a level stands in the rows as its place among the axis' levels, or -1.

    Measures are empty where they mean nothing: what nobody pays is no money. Every column has as many values.

    Args:
        sweeps: that were reported on.
        points: figures of others.
        findings: what was found, in sentences.
    """
    measures = sweeps.measures
    asked = [column for measure in RANKED for column in measure.columns(sweeps.groups)]
    rows = sweeps.rows
    shown = {
        "format": FORMAT,
        "about": " ".join([*filter(None, [setting.description(sweeps)]), *setting.data(sweeps)]),
        "axes": [_axis(axis) for axis in sweeps.axes],
        "measures": [_measure(name, first=name in asked) for name in measures],
        "published": [_published(point, sweeps.axes) for point in points],
        "findings": list(findings),
        "runs": [int(run) for run in rows["run"]],
        "seeds": [int(seed) for seed in rows["seed"]],
        "days": [_plain(day) for day in rows["days"]],
        "levels": {axis.column: _places(rows[axis.column], axis) for axis in sweeps.axes},
        "values": {name: [_plain(value) for value in _meant(rows, name)] for name in measures},
    }
    return json.dumps(shown, allow_nan=False, separators=(",", ":")).encode()


def _axis(axis: Axis) -> dict[str, Any]:
    return {
        "column": axis.column,
        "label": axis.label,
        "unit": unit_of_knob(axis.knob),
        "numeric": axis.numeric,
        "levels": [_plain(level) for level in axis.levels],
    }


def _measure(name: str, *, first: bool) -> dict[str, Any]:
    low, high = bounds_of(name)
    found = measure_of(name)
    return {
        "column": name,
        "label": name_of(name),
        "unit": unit_of(name),
        "meaning": "" if found is None else found.measure.meaning,
        "low": None if math.isinf(low) else low,
        "high": None if math.isinf(high) else high,
        "event": is_duration(name),
        "first": first,
    }


def _published(point: Published, axes: Sequence[Axis]) -> dict[str, Any]:
    """A figure of others with its place on each axis; None on one that it says nothing of."""
    under = {axis.column: point.under.get(axis.column) for axis in axes}
    places = {
        axis.column: next((place for place, level in enumerate(axis.levels) if level == under[axis.column]), None)
        for axis in axes
    }
    return {
        "source": point.source,
        "measure": point.measure,
        "mean": point.mean,
        "spread": _plain(point.spread),
        "runs": point.runs,
        "levels": places,
    }


def _places(values: Any, axis: Axis) -> list[int]:
    known = {level: place for place, level in enumerate(axis.levels)}
    return [known.get(_plain(value), -1) for value in values]


def _meant(rows: Any, measure: str) -> Any:
    """A measure's values, none where it means nothing."""
    return rows[measure].where(rows.index.isin(meaning(rows, measure).index))


def _plain(value: Any) -> Any:
    """A value that JSON has; None for none."""
    own = value.item() if hasattr(value, "item") else value
    return None if isinstance(own, float) and not math.isfinite(own) else own
