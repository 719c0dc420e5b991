"""What an encoder says of itself, so that nobody else has to know it by its name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from earnest.core.encoders.encoder import Encoder


@dataclass(frozen=True)
class EncoderKind:
    """One way of turning what people give into samples.

    Attributes:
        name: as people choose it: lower-case words joined by hyphens.
        words: what it does, in a sentence.
        takes: `TEXT` or `NUMBERS`, as formats of samples have them.
        gives: the id of the format of its samples.
        head: how its canonical files begin, which no other's do.
        fit: the encoder of what a new pool may know; takes the inputs, how wide samples are to be where that is for
            somebody to choose, and the names of columns where there are some. Raises `EncoderInvalid`.
        knows_all: whether it may be fitted on all texts but the held-out ones, and not on the initial ones alone.
        gives_unit_length: whether every sample is a vector of length 1, up to rounding.
        whitens: whether vectors are turned so that the initial ones vary alike in every direction.
        is_default: whether new pools take it, where nothing is said and no other one before it fits the model.
        read: the encoder of a canonical file, and of the hash that it must have or None. Raises `EncoderInvalid`.
    """

    name: str
    words: str
    takes: str
    gives: str
    head: bytes
    fit: Callable[[Any, int, Sequence[str]], Encoder]
    read: Callable[[bytes, bytes | None], Encoder]
    is_default: bool = False
    knows_all: bool = True
    gives_unit_length: bool = False
    whitens: bool = False
