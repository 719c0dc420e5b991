"""The data of a scenario, and the model that its pool starts from.

Both are made once and kept in cache files, which every process that runs the scenario maps into its memory.
"""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from earnest.core.encoders.registry import ENCODERS
from earnest.core.encoders.table import TableEncoder, UnitTableEncoder
from earnest.core.errors import DatasetError
from earnest.core.incentives.reference import reference_of
from earnest.core.models.formats.vectors import quantise
from earnest.core.models.registry import MODELS
from earnest.data.cache import ArrayCache, Key, read
from earnest.data.dataset import Dataset, distinct_rows
from earnest.data.features import Features, encode, from_arrays, of_vectors, to_arrays
from earnest.data.recipe import NUMBERS, Loaded, Part, Sources, Wanted
from earnest.data.registry import DATASETS
from earnest.data.table import NumberTable
from earnest.simulations.engine import models
from earnest.simulations.errors import TaskError
from earnest.simulations.scenario import Scenario
from earnest.simulations.scenario.fit import too_many
from earnest.simulations.task import Samples, Task, check_samples

#: Changes whenever the same key would give other arrays.
_VERSION = 1
#: The same of initial models.
_START_VERSION = 5
#: Tasks that a process keeps open.
_OPEN = 16


class TaskFiles(NamedTuple):
    """What a process needs to open a task.

    Attributes:
        features: cache file of the samples.
        weights: cache file of the initial model.
        initial_size: samples that the initial model was trained on.
        train_size: samples in all.
        test_size: samples held out; None for all there are.
        dataset_sha256: hex checksum of the data's source.
        model: name of the initial model.
    """

    features: Path
    weights: Path
    initial_size: int
    train_size: int
    test_size: int | None
    dataset_sha256: str
    model: str


#: Knobs that decide the data and the initial model, beside those of the data set.
_DATA_KNOBS = ("dataset", "shuffle_seed", "test_size", "num_words", "train_size", "initial_share", "model")


def data_knobs(scenario: Scenario) -> tuple[object, ...]:
    """What a scenario's data and initial model depend on; scenarios that agree in it share both."""
    of_dataset = [knob.name for knob in DATASETS[scenario.dataset].knobs]
    return tuple(getattr(scenario, knob) for knob in (*_DATA_KNOBS, *of_dataset))


def load_task(scenario: Scenario, sources: Sources | Path | None, cache_folder: Path) -> Task:
    """Read a scenario's data, and train the initial model on the first of them.

    Args:
        scenario: says which data, and how many words and samples.
        sources: where the data are; a path alone is the IMDB archive's.
        cache_folder: where features and models are kept for the next time.

    Raises:
        DatasetError: the data are missing or damaged.
        TaskError: there are fewer samples than the scenario needs, or some do not fit the contract.
        WeightsOutOfRange: the initial model does not fit the contract.
    """
    given = sources if isinstance(sources, Sources) else Sources(archive=sources)
    return open_task(prepare_task(scenario, given, cache_folder))


def prepare_task(scenario: Scenario, sources: Sources, cache_folder: Path) -> TaskFiles:
    """Make the cache files of a scenario's task, where they are not there yet; raises what `load_task` raises."""
    cache = ArrayCache(cache_folder)
    key, make = _recipe(scenario, sources, cache)
    key = {**key, "num_words": scenario.num_words, "shuffle_seed": scenario.shuffle_seed, "tasks": _VERSION}

    def features() -> dict[str, np.ndarray]:
        train, test = make()
        for part in (train, test):
            check_samples(part.indptr, part.labels, _classes_of(train, test))
        return to_arrays(train, test)

    train, test = from_arrays(cache.get_or_make(key, features))
    if sentence := too_many(_classes_of(train, test), scenario.model):
        raise TaskError(sentence)
    _require_enough(scenario, train, test)
    start = {**key, "initial_size": scenario.initial_size, "model": scenario.model, "start": _START_VERSION}

    def weights() -> dict[str, np.ndarray]:
        first = train.first(scenario.initial_size)
        # on what the contract would be given, rounded numbers
        X = MODELS[scenario.model].FORMAT.matrix_of(first.indptr, first.indices, scenario.num_words)
        model = models.trained(scenario.model, X, first.labels)
        made: dict[str, np.ndarray] = {
            "weights": model.weights_,
            "derived": np.array(list(model.derived.values()), dtype=np.int64),
            "reference": reference_of(model, X, first.labels),
        }
        return made

    cache.get_or_make(start, weights)
    return TaskFiles(
        cache.path(key).absolute(),
        cache.path(start).absolute(),
        scenario.initial_size,
        scenario.train_size,
        scenario.test_size,
        str(key["data"]),
        scenario.model,
    )


def require_source(scenario: Scenario, sources: Sources, cache_folder: Path) -> None:
    """Look whether a scenario's data are there, without reading them.

    Raises:
        DatasetError: they are not.
    """
    _recipe(scenario, sources, ArrayCache(cache_folder))


