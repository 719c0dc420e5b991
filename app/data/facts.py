"""What is known of a file that somebody gave, beside its samples."""

from typing import NamedTuple


class Joined(NamedTuple):
    """Labels that were written otherwise and are one.

    Attributes:
        written: as it stood.
        taken: as which class.
        rows: how many had it.
    """

    written: str
    taken: str
    rows: int


class Facts(NamedTuple):
    """How a file was read.

    Attributes:
        called: the file at the start of a sentence, such as "The CSV".
        format: what it is, such as "CSV, separator comma, encoding utf-8".
        columns: names of all its columns.
        joined: labels that were written in several ways.
    """

    called: str
    format: str
    columns: tuple[str, ...]
    joined: tuple[Joined, ...] = ()
