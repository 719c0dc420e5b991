"""What learners on vectors share: samples in the format `dense-int16/1`.

A vector's numbers come as floats; a sample is every number times the pool's `scale`, rounded to the nearest whole
number (ties to even) and saturated at int16. The scale is one of the pool's parameters and never changes. Bring the
numbers to a common size first (vectors of length 1, or columns of mean 0 and deviation 1): at the default scale,
numbers below 8 keep three decimals.
"""

from abc import ABC
from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earnest.core.errors import RuleViolation, SampleInvalid
from earnest.core.models.model import Learner

#: Most numbers of a sample that the contract takes.
MAX_DIMENSIONS = 4096
#: Largest scale: the integer for 1 is a feature itself, where there is a bias.
MAX_SCALE = 2**15 - 1
DEFAULT_SCALE = 4096

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


class DenseLearner(Learner, ABC):
    """A learner whose samples are exactly `dimensions` numbers, int16 in units of 1 / `scale`."""

    SAMPLE_FORMAT: ClassVar[str] = "dense-int16/1"
    dimensions: int
    scale: int

    def sample_from_bytes(self, packed: bytes) -> Features:
        """The sample that these bytes are."""
        self._require_length(len(packed), 2 * self.dimensions, "bytes")
        return np.frombuffer(packed, dtype=">i2").astype(np.int16)

    def sample_to_bytes(self, sample: NDArray[Any]) -> bytes:
        """Two bytes for each number, big-endian, two's complement."""
        return np.asarray(sample).astype(">i2").tobytes()

    def numbers_from_bytes(self, packed: bytes) -> NDArray[np.float64]:
        """Samples one after the other as numbers of shape (n, dimensions), which `samples` scales back exactly."""
        return np.frombuffer(packed, dtype=">i2").reshape(-1, self.dimensions) / self.scale

    def sample_from_features(self, features: Iterable[float]) -> Features:
        """The sample of these numbers, before scaling."""
        numbers = list(features)
        self._require_length(len(numbers), self.dimensions, "numbers")
        sample = quantise(numbers, self.scale)
        if sample.ndim != 1:
            raise SampleInvalid("A sample is a list of numbers.", "SampleLengthInvalid")
        return sample

    def samples(self, X: Any) -> list[NDArray[Any]]:
        """The rows of a matrix of numbers, of shape (n, dimensions), as samples."""
        return list(self._quantised(X))

    def _quantised(self, X: Any) -> Features:
        rows = quantise(X, self.scale)
        if rows.ndim != 2 or rows.shape[1] != self.dimensions:
            raise SampleInvalid(
                f"The samples have shape {rows.shape}; the model takes {self.dimensions} columns.",
                "SampleLengthInvalid",
            )
        return rows

    def _require_length(self, length: int, expected: int, unit: str) -> None:
        if length == 0:
            raise SampleInvalid(f"The sample is empty: it needs {expected} {unit}.", "SampleEmpty")
        if length != expected:
            raise SampleInvalid(
                f"The sample has {length} {unit}; it must have {expected}.", "SampleLengthInvalid", length=length
            )


def require_range(name: str, value: int, low: int, high: int) -> None:
    """Refuse a parameter that does not fit.

    Raises:
        RuleViolation: it is out of range.
    """
    if not low <= value <= high:
        raise RuleViolation(f"{name} is {value}; it must be from {low} to {high}.")
