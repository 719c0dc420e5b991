"""What a pool begins with: data set, encoder, initial model, held-out samples."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from earnest.config import Settings
from earnest.core.encoders.table import FORMAT, TableEncoder
from earnest.core.encoders.vocabulary import NORMALISER, VocabularyEncoder
from earnest.core.errors import DatasetError
from earnest.core.models.evaluation import count_correct
from earnest.core.models.model import Learner
from earnest.core.models.registry import DENSE_LEARNERS, VOCABULARY_LEARNERS
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
        return csv_file.load(request.csv, most_classes=VOCABULARY_LEARNERS[request.model].MOST_CLASSES)
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
    if request.model in DENSE_LEARNERS:
        _start_on_table(request)
    elif request.dataset == "imdb":
        _archive(settings)
    else:
        _split(request, settings)


def prepare(request: PoolRequest, settings: Settings) -> Start:
    """Encoder, initial model and held-out samples of a request.

    Raises:
        CoreError: see `check`.
    """
    return _start_on_table(request) if request.model in DENSE_LEARNERS else _start_on_texts(request, settings)


def _split(request: PoolRequest, settings: Settings) -> Split:
    return split(load_dataset(request, settings), request.split_seed, request.train_size, request.held_out_size)


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


def _start_on_table(request: PoolRequest) -> Start:
    data = table.load(request.csv or "")
    train, rows = data.split(request.split_seed, request.train_size, request.held_out_size)
    encoder = TableEncoder.fit(data.columns, train.X)
    initial = DENSE_LEARNERS[request.model].trained(encoder.encode_many(train.X), train.y)
    if initial.class_count != len(data.classes):
        raise DatasetError(
            f"The CSV has {len(data.classes)} labels; {request.model} tells {initial.class_count} classes apart."
        )
    X = encoder.encode_many(rows.X)
    held_out = HeldOut(
        indptr=b"",
        indices=b"".join(initial.sample_to_bytes(sample) for sample in initial.samples(X)),
        labels=rows.y.astype(np.uint8).tobytes(),
    )
    card = _card(request, "csv", len(rows.y), rows.sha256()) | {"classes": list(data.classes)}
    return Start(encoder, FORMAT, len(data.columns), initial, held_out, card, *count_correct(initial, X, rows.y))


def _card(request: PoolRequest, dataset: str, size: int, sha256: str) -> dict[str, Any]:
    return {
        "dataset": dataset,
        "split_seed": request.split_seed,
        "train_size": request.train_size,
        "size": size,
        "sha256": sha256,
    }
