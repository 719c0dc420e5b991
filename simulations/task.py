"""What a run's agents work on: samples to contribute, samples to test on, and the model at hand-over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from earnest.core.models.formats.words import MAX_FEATURES
from earnest.simulations.engine.types import Numbers
from earnest.simulations.errors import TaskError


class Samples(NamedTuple):
    """Labelled samples on flat arrays.

    Attributes:
        starts: int64 (n + 1,), where each sample's features start in `features`.
        features: uint16, word indices, ascending within a sample; or int16, vectors of `models.SCALE`.
        labels: uint8 (n,).
    """

    starts: NDArray[np.int64]
    features: Numbers
    labels: NDArray[np.uint8]

    @classmethod
    def of(cls, X: Any, y: ArrayLike, classes: int = 2) -> "Samples":
        """From a presence matrix and labels.

        Args:
            X: sparse matrix of shape (n, num_words), non-zero where a word is present.
            y: labels of shape (n,), from 0 on.
            classes: how many there are.

        Raises:
            TaskError: a sample is longer than the contract takes or has no feature, or a label is of no class.
        """
        rows = csr_array(X)
        rows.sort_indices()
        check_samples(rows.indptr, y, classes)
        return cls(
            rows.indptr.astype(np.int64), rows.indices.astype(np.uint16), np.ascontiguousarray(y, dtype=np.uint8)
        )

    def __repr__(self) -> str:
        return f"Samples(n={len(self.labels)}, features={len(self.features)})"


def check_samples(starts: NDArray[Any], labels: ArrayLike, classes: int = 2) -> None:
    """Refuse samples that the contract would refuse, and labels of no class.

    Args:
        starts: shape (n + 1,), where each sample's features start.
        labels: shape (n,), from 0 on.
        classes: how many there are.

    Raises:
        TaskError: see above.
    """
    lengths, found = np.diff(starts), np.asarray(labels)
    if len(lengths) and int(lengths.max()) > MAX_FEATURES:
        raise TaskError(
            f"A sample has {int(lengths.max())} features and the contract takes {MAX_FEATURES}: lower num_words."
        )
    if len(lengths) and int(lengths.min()) == 0:
        raise TaskError("A sample has no feature and the contract would refuse it: leave it out of the data.")
    if len(found) != len(lengths) or not np.isin(found, np.arange(classes)).all():
        raise TaskError(f"Every sample needs one label, 0 {'or' if classes == 2 else 'to'} {classes - 1}.")


class Begun(NamedTuple):
    """What is known of the samples that a pool began with, beside the model that they made.

    Attributes:
        gaps: int64, how far the reference speaks for the label of each.
        lengths: int64, numbers in each; None where all have as many.
        change: how far learning can move a weight of the model.
    """

    gaps: NDArray[np.int64]
    lengths: NDArray[np.int64] | None
    change: int


@dataclass(frozen=True, eq=False)
class Task:
    """The data of a run; two are the same only where they are one.

    Attributes:
        stream: what the agents contribute, in this order.
        test: what the accuracy is measured on.
        initial_weights: int32, the model at hand-over, in the order of its model's `weights_`.
        dataset_sha256: hex checksum of the data's source, for the record.
        order: int32, which sample of `stream` comes when, if not each once in order.
        classes: how many the samples are of.
        derived: the model's parameters that the initial samples decided, by name.
        reference: int32, what a sealed pool holds samples against; None where it has not been made.
        begun: what a sealed pool's parameters follow from; None where it has not been kept.
    """

    stream: Samples
    test: Samples
    initial_weights: NDArray[np.int32]
    dataset_sha256: str = ""
    order: NDArray[np.int32] | None = None
    classes: int = 2
    derived: Mapping[str, int] = field(default_factory=dict)
    reference: NDArray[np.int32] | None = None
    begun: Begun | None = None
