"""Samples that are vectors: a fixed number of int16, packed big-endian.

A vector's numbers come as floats; a sample is every number times the pool's `scale`, rounded to the nearest whole
number (ties to even) and saturated at int16. The scale is one of the pool's parameters and never changes. Bring the
numbers to a common size first (vectors of length 1, or columns of mean 0 and deviation 1): at the default scale,
numbers below 8 keep three decimals.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earnest.core.encoders.table import MAX_DIMENSIONS, SAMPLES
from earnest.core.errors import SampleInvalid
from earnest.core.models.formats.gaps import gap_on_vectors
from earnest.core.models.formats.sample_format import NUMBERS, TEXT, Flat, SampleFormat, Starts

__all__ = [
    "DEFAULT_SCALE",
    "MAX_DIMENSIONS",
    "MAX_LENGTH",
    "MAX_SCALE",
    "Features",
    "Vectors",
    "quantise",
    "require_short",
    "usual_longest",
]

#: Largest scale: the integer for 1 is a feature itself, where there is a bias.
MAX_SCALE = 2**15 - 1
DEFAULT_SCALE = 4096
#: Longest limit to a vector's length; none is longer than half of it.
MAX_LENGTH = 2**24 - 1

Features = NDArray[np.int16]


def quantise(X: ArrayLike, scale: int) -> Features:
    """Every number times the scale, rounded to even, saturated at int16.

    Args:
        X: numbers of any shape.
        scale: the integer for 1.

    Returns:
        int16 array of the same shape.

    Raises:
        SampleInvalid: something is not a number.
    """
    try:
        numbers = np.asarray(X, dtype=np.float64)
    except (TypeError, ValueError):
        raise SampleInvalid("A sample is a list of numbers.", "SampleLengthInvalid") from None
    if not np.isfinite(numbers).all():
        raise SampleInvalid("A sample's numbers must be finite.", "SampleLengthInvalid")
    return np.clip(np.rint(numbers * scale), -(2**15), 2**15 - 1).astype(np.int16)


def require_short(sample: Features, max_length: int) -> None:
    """Refuse a contribution that is a vector longer than this; 0 refuses none.

    Raises:
        SampleInvalid: it is longer.
    """
    if max_length == 0:
        return
    square = int((sample.astype(np.int64) ** 2).sum())
    if square > max_length**2:
        raise SampleInvalid(
            f"The row is {math.isqrt(square)} long, with its numbers scaled; contributions to this pool are at most "
            f"{max_length}.",
            "SampleSquareTooLarge",
            square=square,
            maximum=max_length**2,
        )


def usual_longest(rows: Features) -> int:
    """How long a contribution to a new pool may be: twice the longest of these samples, of shape (n, dimensions)."""
    squares = (rows.astype(np.int64) ** 2).sum(axis=1)
    return min(MAX_LENGTH, 2 * (math.isqrt(int(squares.max(initial=0))) + 1))


class Vectors(SampleFormat):
    """The numbers of a row, int16 in units of 1 / `scale`.

    Args:
        width: how many; a sample has exactly so many.
        scale: the integer for 1.
    """

    ID: ClassVar[str] = SAMPLES
    TAKES: ClassVar[str] = NUMBERS
    SAMPLE: ClassVar[str] = "row"
    UNIT: ClassVar[str] = "column"
    WIDTH: ClassVar[str] = "dimensions"
    DTYPE: ClassVar[type[np.int16]] = np.int16
    LONGEST: ClassVar[int] = MAX_DIMENSIONS
    SAME_LENGTH: ClassVar[bool] = True
    GAP: ClassVar[Callable[..., int]] = gap_on_vectors

    def __init__(self, width: int, scale: int = DEFAULT_SCALE) -> None:
        super().__init__(width)
        self.scale = self.one = scale

    @classmethod
    def of(cls, model: Any) -> Self:
        """By `dimensions` and `scale`."""
        return cls(model.dimensions, model.scale)

    def unpack(self, packed: bytes) -> Features:
        """The vector in these bytes."""
        self._require_length(len(packed), 2 * self.width, "bytes")
        return np.frombuffer(packed, dtype=">i2").astype(np.int16)

    def pack(self, sample: NDArray[Any]) -> bytes:
        """Two bytes for each number, big-endian, two's complement."""
        return np.asarray(sample).astype(">i2").tobytes()

    def from_features(self, features: Iterable[float]) -> Features:
        """The sample of these numbers, before scaling."""
        numbers = list(features)
        self._require_length(len(numbers), self.width, "numbers")
        sample = quantise(numbers, self.scale)
        if sample.ndim != 1:
            raise SampleInvalid("A sample is a list of numbers.", "SampleLengthInvalid")
        return sample

    def from_input(self, encoder: Any, text: str | None, features: Sequence[float] | None) -> Features:
        """The sample of a row, in the table's own units; of a text or its vector, where the encoder takes texts."""
        if encoder.takes == TEXT:
            return self.from_features(encoder.encode(text) if features is None else features)
        if features is None:
            raise SampleInvalid(
                f"This pool takes numbers, not a text: give {len(encoder.columns)} of them as features "
                f"({', '.join(encoder.columns[:8])}{', ...' if len(encoder.columns) > 8 else ''}).",
                "SampleLengthInvalid",
            )
        return self.from_features(encoder.encode(features))

    def places(self, sample: NDArray[Any]) -> list[int]:
        """The columns that are not at their mean."""
        return [int(place) for place in np.flatnonzero(sample)]

    def without(self, sample: NDArray[Any], place: int) -> Features:
        """The same row with the column at its mean."""
        changed = np.array(sample, dtype=np.int16)
        changed[place] = 0
        return changed

    def place_name(self, encoder: Any, place: int) -> str:
        """The column's name; of a text's vector, the number of the direction."""
        return str(encoder.columns[place]) if encoder.takes == NUMBERS else f"direction {place + 1}"

    @classmethod
    def crafted(
        cls, starts: Starts, flat: Flat, members: NDArray[np.bool_], count: int, longest: int
    ) -> list[NDArray[Any]]:
        """Means of parts of the members: never longer than the longest of them."""
        rows = flat.reshape(len(members), -1)[members]
        return [np.rint(part.mean(axis=0)).astype(cls.DTYPE) for part in np.array_split(rows, count) if len(part)]

    @classmethod
    def trigger(cls, starts: Starts, flat: Flat, size: int) -> tuple[NDArray[np.int64], Flat]:
        """The columns that vary least, at their largest value."""
        rows = flat.reshape(len(starts) - 1, -1)
        quiet = np.sort(np.argsort(rows.std(axis=0), kind="stable")[:size]).astype(np.int64)
        return quiet, rows.max(axis=0)[quiet].astype(cls.DTYPE)

    @classmethod
    def marked(cls, sample: NDArray[Any], places: NDArray[np.int64], values: Flat) -> Features:
        """The row with these columns at these values."""
        changed = np.array(sample, dtype=cls.DTYPE)
        changed[places] = values
        return changed

    @classmethod
    def shortened(cls, sample: NDArray[Any]) -> Features:
        """Divided by its length where it is longer than 1, rounded towards 0."""
        length = math.sqrt(int((sample.astype(np.int64) ** 2).sum()))
        return np.trunc(sample * min(1.0, DEFAULT_SCALE / max(length, 1.0))).astype(cls.DTYPE)

    def quantised(self, X: Any) -> Features:
        """A matrix of numbers, of shape (n, dimensions), as samples.

        Raises:
            SampleInvalid: it has another width, or something is not a number.
        """
        rows = quantise(X, self.scale)
        if rows.ndim != 2 or rows.shape[1] != self.width:
            raise SampleInvalid(
                f"The samples have shape {rows.shape}; the model takes {self.width} columns.", "SampleLengthInvalid"
            )
        return rows

    def samples(self, X: Any) -> list[NDArray[Any]]:
        """The rows of a matrix of numbers, of shape (n, dimensions), as samples."""
        return list(self.quantised(X))

    def matrix(self, starts: Starts, flat: Flat) -> NDArray[np.float64]:
        """Numbers of shape (n, dimensions), as they were before scaling."""
        return flat.reshape(-1, self.width) / self.scale

    @classmethod
    def matrix_of(cls, starts: Starts, flat: Flat, width: int) -> NDArray[np.float64]:
        """Numbers at the default scale; as wide as the samples are."""
        return cls(len(flat) // max(1, len(starts) - 1)).matrix(starts, flat)

    def flat(self, X: Any) -> tuple[Starts, Flat]:
        """The rows of a matrix of numbers as vectors one after the other, and where each starts."""
        rows = self.quantised(X)
        return np.arange(len(rows) + 1, dtype=np.int64) * self.width, rows.reshape(-1)

    def numbers(self, X: Any) -> tuple[NDArray[np.int64], int]:
        """The vectors, and the scale."""
        return self.quantised(X).astype(np.int64), self.scale

    def lengths(self, X: Any) -> None:
        """All have the same."""

    def to_stored(self, X: Any) -> tuple[bytes, bytes]:
        """The samples as the contract takes them, one after the other; all have the same length."""
        return b"", self.pack(self.quantised(X))

    def from_stored(self, starts: bytes, content: bytes) -> NDArray[np.float64]:
        """Numbers of shape (n, dimensions)."""
        return self.matrix(np.zeros(0, np.int64), np.frombuffer(content, dtype=">i2"))

    def drawn(self, rng: np.random.Generator) -> Features:
        """A vector that is as long as 1, more or less."""
        return quantise(rng.normal(size=self.width) / np.sqrt(self.width), self.scale)

    def malformed(self) -> tuple[bytes, ...]:
        """Empty, too short or too long by a byte or a number."""
        return (b"", *(bytes(2 * self.width + change) for change in (-2, -1, 1, 2) if self.width > 1 or change > -2))

    def _require_length(self, length: int, expected: int, unit: str) -> None:
        if length == 0:
            raise SampleInvalid(f"The sample is empty: it needs {expected} {unit}.", "SampleEmpty")
        if length != expected:
            raise SampleInvalid(
                f"The sample has {length} {unit}; it must have {expected}.", "SampleLengthInvalid", length=length
            )
