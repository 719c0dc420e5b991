"""How the samples of a data set are shared out: some to learn from, some to measure by, the rest to contribute."""

from typing import NamedTuple

import numpy as np

from earnest.core.models.registry import DEFAULT, DEFAULT_ON_VECTORS, MODELS, deployable
from earnest.data.cache import ArrayCache
from earnest.data.dataset import Dataset, distinct_rows
from earnest.data.recipe import Sources, Wanted
from earnest.data.registry import DATASETS
from earnest.simulations.advise.question import Question
from earnest.simulations.errors import AdviceError

#: Samples to learn from and to measure by where nothing is said, and the parts of small data that they take.
USUAL, LEARN_PART, MEASURE_PART = 2_000, 0.4, 0.25
#: Fewest samples that are contributed.
FEWEST = 20


class Sizes(NamedTuple):
    """Samples of each use.

    Attributes:
        train: that the initial model learns from.
        held_out: that measure the accuracy.
        contributed: that are left to contribute, at most as many as are expected.
        classes: of the data; None where only their preparation tells.
    """

    train: int
    held_out: int
    contributed: int
    classes: int | None


def sizes_of(question: Question, sources: Sources, cache: ArrayCache) -> Sizes:
    """Share out a question's samples; texts and tables are read to be counted.

    Raises:
        DatasetError: the data are missing or damaged.
        AdviceError: there are too few of them for what the question names.
    """
    dataset = DATASETS[question.dataset]
    if dataset.features is not None or dataset.load is None:
        # made or cut as they are needed; what is too much is told when they are prepared
        return Sizes(
            question["train_size"] or USUAL, question["held_out_size"] or USUAL, question["contributions"],
            dataset.classes,
        )  # fmt: skip
    loaded = dataset.read(Wanted(sources, dict(question.options), cache))
    whole = loaded.train
    if isinstance(whole, Dataset):
        count, labels = len(distinct_rows(whole, question["split_seed"])), np.asarray(whole.labels, dtype=np.int64)
    else:
        count, labels = len(whole.distinct), whole.rows.y
    classes = 1 + int(labels.max(initial=0))
    if loaded.test is None:
        return _shared(question, count, count, classes)
    measured = len(loaded.test.labels if isinstance(loaded.test, Dataset) else loaded.test.rows.y)
    held_out = question["held_out_size"] or min(USUAL, measured)
    return _shared(question, count, 0, classes)._replace(held_out=held_out)


def _shared(question: Question, count: int, measured_from: int, classes: int) -> Sizes:
    train = question["train_size"] or min(USUAL, int(count * LEARN_PART))
    held_out = question["held_out_size"] or min(USUAL, int(measured_from * MEASURE_PART))
    taken = train + (held_out if measured_from else 0)
    left = count - taken
    if left < FEWEST:
        raise AdviceError(
            f"The data set {question.dataset} has {count:,} different samples; {train:,} to learn from"
            + (f" and {held_out:,} to measure by" if measured_from else "")
            + f" leave {max(0, left):,} to contribute, and {FEWEST} are needed: give more samples, or lower train_size "
            "or held_out_size."
        )
    return Sizes(train, held_out, min(left, question["contributions"]), classes)


def models_of(question: Question, classes: int | None) -> tuple[str, ...]:
    """The models to try: those that are named, or the first for a pool that takes the data.

    Raises:
        AdviceError: none takes them.
    """
    if question.models:
        return question.models
    gives = DATASETS[question.dataset].gives
    usual = [name for name in (DEFAULT, DEFAULT_ON_VECTORS) if name in MODELS]
    fitting = [
        name
        for name in dict.fromkeys((*usual, *deployable()))
        if gives == MODELS[name].FORMAT.TAKES and (classes or 2) <= MODELS[name].MOST_CLASSES
    ]
    if not fitting:
        raise AdviceError(f"No model that pools can have takes {classes} classes of {gives}: join some of them.")
    return (fitting[0],)