@lru_cache(maxsize=_OPEN)
def open_task(files: TaskFiles) -> Task:
    """Map a prepared task into memory; its arrays are shared by all processes that do.

    Raises:
        DatasetError: a file is missing or damaged.
    """
    features, weights = read(files.features), read(files.weights)
    if features is None or weights is None:
        missing = files.features if features is None else files.weights
        raise DatasetError(
            f"The prepared data {missing} are missing or damaged: start again; on a cluster, --data-dir must be a "
            "folder that every worker sees under the same path."
        )
    train, test = from_arrays(features)
    stream = train.first(files.train_size).after(files.initial_size)
    held_out = test if files.test_size is None else test.first(files.test_size)
    return Task(
        Samples(*stream),
        Samples(*held_out),
        weights["weights"],
        files.dataset_sha256,
        classes=_classes_of(train, test),
        reference=weights.get("reference"),
        derived=dict(zip(MODELS[files.model].DERIVED, weights["derived"].tolist(), strict=True)),
    )


def _classes_of(*parts: Features) -> int:
    """How many classes a data set has: in the whole of it each occurs, the last one too."""
    return max(models.CLASSES, *(1 + int(part.labels.max(initial=0)) for part in parts))


def _require_enough(scenario: Scenario, train: Features, test: Features) -> None:
    available = len(train.labels)
    if scenario.train_size > available:
        raise TaskError(
            f"train_size is {scenario.train_size}, but the data set has {available} training samples: lower it."
        )
    if scenario.test_size is not None and scenario.test_size > len(test.labels):
        raise TaskError(
            f"test_size is {scenario.test_size}, but the data set has {len(test.labels)} test samples: lower it."
        )
    first = scenario.initial_size
    present = np.unique(train.labels[:first])
    missing = np.setdiff1d(np.arange(_classes_of(train, test)), present)
    if len(missing):
        what = "are all of one class" if len(present) == 1 else f"have none of class {', '.join(map(str, missing))}"
        raise TaskError(
            f"The first {first} samples {what}: raise initial_share or train_size, or take another shuffle_seed."
        )


# WHAT FEATURES DEPEND ON, AND HOW THEY ARE MADE

_Parts = tuple[Features, Features]


def _recipe(scenario: Scenario, sources: Sources, cache: ArrayCache) -> tuple[Key, Callable[[], _Parts]]:
    dataset = DATASETS[scenario.dataset]
    wanted = Wanted(
        sources,
        {knob.name: getattr(scenario, knob.name) for knob in dataset.knobs},
        cache,
        scenario.num_words,
        scenario.train_size,
        # a scenario makes sure that there is one, or a test set
        scenario.test_size or 1,
    )
    key: dict[str, Any] = {"data": dataset.checksum(wanted), "kind": dataset.name}
    key |= {f"knob {name}": value for name, value in wanted.values.items()}
    if (ready := dataset.features) is not None:
        return key, lambda: _shuffled(ready(wanted), scenario.shuffle_seed)
    if not dataset.has_test:
        key["test_size"] = wanted.held_out
    if dataset.gives == NUMBERS:
        key |= {"encoded_by": scenario.initial_size, "scale": models.SCALE}
        if MODELS[scenario.model].UNIT_LENGTH:
            key["unit_length"] = True
    return key, lambda: _encoded(scenario, *_cut(scenario, dataset.read(wanted), wanted.held_out))


def _shuffled(parts: _Parts, seed: int | None) -> _Parts:
    """The training part in another order."""
    train, test = parts
    if seed is None:
        return parts
    order = np.random.Generator(np.random.PCG64(seed)).permutation(len(train.labels))
    return train.take(order.astype(np.int64)), test


def _cut(scenario: Scenario, loaded: Loaded, held_out: int) -> tuple[Part, Part]:
    """Training and test part, the first in the order in which it is learned from and contributed."""
    whole, seed = loaded.train, scenario.shuffle_seed
    if isinstance(whole, Dataset):
        rows, what = distinct_rows(whole, seed), "data set has {} different texts"
    else:
        rows, what = whole.distinct, "table has {} different rows"
        rows = rows if seed is None else np.random.Generator(np.random.PCG64(seed)).permutation(rows)
    if loaded.test is not None:
        return whole.take(rows), loaded.test
    if len(rows) <= held_out:
        raise TaskError(f"test_size is {held_out}, but the {what.format(len(rows))}: lower it.")
    return whole.take(rows[held_out:]), whole.take(rows[:held_out])


def _encoded(scenario: Scenario, train: Part, test: Part) -> _Parts:
    """The samples of both parts; the encoder never knows the test part."""
    if isinstance(train, Dataset) and isinstance(test, Dataset):
        # a data set may let people choose; otherwise it has one of its own
        recipe = DATASETS[scenario.dataset]
        chosen = scenario.encoder if any(knob.name == "encoder" for knob in recipe.knobs) else recipe.encoder
        encoder = ENCODERS[chosen].fit(train.texts, scenario.num_words, ())
        return encode(encoder, train.texts, train.labels), encode(encoder, test.texts, test.labels)
    if isinstance(train, Dataset) or isinstance(test, Dataset):
        raise TaskError(f"The data set {scenario.dataset} gives a part of texts and one of numbers: it is broken.")
    # of the initial part alone: whoever makes a pool has not seen the rest
    kind = UnitTableEncoder if MODELS[scenario.model].UNIT_LENGTH else TableEncoder
    table = kind.fit(train.columns, train.rows.X[: scenario.initial_size])

    def vectors(part: NumberTable) -> Features:
        return of_vectors(quantise(table.encode_many(part.rows.X), models.SCALE), part.rows.y.astype(np.uint8))

    return vectors(train), vectors(test)
