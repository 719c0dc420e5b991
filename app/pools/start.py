"""What a pool begins with: data set, encoder, initial model, held-out samples."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from earnest.config import Settings
from earnest.core.encoders.encoder import TEXT, Encoder
from earnest.core.encoders.whitening import explained, nearest_means
from earnest.core.errors import DatasetError
from earnest.core.models.evaluation import count_correct
from earnest.core.models.model import Model
from earnest.core.models.registry import MODELS
from earnest.data.cache import ArrayCache
from earnest.data.dataset import Dataset, split
from earnest.data.own.reading import read_numbers, read_texts
from earnest.data.recipe import Part, Sources, Wanted
from earnest.data.registry import DATASETS
from earnest.data.report import Report, report_on
from earnest.db.tables import HeldOut
from earnest.pools.schemas import DataChecked, LabelJoined, PoolRequest


def load_data(request: PoolRequest, settings: Settings) -> Part:
    """The samples that a request names or brings along; of those with a test set of their own, the training part.

    Raises:
        DatasetError: they are missing or damaged.
    """
    if request.data_set is not None:
        return DATASETS[request.data_set].read(_wanted(settings)).train
    read = read_texts if request.encoder_kind.takes == TEXT else read_numbers
    return read(request.source, request.options, MODELS[request.model].MOST_CLASSES)


def _wanted(settings: Settings) -> Wanted:
    """What this service can give a data set."""
    return Wanted(
        Sources(settings.imdb_archive, settings.sweep_data), cache=ArrayCache(settings.data_dir / "cache" / "datasets")
    )


class Start(NamedTuple):
    """What a pool begins with.

    Attributes:
        encoder: makes its samples.
        initial: the model.
        held_out: the encoded held-out samples, without the pool's id.
        card: says where they came from.
        correct: of them at the start.
        total: of them.
        train: the encoded samples that it was trained on, a matrix.
        train_labels: theirs.
        report: what was read.
        white: what whitening came to, in sentences, a warning where it makes poison worse; nothing where the encoder
            does not whiten.
    """

    encoder: Encoder
    initial: Model
    held_out: HeldOut
    card: dict[str, Any]
    correct: int
    total: int
    train: Any
    train_labels: Any
    report: Report
    white: tuple[str, ...] = ()

    @property
    def told(self) -> list[str]:
        """What the initial samples decided of encoder and model, in sentences."""
        return [*self.white, *self.initial.explained]


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
        called: what the data are called at the start of a sentence.
        whole: all of them, as they were read.
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
    called: str
    whole: Part


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
    elif request.encoder_kind.takes == TEXT:
        _material(request, settings)
    else:
        prepare(request, settings)


def prepare(request: PoolRequest, settings: Settings) -> Start:
    """Encoder, initial model and held-out samples of a request.

    Raises:
        CoreError: see `check`.
    """
    model = MODELS[request.model]
    data = _material(request, settings)
    kind = request.encoder_kind
    encoder = kind.fit(data.known if kind.knows_all else data.train, request.num_words, data.columns)
    train = encoder.encode_many(data.train)
    initial, changes = model.trained(train, data.y).limited(train)
    if initial.class_count != len(data.classes):
        raise DatasetError(
            f"{data.called} has {len(data.classes)} labels; {request.model} tells {initial.class_count} classes apart."
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
        "classes": list(data.classes),
    }
    if changes:
        card["initial_weights"] = " ".join(changes)
    report = report_on(data.whole, encoder)
    card["data"] = report.remarks
    white = _whitened(encoder, data, train)
    if white:
        card["encoder"] = list(white)
    return Start(encoder, initial, held_out, card, *count_correct(initial, X, labels), train, data.y, report, white)


def _whitened(encoder: Encoder, data: Material, train: Any) -> tuple[str, ...]:
    if encoder.plain is None:
        return ()
    labels = np.asarray(data.y)
    return explained(nearest_means(train, labels), nearest_means(encoder.plain.encode_many(data.train), labels))


def _material(request: PoolRequest, settings: Settings) -> Material:
    data, sizes = load_data(request, settings), (request.split_seed, request.train_size, request.held_out_size)
    if isinstance(data, Dataset):
        parts = split(data, *sizes)
        train, held_out = parts.train, parts.held_out
        return Material(
            # the vocabulary may know every text but the held-out ones; their labels take no part in it
            train.texts + parts.stream.texts,
            train.texts,
            train.labels,
            held_out.texts,
            held_out.labels,
            (),
            train.classes,
            held_out.id,
            held_out.sha256,
            data.called,
            data,
        )
    first, rows = data.split(*sizes)
    return Material(
        first.X, first.X, first.y, rows.X, rows.y, data.columns, data.classes, data.id, rows.sha256(), data.called,
        data,
    )  # fmt: skip


def told(request: PoolRequest, start: Start, rules: dict[str, Any]) -> DataChecked:
    """What was read of a request's data, how well a model does that learned from them, and what the rules come to."""
    report = start.report
    return DataChecked(
        format=report.format,
        columns=list(report.columns),
        rows=report.rows,
        classes=report.classes,
        repeated=report.repeated,
        contrary=report.contrary,
        joined=[LabelJoined(**one._asdict()) for one in report.joined],
        encoder=report.encoder,
        known_share=report.known_share,
        empty=report.coverage.empty if report.coverage else 0,
        remarks=report.remarks,
        model_start=start.told,
        train_size=request.train_size,
        held_out_size=start.total,
        accuracy=start.correct / start.total,
        rules=rules,
    )
