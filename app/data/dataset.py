"""A labelled data set in memory, and how it is split."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from earnest.core.encoders.normal import as_one
from earnest.core.errors import DatasetError
from earnest.data.facts import Facts
from earnest.data.parts import require_classes

#: Two classes without names of their own.
DIGITS = ("0", "1")


@dataclass(frozen=True)
class Dataset:
    """Texts with their classes.

    Attributes:
        id: what it is called, such as "movie-reviews".
        texts: n texts.
        labels: uint8 array of shape (n,).
        classes: their names, class 0 first.
        facts: of the file, where somebody gave one.
    """

    id: str
    texts: tuple[str, ...]
    labels: NDArray[np.uint8]
    classes: tuple[str, ...] = DIGITS
    facts: Facts | None = None

    @classmethod
    def make(
        cls,
        identifier: str,
        texts: Sequence[str],
        labels: Sequence[int],
        classes: tuple[str, ...] = DIGITS,
        facts: Facts | None = None,
    ) -> Self:
        """Check and freeze.

        Raises:
            DatasetError: no texts, another number of labels, a text that is not Unicode, or a class without
                texts.
        """
        if len(texts) != len(labels):
            raise DatasetError(f"Data set {identifier} has {len(texts)} texts and {len(labels)} labels.")
        if not texts:
            raise DatasetError(f"Data set {identifier} is empty.")
        if set(labels) != set(range(len(classes))):
            needed = "two classes 0 and 1" if len(classes) == 2 else f"classes 0 to {len(classes) - 1}"
            raise DatasetError(f"Data set {identifier} needs the {needed}; it has {sorted(set(labels))}.")
        try:
            "".join(texts).encode()
        except UnicodeEncodeError:
            raise DatasetError(f"Data set {identifier} has a text with half a character (a lone surrogate).") from None
        return cls(identifier, tuple(texts), np.asarray(labels, dtype=np.uint8), classes, facts)

    @property
    def called(self) -> str:
        """What it is called at the start of a sentence."""
        return f"The data set {self.id}" if self.facts is None else self.facts.called

    @cached_property
    def sha256(self) -> str:
        """Hex digest of all texts and labels in order."""
        state = hashlib.sha256()
        for text, label in zip(self.texts, self.labels.tolist(), strict=True):
            encoded = text.encode()
            state.update(len(encoded).to_bytes(8, "big") + encoded + bytes([label]))
        return state.hexdigest()

    def take(self, rows: NDArray[np.int64]) -> "Dataset":
        """The data set of these rows, in this order."""
        return replace(self, texts=tuple(self.texts[row] for row in rows.tolist()), labels=self.labels[rows])


@dataclass(frozen=True)
class Split:
    """Three disjoint parts: what trains the initial model, what measures it, what is left to contribute."""

    train: Dataset
    held_out: Dataset
    stream: Dataset


def split(dataset: Dataset, seed: int, train_size: int, held_out_size: int) -> Split:
    """Drop texts that occur again (whatever their case, spacing, normal form and label), shuffle, and cut.

    Args:
        dataset: what to split.
        seed: of the shuffle.
        train_size: samples in `train`.
        held_out_size: samples in `held_out`.

    Raises:
        DatasetError: too few different texts, or too few of a class in one of the parts.
    """
    if min(train_size, held_out_size) < 0:
        raise DatasetError(
            f"A split of {train_size} and {held_out_size} samples is impossible; neither may be below 0."
        )
    rows = distinct_rows(dataset, seed)
    if len(rows) < train_size + held_out_size:
        raise DatasetError(
            f"{dataset.called} has {len(rows)} different texts among {len(dataset.texts)}; {train_size} to train "
            f"and {held_out_size} to hold out need {train_size + held_out_size}: set train_size "
            "and held_out_size, or add rows."
        )
    parts = np.split(rows, [train_size, train_size + held_out_size])
    train, held_out, stream = (dataset.take(part) for part in parts)
    everywhere = dataset.labels[rows]
    require_classes(dataset.called, dataset.classes, train.labels, everywhere, "to learn from", "train_size")
    require_classes(dataset.called, dataset.classes, held_out.labels, everywhere, "held out", "held_out_size")
    return Split(train, held_out, stream)


def distinct_rows(dataset: Dataset, seed: int | None) -> NDArray[np.int64]:
    """Rows without those whose text occurs before (whatever its case, spacing, normal form and label).

    Args:
        dataset: whose.
        seed: of the order that they are shuffled into; None for their own.
    """
    seen: set[str] = set()
    rows = []
    for row, text in enumerate(dataset.texts):
        key = as_one(text)
        if key not in seen:
            seen.add(key)
            rows.append(row)
    found = np.array(rows, dtype=np.int64)
    return found if seed is None else np.random.Generator(np.random.PCG64(seed)).permutation(found)
