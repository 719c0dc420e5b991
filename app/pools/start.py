"""What a pool begins with: data set, encoder, initial model, held-out samples."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from earnest.config import Settings
from earnest.core.encoders.encoder import Encoder
from earnest.core.errors import DatasetError
from earnest.core.models.evaluation import count_correct
from earnest.core.models.formats.sample_format import NUMBERS, TEXT
from earnest.core.models.model import Model
from earnest.core.models.registry import MODELS
from earnest.data import csv_file, imdb_archive, movie_reviews, synthetic, table
from earnest.data.dataset import Dataset, Split, split
from earnest.data.download import is_address, local_copy
from earnest.db.tables import HeldOut
from earnest.pools.schemas import PoolRequest

#: Size and seed of the synthetic data set.
SYNTHETIC_SIZE, SYNTHETIC_SEED = 5000, 1


def load_dataset(request: PoolRequest, settings: Settings) -> Dataset:
    """The data set that a request names.

    Raises:
        DatasetError: it is missing or damaged.
    """
    if request.csv is not None:
        return csv_file.load(request.csv, most_classes=MODELS[request.model].MOST_CLASSES)
    if request.dataset == "imdb":
        archive = _archive(settings)
        return imdb_archive.load(local_copy(archive, settings.data_dir / "cache" / "downloads"))[0]
    if request.dataset == "synthetic":
        return synthetic.make(SYNTHETIC_SIZE, SYNTHETIC_SEED)
    return movie_reviews.load()


def _archive(settings: Settings) -> Path:
    """Path or address of the IMDB archive; a path is that of a file."""
    archive = settings.imdb_archive
    if archive is None:
        raise DatasetError("The data set imdb needs EARNEST_IMDB_ARCHIVE, path or address of aclImdb_v1.tar.gz.")
    if not is_address(archive):
        imdb_archive.require_file(archive)
    return archive


class Start(NamedTuple):
    """What a pool begins with.

    Attributes:
        encoder: makes its samples.
        initial: the model.
        held_out: the encoded held-out samples, without the pool's id.
        card: says where they came from.
        correct: of them at the start.
        total: of them.
    """

    encoder: Encoder
    initial: Model
    held_out: HeldOut
    card: dict[str, Any]
    correct: int
    total: int


class Material(NamedTuple):
    """A request's data, cut: what trains the initial model, and what measures it.

    Attributes:
        known: all inputs that the encoder may know, which the held-out ones are not among.
        train: inputs; `y` their labels.
        held_out: inputs; `held_out_y` their labels.
        columns: names of the inputs' columns, where they have some.
        classes: names.
        dataset: what the data are called.
        sha256: of the held-out part.
    """

    known: Any
    train: Any
    y: Any
    held_out: Any
    held_out_y: Any
    columns: Sequence[str]
    classes: tuple[str, ...]
    dataset: str
    sha256: str


def check(request: PoolRequest, settings: Settings) -> None:
    """Refuse a request that can never become a pool; seconds at most.

    A table is read, cut and learned from, and texts are read and cut as they will be. Of the IMDB archive only the file
    is looked for: reading it, or fetching it, takes longer than a caller waits.

    Raises:
        CoreError: the data set is missing, damaged, too small for the request or unfit for its model.
    """
    _SOURCES[MODELS[request.model].FORMAT.TAKES].check(request, settings)


def prepare(request: PoolRequest, settings: Settings) -> Start:
    """Encoder, initial model and held-out samples of a request.

    Raises:
        CoreError: see `check`.
    """
    model = MODELS[request.model]
    data = _SOURCES[model.FORMAT.TAKES].read(request, settings)
    encoder = model.FORMAT.fit_encoder(data.known, request.num_words, data.columns)
    initial = model.trained(encoder.encode_many(data.train), data.y)
    if initial.class_count != len(data.classes):
        raise DatasetError(
            f"The CSV has {len(data.classes)} labels; {request.model} tells {initial.class_count} classes apart."
        )
    X = encoder.encode_many(data.held_out)
    starts, content = initial.format.to_stored(X)
    labels = np.asarray(data.held_out_y)
    held_out = HeldOut(indptr=starts, indices=content, labels=labels.astype(np.uint8).tobytes())
    card = {
        "dataset": data.dataset,
        "split_seed": request.split_seed,
        "train_size": request.train_size,
        "size": len(labels),
        "sha256": data.sha256,
    }
    if request.csv is not None:
        card["classes"] = list(data.classes)
    return Start(encoder, initial, held_out, card, *count_correct(initial, X, labels))


# SOURCES, BY WHAT A FORMAT TAKES


def _split(request: PoolRequest, settings: Settings) -> Split:
    return split(load_dataset(request, settings), request.split_seed, request.train_size, request.held_out_size)


def _texts(request: PoolRequest, settings: Settings) -> Material:
    parts = _split(request, settings)
    train, held_out = parts.train, parts.held_out
    # the vocabulary may know every text but the held-out ones; their labels take no part in it
    return Material(
        train.texts + parts.stream.texts,
        train.texts,
        train.labels,
        held_out.texts,
        held_out.labels,
        (),
        train.classes,
        held_out.id,
        held_out.sha256,
    )


def _check_texts(request: PoolRequest, settings: Settings) -> None:
    if request.dataset == "imdb":
        _archive(settings)
    else:
        _split(request, settings)


def _rows(request: PoolRequest, settings: Settings) -> Material:
    data = table.load(request.csv or "")
    train, rows = data.split(request.split_seed, request.train_size, request.held_out_size)
    return Material(train.X, train.X, train.y, rows.X, rows.y, data.columns, data.classes, "csv", rows.sha256())


class _Source(NamedTuple):
    read: Callable[[PoolRequest, Settings], Material]
    #: before a request is accepted; a table is small enough to be learned from while the caller waits
    check: Callable[[PoolRequest, Settings], object]


_SOURCES = {TEXT: _Source(_texts, _check_texts), NUMBERS: _Source(_rows, prepare)}
