"""Which bars a study's worlds reach on the splits of its report, each mean with its interval over seeds."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sklearn.linear_model import LogisticRegression

from earnest.core.models.registry import MODELS
from earnest.data.cache import read
from earnest.data.features import from_arrays
from earnest.data.recipe import Sources
from earnest.simulations.data import prepare_task
from earnest.simulations.errors import SweepError
from earnest.simulations.report.statistics import mean_of
from earnest.simulations.tune.study import Study
from earnest.simulations.tune.worlds import Told

REACHED, MISSED = "reached", "MISSED"
#: Strength of a batch model's regularisation, scikit-learn's C: about the best for a thousand words.
_BATCH_STRENGTH = 0.03


class Held(NamedTuple):
    """A measure of a world on a split, beside its bar.

    Attributes:
        split: its name.
        world: its name.
        measure: its column.
        mean: over seeds.
        low, high: 95 % interval of the mean.
        wanted: the bar in words; nothing where there is none.
        verdict: `REACHED` or `MISSED`; nothing without a bar.
    """

    split: str
    world: str
    measure: str
    mean: float
    low: float
    high: float
    wanted: str
    verdict: str

    @property
    def shown(self) -> str:
        """The mean with its interval."""
        same = self.low == self.high
        return f"{self.mean:,.4f}" if same else f"{self.mean:,.4f} ({self.low:,.4f} to {self.high:,.4f})"


def rows_of(study: Study, found: list[Told]) -> list[Held]:
    """Every measure that is told, split by split in the study's order."""
    return [row for split, told in zip(study.splits, found, strict=True) for row in _rows(study, split, told)]


def _rows(study: Study, split: str, told: Told) -> Iterator[Held]:
    for wish in dict.fromkeys((*study.bars, *study.objectives)):
        if wish.on and split not in wish.on:
            continue
        mean = mean_of(told.values[wish.name])
        low, high = (mean.low, mean.high) if mean.count > 1 else (mean.mean, mean.mean)
        wanted = "" if wish.bar is None else f"at {'least' if wish.goal == 'maximize' else 'most'} {wish.bar:g}"
        verdict = "" if wish.bar is None else REACHED if wish.met_by(mean.mean) else MISSED
        yield Held(split, wish.world, wish.measure, mean.mean, low, high, wanted, verdict)


def as_csv(rows: list[Held]) -> bytes:
    """A line a measure."""
    with io.StringIO(newline="") as file:
        writer = csv.writer(file)
        writer.writerow(Held._fields)
        writer.writerows(rows)
        return file.getvalue().encode()


def parameters_of(told: Told) -> list[str]:
    """What the worlds' parameters were that can follow from data, worlds of the same ones together, in sentences."""
    together: dict[tuple[tuple[str, int], ...], list[str]] = {}
    for world, parameters in told.parameters.items():
        if parameters:
            together.setdefault(tuple(parameters.items()), []).append(world)
    return [
        f"{', '.join(worlds)}: {', '.join(f'{name} {value}' for name, value in parameters)}."
        for parameters, worlds in together.items()
    ]


def batch_accuracy(study: Study, split: str, sources: Sources, cache: Path) -> float:
    """What logistic regression comes to on a split's test samples that learned all training samples at once.

    Of the data of the study's first world.

    Raises:
        SweepError: they are gone since they were prepared.
    """
    first = next(iter(study.worlds.values()))
    scenario = first.with_knobs(**study.reported_on[study.splits.index(split)])
    files = prepare_task(scenario, sources, cache)
    if (arrays := read(files.features)) is None:
        raise SweepError(f"The prepared data {files.features} are missing or damaged: start again.")
    train, test = from_arrays(arrays)
    parts = [train.first(files.train_size), test if files.test_size is None else test.first(files.test_size)]
    format_ = MODELS[scenario.model].FORMAT
    X, T = (format_.matrix_of(part.indptr, part.indices, scenario.num_words) for part in parts)
    batch = LogisticRegression(C=_BATCH_STRENGTH, max_iter=1000).fit(X, parts[0].labels)
    return float(batch.score(T, parts[1].labels))
