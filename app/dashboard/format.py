"""How pools, sweeps and waits read on a page."""

from collections.abc import Callable
from typing import Any

from earnest.core.durations import duration
from earnest.core.models.formats.sample_format import SampleFormat
from earnest.core.models.registry import DEFAULT, MODELS, by_id
from earnest.core.renamed import POOL_DATASETS
from earnest.data.registry import DATASETS
from earnest.pools.schemas import PoolShown
from earnest.sweeps.schemas import KnobShown, SweepShown


def about(seconds: float) -> str:
    """A rough time in the unit that suits it."""
    for unit, size in (("days", 86_400), ("hours", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def varied(sweep: SweepShown) -> dict[str, list[Any]]:
    """The knobs that a sweep compares, with their values."""
    return {knob: values for knob, values in sweep.axes.items() if len(values) > 1}


def settled(sweep: SweepShown) -> dict[str, Any]:
    """The knobs that a sweep sets for all its runs."""
    return {knob: values[0] for knob, values in sweep.axes.items() if len(values) == 1}


def kind(identifier: str | None) -> str:
    """A model or an incentive without its version."""
    return "-" if identifier is None else identifier.split("/")[0]


def size(pool: PoolShown) -> str:
    """How much a pool's samples hold, in the unit of its model."""
    unit = sample_format(pool).UNIT
    return f"{pool.num_words:,} {unit}{'' if pool.num_words == 1 else 's'}"


def does(pool: PoolShown) -> str:
    """What a pool's model does, in a sentence."""
    names = class_names(pool)
    if not names:
        return "Its model is on its way."
    what = sample_format(pool).SAMPLE
    listed = f"{', '.join(names[:-1])} from {names[-1]}" if len(names) < 4 else f"{', '.join(names[:3])} and others"
    return f"Tells {what}s apart: {listed}."


def sample_format(pool: PoolShown) -> type[SampleFormat]:
    """Of a pool's samples; the default model's before the pool is deployed."""
    return (by_id(pool.model) if pool.model else MODELS[DEFAULT]).FORMAT


def class_names(pool: PoolShown) -> list[str]:
    """What a pool's classes are called: as its data call them, or "class 0" and so on where they have only numbers."""
    data, count = pool.held_out or {}, pool.classes or 0
    names = list(data.get("classes") or _class_names_of(data.get("dataset", "")))
    if len(names) != count or names == [str(number) for number in range(count)]:
        return [f"class {number}" for number in range(count)]
    return names


def _class_names_of(dataset: str) -> tuple[str, ...]:
    """As the data set itself calls them; pools of earlier releases did not write it down."""
    name = POOL_DATASETS.get(dataset, dataset)
    return DATASETS[name].class_names if name in DATASETS else ()


def knob_line(knob: KnobShown) -> str:
    """A line of a sweep's settings that a reader changes: the knob at its default, a group's for all groups."""
    name = f"agents.{knob.name}" if knob.of.split()[0] in ("agents", "behaviour") else knob.name
    return f"{name}={'' if knob.default is None else knob.default}"


FILTERS: dict[str, Callable[..., Any]] = {
    "duration": duration, "about": about, "varied": varied, "settled": settled, "kind": kind, "size": size,
    "does": does, "knob_line": knob_line,
}  # fmt: skip
