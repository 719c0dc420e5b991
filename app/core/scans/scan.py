"""What a scan is given, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from earnest.core.models.model import Model


class Suspects(NamedTuple):
    """What is looked at, and what it is held against.

    Attributes:
        X: contributions, as the model takes many samples.
        y: their labels.
        who: number of each one's contributor.
        trusted: samples whose labels are known to be right.
        trusted_y: these.
        initial: the model that the pool began with.
        rate: share of contributions that is thought to be poisoned, where a scan needs to be told.
    """

    X: Any
    y: NDArray[np.int64]
    who: NDArray[np.int64]
    trusted: Any
    trusted_y: NDArray[np.int64]
    initial: Model
    rate: float


class Found(NamedTuple):
    """What a scan found.

    Attributes:
        flagged: bool (n,), which contributions.
        false_alarms: share of honest ones that it flags, as far as trusted samples tell; None where they cannot.
        signs: what gave them away, such as words by their indices; for people to look at.
    """

    flagged: NDArray[np.bool_]
    false_alarms: float | None
    signs: tuple[int, ...] = ()


@dataclass(frozen=True)
class Scan:
    """A way of looking.

    Attributes:
        name: lower-case words joined by hyphens.
        words: what it looks for, in a sentence.
        source: where it is described.
        run: looks.
        signs: what its signs are, in the plural; empty where it gives none.
        takes_rate: whether it needs to be told how much is poisoned.
    """

    name: str
    words: str
    source: str
    run: Callable[[Suspects], Found]
    signs: str = ""
    takes_rate: bool = False


def in_halves(given: Suspects) -> tuple[Any, NDArray[np.int64], Any, NDArray[np.int64]]:
    """Trusted samples in two halves: what to hold against, and what plays honest contributions."""
    middle = len(given.trusted_y) // 2
    X, y = given.trusted, given.trusted_y
    return X[:middle], y[:middle], X[middle:], y[middle:]


def present(X: Any) -> Any:
    """Where samples have something, as a sparse matrix of 0 and 1."""
    rows = as_matrix(X)
    rows.eliminate_zeros()
    rows.data = np.ones_like(rows.data)
    return rows


def as_matrix(X: Any) -> csr_array:
    """Samples as a sparse matrix of float64."""
    # a copy: what a database gave must not be written to
    return csr_array(X, dtype=np.float64, copy=True)
