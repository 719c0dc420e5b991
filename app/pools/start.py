"""What a pool begins with: data set, encoder, initial model, held-out samples."""

from typing import Any, NamedTuple

import numpy as np

from earnest.config import Settings
from earnest.core.encoders.table import FORMAT, TableEncoder
from earnest.core.encoders.vocabulary import NORMALISER, VocabularyEncoder
from earnest.core.errors import DatasetError
from earnest.core.models.evaluation import count_correct
from earnest.core.models.model import Learner
from earnest.core.models.registry import DENSE_LEARNERS, VOCABULARY_LEARNERS
from earnest.data import csv_file, table
from earnest.data.cache import ArrayCache
from earnest.data.dataset import Dataset, Split, split
from earnest.data.recipe import Part, Sources, Wanted
from earnest.data.registry import DATASETS
from earnest.data.table import NumberTable
from earnest.db.tables import HeldOut
from earnest.pools.schemas import PoolRequest


def load_data(request: PoolRequest, settings: Settings) -> Part:
    """The samples that a request names or brings along; of those with a test set of their own, the training part.

    Raises:
        DatasetError: they are missing or damaged.
    """
    if request.data_set is not None:
        return DATASETS[request.data_set].read(_wanted(settings)).train
    if request.model in DENSE_LEARNERS:
        return table.load(request.csv or "")
    return csv_file.load(request.csv or "", most_classes=VOCABULARY_LEARNERS[request.model].MOST_CLASSES)


def _wanted(settings: Settings) -> Wanted:
    """What this service can give a data set."""
    return Wanted(
        Sources(settings.imdb_archive, settings.sweep_data), cache=ArrayCache(settings.data_dir / "cache" / "datasets")
    )


class Start(NamedTuple):
    """What a pool begins with.

    Attributes:
        encoder: makes its samples.
        normaliser: what the encoder's rows say it does to its input.
        num_words: words, or columns.
        initial: the model.
        held_out: the encoded held-out samples, without the pool's id.
        card: says where they came from.
        correct: of them at the start.
        total: of them.
    """

    encoder: VocabularyEncoder | TableEncoder
    normaliser: str
    num_words: int
    initial: Learner
    held_out: HeldOut
    card: dict[str, Any]
    correct: int
    total: int


def check(request: PoolRequest, settings: Settings) -> None:
    """Refuse a request that can never become a pool; seconds at most.

    A table is read, cut and learned from, and texts are read and cut as they will be. Of the IMDB archive only the file
    is looked for: reading it, or fetching it, takes longer than a caller waits.

    Raises:
        CoreError: the data set is missing, damaged, too small for the request or unfit for its model.
    """
    require = None if request.data_set is None else DATASETS[request.data_set].require
    if require is not None:
        require(_wanted(settings))
    elif request.model in DENSE_LEARNERS:
        _start_on_table(request, settings)
    else:
        _split(request, settings)


def prepare(request: PoolRequest, settings: Settings) -> Start:
    """Encoder, initial model and held-out samples of a request.

    Raises:
        CoreError: see `check`.
    """
    return _start_on_table(request, settings) if request.model in DENSE_LEARNERS else _start_on_texts(request, settings)


def _split(request: PoolRequest, settings: Settings) -> Split:
    texts = load_data(request, settings)
    if not isinstance(texts, Dataset):
        raise DatasetError(f"The data set {request.dataset} gives numbers: choose a model that learns from them.")
    return split(texts, request.split_seed, request.train_size, request.held_out_size)


def _start_on_texts(request: PoolRequest, settings: Settings) -> Start:
    parts = _split(request, settings)
    # the vocabulary may know every text but the held-out ones; their labels take no part in it
    encoder = VocabularyEncoder.fit(parts.train.texts + parts.stream.texts, request.num_words)
    initial = VOCABULARY_LEARNERS[request.model].trained(encoder.encode_many(parts.train.texts), parts.train.labels)
    X = encoder.encode_many(parts.held_out.texts)
    held_out = HeldOut(
        indptr=X.indptr.astype("<i8").tobytes(),
        indices=X.indices.astype("<u2").tobytes(),
        labels=np.asarray(parts.held_out.labels, dtype=np.uint8).tobytes(),
    )
    card = _card(request, parts.held_out.id, len(parts.held_out.texts), parts.held_out.sha256)
    if request.csv is not None:
        card["classes"] = list(parts.train.classes)
    return Start(
        encoder,
        NORMALISER,
        encoder.num_words,
        initial,
        held_out,
        card,
        *count_correct(initial, X, parts.held_out.labels),
    )


def _start_on_table(request: PoolRequest, settings: Settings) -> Start:
    data = load_data(request, settings)
    if not isinstance(data, NumberTable):
        raise DatasetError(f"The data set {request.dataset} gives texts: choose a model that learns from them.")
    train, rows = data.split(request.split_seed, request.train_size, request.held_out_size)
    encoder = TableEncoder.fit(data.columns, train.X)
    initial = DENSE_LEARNERS[request.model].trained(encoder.encode_many(train.X), train.y)
    if initial.class_count != len(data.classes):
        raise DatasetError(
            f"{data.called} has {len(data.classes)} labels; {request.model} tells {initial.class_count} classes apart."
        )
    X = encoder.encode_many(rows.X)
    held_out = HeldOut(
        indptr=b"",
        indices=b"".join(initial.sample_to_bytes(sample) for sample in initial.samples(X)),
        labels=rows.y.astype(np.uint8).tobytes(),
    )
    card = _card(request, data.id, len(rows.y), rows.sha256()) | {"classes": list(data.classes)}
    return Start(encoder, FORMAT, len(data.columns), initial, held_out, card, *count_correct(initial, X, rows.y))


def _card(request: PoolRequest, dataset: str, size: int, sha256: str) -> dict[str, Any]:
    return {
        "dataset": dataset,
        "split_seed": request.split_seed,
        "train_size": request.train_size,
        "size": size,
        "sha256": sha256,
    }
