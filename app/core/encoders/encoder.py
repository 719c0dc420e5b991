"""What every encoder offers: one canonical file that never changes, known by its hash."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from functools import cached_property
from typing import Any, NamedTuple, Self

from earnest.core.errors import EncoderInvalid
from earnest.core.keccak import keccak256

#: What an encoder takes: a text, or a row of numbers.
TEXT, NUMBERS = "text", "numbers"
#: An effort that nobody should wait for.
UNBOUNDED = 2**30


class Coverage(NamedTuple):
    """How much of some texts an encoder knows.

    Attributes:
        words: that it saw, each as often as it occurs.
        known: of them, those that it knows.
        different: words that it saw, each once.
        empty: texts of which it knows nothing.
    """

    words: int
    known: int
    different: int
    empty: int


class Encoder(ABC):
    """Turns what people give into what samples are made of; see the format that it belongs to."""

    @property
    @abstractmethod
    def normaliser(self) -> str:
        """What it does to its input before anything else, by the name in its canonical file."""

    @property
    def takes(self) -> str:
        """`TEXT` or `NUMBERS`; numbers, unless said otherwise."""
        return NUMBERS

    def effort(self, text: str | None) -> int:
        """What encoding takes, in characters of plain English, about 30 of which take a microsecond; 0 for no text."""
        return 0 if text is None else UNBOUNDED

    def seen(self, text: str) -> list[str]:
        """The different parts of a text that it saw, in order; none where it takes no text."""
        return []

    def parts(self, text: str) -> tuple[list[str], list[str]]:
        """The different parts of a text that it knows, and those that it does not, in the order they first occur.

        None where it takes no text, or nothing can be unknown.
        """
        return [], []

    def unknown(self, text: str) -> list[str]:
        """The different parts of a text that it does not know."""
        return self.parts(text)[1]

    def coverage(self, texts: Iterable[str]) -> Coverage | None:
        """How much of these texts it knows; None where nothing can be unknown."""
        return None

    @property
    def plain(self) -> "Encoder | None":
        """The same without whitening; None where it does not whiten."""
        return None

    @property
    @abstractmethod
    def width(self) -> int:
        """How many words, or columns, it knows."""

    @abstractmethod
    def encode_many(self, inputs: Any) -> Any:
        """Inputs as the matrix that a model on this encoder's format takes."""

    @abstractmethod
    def to_bytes(self) -> bytes:
        """The canonical file."""

    @classmethod
    @abstractmethod
    def from_bytes(cls, content: bytes, expected_hash: bytes | None = None) -> Self:
        """Read a canonical file.

        Args:
            content: the file.
            expected_hash: keccak256 that it must have.

        Raises:
            EncoderInvalid: damaged, of another version, or not the file of that hash.
        """

    @cached_property
    def hash(self) -> bytes:
        """keccak256 of the canonical file."""
        return keccak256(self.to_bytes())


def require_hash(content: bytes, expected: bytes | None) -> None:
    """Refuse a file that is not the one of this hash; None lets any pass.

    Raises:
        EncoderInvalid: it is another one.
    """
    if expected is not None and keccak256(content) != expected:
        raise EncoderInvalid(
            f"The encoder file does not match its hash 0x{expected.hex()}: get it again from who served it."
        )
