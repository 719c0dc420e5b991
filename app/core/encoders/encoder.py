"""What every encoder offers: one canonical file that never changes, known by its hash."""

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any, ClassVar, Self

from earnest.core.errors import EncoderInvalid
from earnest.core.keccak import keccak256


class Encoder(ABC):
    """Turns what people give into what samples are made of; see the format that it belongs to.

    Attributes:
        NORMALISER: what it does to its input before anything else, by the name that its rows carry.
    """

    NORMALISER: ClassVar[str]

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
