"""How a text is read: its words, by the names that a canonical file carries."""

from collections.abc import Callable
from typing import NamedTuple


class Reader(NamedTuple):
    """A normaliser with a tokeniser.

    Attributes:
        head: the lines that canonical files of it begin with: format and version, normaliser, tokeniser.
        split: the words of a text, in order.
        different: the same, each once, in no order; faster, since a text repeats its words.
    """

    head: tuple[str, ...]
    split: Callable[[str], list[str]]
    different: Callable[[str], set[str]]

    @property
    def normaliser(self) -> str:
        """What it does to a text, by the names in its files."""
        return " ".join(self.head[1:])
