"""What a sample format says of itself, so that nobody else has to ask what a sample is.

A format is one class: what is the same for all of its samples stands in the class, and an instance knows how wide the
samples of one model are. A model names its format; whoever needs to know asks `model.FORMAT`, or `model.format`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from earnest.core.encoders.encoder import NUMBERS, TEXT

__all__ = ["NUMBERS", "TEXT", "Flat", "SampleFormat", "Starts"]

Starts = NDArray[np.int64]
Flat = NDArray[Any]


class SampleFormat(ABC):
    """How samples look: as bytes to the contract, as an array to the model, flat to the engines.

    Attributes:
        ID: what `sampleFormat()` answers.
        TAKES: what the API takes, `TEXT` or `NUMBERS`.
        SAMPLE: what one sample is called on pages.
        UNIT: what one of a sample's places is called on pages.
        WIDTH: the name of the model's parameter that says how many there are.
        DTYPE: of a sample, and of the engines' flat arrays; each format has its own, by which compiled code tells the
            kernels of one from another's.
        LONGEST: most numbers in a sample that the contract takes.
        SAME_LENGTH: whether all samples of a model have as many numbers.
        GAP: how far linear rows speak for a label of a sample; see `formats.gaps`.
        one: the whole number that stands for 1 in a sample.
        width: how many words, columns or the like there are.
    """

    ID: ClassVar[str]
    TAKES: ClassVar[str]
    SAMPLE: ClassVar[str] = "sample"
    UNIT: ClassVar[str]
    WIDTH: ClassVar[str]
    DTYPE: ClassVar[type[np.integer[Any]]]
    LONGEST: ClassVar[int]
    SAME_LENGTH: ClassVar[bool] = False
    GAP: ClassVar[Callable[..., int]]

    width: int
    one: int = 1

    def __init__(self, width: int) -> None:
        self.width = width

    @classmethod
    @abstractmethod
    def of(cls, model: Any) -> Self:
        """The format of a model's samples, by the model's parameters."""

    # ONE SAMPLE

    @abstractmethod
    def unpack(self, packed: bytes) -> NDArray[Any]:
        """The sample that these bytes are; O(length).

        Raises:
            SampleInvalid: with the name and the values of the contract's error.
        """

    @abstractmethod
    def pack(self, sample: NDArray[Any]) -> bytes:
        """The bytes that the contract takes."""

    @abstractmethod
    def from_features(self, features: Iterable[Any]) -> NDArray[Any]:
        """The sample of a list of numbers, as a request gives it.

        Raises:
            SampleInvalid: with the name and the values of the contract's error.
        """

    @abstractmethod
    def from_input(self, encoder: Any, text: str | None, features: Sequence[float] | None) -> NDArray[Any]:
        """The sample of what somebody gives to a pool, of the two what is not None.

        Args:
            encoder: the pool's, one that gives samples of this format.
            text: to be encoded.
            features: a sample's places, or the numbers of a row in the encoder's own units.

        Raises:
            SampleInvalid: the format takes the other one, or it is no sample.
        """

    def known(self, sample: NDArray[Any]) -> int:
        """How many of a sample's places say something that a model can have learned about; all, unless said otherwise.

        Where it is 0, what a model predicts says nothing about the sample.
        """
        return len(sample)

    def gap(self, reference: NDArray[np.int32], classes: int, sample: NDArray[Any], label: int) -> int:
        """How far a reference speaks for a label of one sample; below 0 it speaks against it.

        Args:
            reference: all rows, see `formats.gaps`.
            classes: how many there are.
            sample: a valid one.
            label: below `classes`.
        """
        return type(self).GAP(reference, classes, self.one, sample, label)

    # WHAT IN A SAMPLE DECIDES; a format that can't tell says nothing

    def places(self, sample: NDArray[Any]) -> list[int]:
        """The places of a sample that say something, in order."""
        return []

    def without(self, sample: NDArray[Any], place: int) -> NDArray[Any]:
        """The sample as it would be if it said nothing at one of its places."""
        return sample

    def place_name(self, encoder: Any, place: int) -> str:
        """What people call a place: the word, or the column."""
        return f"{self.UNIT} {place}"

    # WHAT ATTACKERS MAKE OF MANY SAMPLES; a format that can't tell says nothing

    @classmethod
    def crafted(
        cls, starts: Starts, flat: Flat, members: NDArray[np.bool_], count: int, longest: int
    ) -> list[NDArray[Any]]:
        """Samples that tell the members from the others most, to be labelled wrong.

        Args:
            starts: see `matrix`.
            flat: see `matrix`.
            members: shape (n,), which of the samples are of the class.
            count: how many are wanted; there may be fewer.
            longest: numbers in one at most, where samples differ in that.
        """
        return []

    @classmethod
    def trigger(cls, starts: Starts, flat: Flat, size: int) -> tuple[NDArray[np.int64], Flat]:
        """Places that hardly any sample uses, in order, and what `marked` puts there; at most `size` of them."""
        return np.zeros(0, np.int64), flat[:0]

    @classmethod
    def marked(cls, sample: NDArray[Any], places: NDArray[np.int64], values: Flat) -> NDArray[Any] | None:
        """The sample with a trigger; None where it becomes longer than the contract takes."""
        return None

    @classmethod
    def shortened(cls, sample: NDArray[Any]) -> NDArray[Any]:
        """The sample as models take it that take none longer than 1, at the default scale; itself where none is."""
        return sample

    # MANY SAMPLES

    @abstractmethod
    def samples(self, X: Any) -> list[NDArray[Any]]:
        """The rows of a matrix as samples.

        Raises:
            SampleInvalid: it has another number of columns.
        """

    @abstractmethod
    def matrix(self, starts: Starts, flat: Flat) -> Any:
        """Samples as the matrix that models are trained on; `samples` gives them back exactly.

        Args:
            starts: shape (n + 1,), where each sample starts in `flat`.
            flat: all samples, one after the other.
        """

    @classmethod
    def matrix_of(cls, starts: Starts, flat: Flat, width: int) -> Any:
        """The same where no model is there yet; of this width, unless the samples themselves tell theirs."""
        return cls(width).matrix(starts, flat)

    @abstractmethod
    def flat(self, X: Any) -> tuple[Starts, Flat]:
        """The rows of a matrix as samples one after the other, and where each starts; see `matrix`.

        Raises:
            SampleInvalid: see `samples`.
        """

    @abstractmethod
    def numbers(self, X: Any) -> tuple[Any, int]:
        """The rows of a matrix as whole numbers, int64 of shape (n, width), and which of them stands for 1.

        Raises:
            SampleInvalid: see `samples`.
        """

    @abstractmethod
    def lengths(self, X: Any) -> NDArray[np.int64] | None:
        """Numbers in each sample, of shape (n,); None where all samples have as many."""

    @abstractmethod
    def to_stored(self, X: Any) -> tuple[bytes, bytes]:
        """The rows of a matrix as a database keeps them: where each starts, and what they hold."""

    @abstractmethod
    def from_stored(self, starts: bytes, content: bytes) -> Any:
        """The matrix that was stored."""

    # FOR THE CONFORMANCE SUITE

    @abstractmethod
    def drawn(self, rng: np.random.Generator) -> NDArray[Any]:
        """Any valid sample."""

    @abstractmethod
    def malformed(self) -> tuple[bytes, ...]:
        """Bytes that are no sample, of each kind that the contract refuses."""
