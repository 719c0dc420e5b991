"""What a sample format says of itself, so that nobody else has to ask what a sample is.

A format is one class: what is the same for all of its samples stands in the class, and an instance knows how wide the
samples of one model are. A model names its format; whoever needs to know asks `model.FORMAT`, or `model.format`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from earnest.core.encoders.encoder import Encoder

#: What the API takes for a format: a text that the encoder turns into a sample, or a row of numbers.
TEXT, NUMBERS = "text", "numbers"

Starts = NDArray[np.int64]
Flat = NDArray[Any]


class SampleFormat(ABC):
    """How samples look: as bytes to the contract, as an array to the model, flat to the engines.

    Attributes:
        ID: what `sampleFormat()` answers.
        ENCODER: the encoder that goes with it.
        TAKES: what the API takes, `TEXT` or `NUMBERS`.
        SAMPLE: what one sample is called on pages.
        UNIT: what one of a sample's places is called on pages.
        WIDTH: the name of the model's parameter that says how many there are.
        DTYPE: of a sample, and of the engines' flat arrays; each format has its own, by which compiled code tells the
            kernels of one from another's.
        LONGEST: most numbers in a sample that the contract takes.
        ALLOCATES: whether kernels of its models may make arrays; those that may not run without reference counts.
        width: how many words, columns or the like there are.
    """

    ID: ClassVar[str]
    ENCODER: ClassVar[type[Encoder]]
    TAKES: ClassVar[str]
    SAMPLE: ClassVar[str] = "sample"
    UNIT: ClassVar[str]
    WIDTH: ClassVar[str]
    DTYPE: ClassVar[type[np.integer[Any]]]
    LONGEST: ClassVar[int]
    ALLOCATES: ClassVar[bool] = True

    width: int

    def __init__(self, width: int) -> None:
        self.width = width

    @classmethod
    @abstractmethod
    def of(cls, model: Any) -> Self:
        """The format of a model's samples, by the model's parameters."""

    @classmethod
    @abstractmethod
    def fit_encoder(cls, inputs: Any, width: int, columns: Sequence[str]) -> Encoder:
        """The encoder of a new pool.

        Args:
            inputs: what it may know: texts, or numbers of shape (n, columns).
            width: how wide its samples are to be, where that is for somebody to choose.
            columns: names of the inputs' columns, where they have some.

        Raises:
            EncoderInvalid: they cannot be used.
        """

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
            encoder: the pool's, an `ENCODER`.
            text: to be encoded.
            features: a sample's places, or the numbers of a row in the encoder's own units.

        Raises:
            SampleInvalid: the format takes the other one, or it is no sample.
        """

    def unknown(self, encoder: Any, text: str | None) -> list[str]:
        """The parts of a text that the encoder does not know, each once; none where nothing can be unknown."""
        return []

    def known(self, sample: NDArray[Any]) -> int:
        """How many of a sample's places say something that a model can have learned about; all, unless said otherwise.

        Where it is 0, what a model predicts says nothing about the sample.
        """
        return len(sample)

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
