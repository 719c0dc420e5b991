r"""A table's row to the numbers of a dense sample, from one canonical file.

Each column is moved by its centre and divided by its spread, the mean and the standard deviation of the training rows;
what comes out is scaled and rounded by the format (`formats.vectors`). The canonical file is

    earnest-table 1
    <column>\t<centre>\t<spread>
    ...

in UTF-8, a line feed after every line, numbers as Python writes them. Its keccak256 is immutable in the pool.

Where every vector is to have the same length, a row is then divided by its own: the file begins with
`earnest-unit-table 1` and is the same otherwise. A row of which every column is at its mean stays at 0.

Where they are whitened before that (`whitening`), it begins with `earnest-white-table 1`, and each column's line ends
in a further field: its row of the symmetric matrix, numbers with six decimals and blanks between them.
"""

import math
from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earnest.core.encoders.encoder import Encoder, require_hash
from earnest.core.encoders.whitening import whitening
from earnest.core.errors import EncoderInvalid, SampleInvalid

FORMAT, UNIT_FORMAT, WHITE_FORMAT = "earnest-table 1", "earnest-unit-table 1", "earnest-white-table 1"
#: The id of the format of its samples.
SAMPLES = "dense-int16/1"
#: Most columns: as many numbers as the contract takes in a sample.
MAX_DIMENSIONS = 4096
#: Most columns that are whitened: their file grows with the square.
MAX_WHITE = 256
#: Largest number of a whitening matrix.
MAX_STRETCH = 1e6


class TableEncoder(Encoder):
    """An encoder that never changes; make one with `fit` or `from_bytes`.

    Args:
        columns: a name for each column.
        centres: what is taken off each.
        spreads: what each is divided by, above 0.

    Raises:
        EncoderInvalid: no or too many columns, a name that is repeated or impossible, or a number that is.

    Attributes:
        HEAD: the first line of the canonical file.
    """

    HEAD: ClassVar[str] = FORMAT

    def __init__(self, columns: Sequence[str], centres: Sequence[float], spreads: Sequence[float]) -> None:
        if not 1 <= len(columns) <= MAX_DIMENSIONS:
            raise EncoderInvalid(f"A table has from 1 to {MAX_DIMENSIONS} columns of numbers, not {len(columns)}.")
        if len(set(columns)) != len(columns) or any(set(name) & set("\t\n") or not name for name in columns):
            raise EncoderInvalid("A column's name is missing, occurs twice, or holds a tab or a line feed.")
        fits = all(map(math.isfinite, centres)) and all(math.isfinite(spread) and spread > 0 for spread in spreads)
        if not fits or not len(columns) == len(centres) == len(spreads):
            raise EncoderInvalid("Each column has a finite centre and a spread above 0.")
        self.columns = tuple(columns)
        self.centres = tuple(float(centre) for centre in centres)
        self.spreads = tuple(float(spread) for spread in spreads)

    @classmethod
    def fit(cls, columns: Sequence[str], X: NDArray[np.float64]) -> Self:
        """Mean and standard deviation of each column; 1 where it is constant.

        Raises:
            EncoderInvalid: the columns cannot be used.
        """
        return cls(columns, *_measured(X))

    @property
    def normaliser(self) -> str:
        """Its format."""
        return self.HEAD

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self.columns)

    def encode(self, numbers: Sequence[float]) -> list[float]:
        """The numbers of a sample, one for each column, before scaling.

        Raises:
            SampleInvalid: there are too few or too many.
        """
        if len(numbers) != len(self.columns):
            raise SampleInvalid(
                f"The sample has {len(numbers)} numbers; it must have one for each of the {len(self.columns)} columns.",
                "SampleLengthInvalid" if len(numbers) else "SampleEmpty",
            )
        try:
            encoded: list[float] = self.encode_many([numbers])[0].tolist()
        except OverflowError:
            raise SampleInvalid("A sample's numbers must be finite.", "SampleLengthInvalid") from None
        return encoded

    def encode_many(self, inputs: ArrayLike) -> NDArray[np.float64]:
        """The same for rows of shape (n, columns)."""
        encoded: NDArray[np.float64] = (np.asarray(inputs, dtype=np.float64) - np.array(self.centres)) / np.array(
            self.spreads
        )
        return encoded

    def to_bytes(self) -> bytes:
        """The canonical file."""
        rows = zip(self.columns, self.centres, self.spreads, strict=True)
        lines = [self.HEAD, *(f"{name}\t{centre!r}\t{spread!r}" for name, centre, spread in rows)]
        return "".join(f"{line}\n" for line in lines).encode()

    @classmethod
    def from_bytes(cls, content: bytes, expected_hash: bytes | None = None) -> Self:
        """Read a canonical file.

        Args:
            content: the file.
            expected_hash: keccak256 that it must have.

        Raises:
            EncoderInvalid: damaged, of another version, or not the file of that hash.
        """
        require_hash(content, expected_hash)
        try:
            first, *lines, last = content.decode().split("\n")
            encoder = cls._read(lines)
        except ValueError as error:
            raise EncoderInvalid(f"The encoder file is damaged: {error}") from None
        if (first, last) != (cls.HEAD, "") or encoder.to_bytes() != content:
            raise EncoderInvalid(f'The encoder file is not a canonical one that begins with the line "{cls.HEAD}".')
        return encoder

    @classmethod
    def _read(cls, lines: Sequence[str]) -> Self:
        """The encoder of a file's lines but the first; raises `ValueError` where one is damaged."""
        names, centres, spreads = zip(*(line.split("\t") for line in lines), strict=True)
        return cls(names, [float(text) for text in centres], [float(text) for text in spreads])


class UnitTableEncoder(TableEncoder):
    """The same, with every row divided by its length."""

    HEAD: ClassVar[str] = UNIT_FORMAT

    def _turned(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rows as they are before each is divided by its length."""
        return rows

    def encode_many(self, inputs: ArrayLike) -> NDArray[np.float64]:
        """Numbers for rows of shape (n, columns), of length 1, or 0 where a row says nothing."""
        rows = super().encode_many(inputs)
        # by the largest first: squares of numbers may be beyond every number
        largest = np.abs(rows).max(axis=1, keepdims=True)
        rows = self._turned(rows / np.where(largest > 0, largest, 1.0))
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        encoded: NDArray[np.float64] = rows / np.where(lengths > 0, lengths, 1.0)
        return encoded


class WhiteTableEncoder(UnitTableEncoder):
    """The same, whitened before every row is divided by its length.

    Args:
        columns: see `TableEncoder`.
        centres: see there.
        spreads: see there.
        matrix: float64 (columns, columns), symmetric.
    """

    HEAD: ClassVar[str] = WHITE_FORMAT

    def __init__(
        self,
        columns: Sequence[str],
        centres: Sequence[float],
        spreads: Sequence[float],
        matrix: NDArray[np.float64] | None = None,
    ) -> None:
        super().__init__(columns, centres, spreads)
        count = len(self.columns)
        if count > MAX_WHITE:
            raise EncoderInvalid(f"Up to {MAX_WHITE} columns are whitened, not {count}: take the encoder unit-table.")
        found = np.eye(count) if matrix is None else np.round(matrix, 6)
        if found.shape != (count, count) or not np.array_equal(found, found.T) or np.abs(found).max() > MAX_STRETCH:
            raise EncoderInvalid(
                f"A whitening matrix is symmetric, with as many rows as there are columns and no number above "
                f"{MAX_STRETCH:g}."
            )
        self.matrix = found

    @classmethod
    def fit(cls, columns: Sequence[str], X: NDArray[np.float64]) -> Self:
        """Mean and standard deviation of each column, and what makes them independent of each other.

        Raises:
            EncoderInvalid: the columns cannot be used, or are too many.
        """
        plain = cls(columns, *_measured(X))
        # columns of one kind are turned, so that each has mean 0 already
        matrix = whitening(TableEncoder.encode_many(plain, X))
        return cls(plain.columns, plain.centres, plain.spreads, (matrix + matrix.T) / 2)

    @property
    def plain(self) -> UnitTableEncoder:
        """The same without whitening."""
        return UnitTableEncoder(self.columns, self.centres, self.spreads)

    def _turned(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        return rows @ self.matrix

    def to_bytes(self) -> bytes:
        """The canonical file."""
        head, *lines, last = super().to_bytes().decode().split("\n")
        rows = (" ".join(written(number) for number in row) for row in self.matrix.tolist())
        joined = (f"{line}\t{row}" for line, row in zip(lines, rows, strict=True))
        return "\n".join([head, *joined, last]).encode()

    @classmethod
    def _read(cls, lines: Sequence[str]) -> Self:
        names, centres, spreads, rows = zip(*(line.split("\t") for line in lines), strict=True)
        matrix = np.array([[float(number) for number in row.split(" ")] for row in rows])
        return cls(names, [float(text) for text in centres], [float(text) for text in spreads], matrix)


def written(number: float) -> str:
    """A number as canonical files have it: six decimals, and one zero."""
    return f"{number:.6f}".replace("-0.000000", "0.000000") if abs(number) < 1 else f"{number:.6f}"


def _measured(X: NDArray[np.float64]) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of each column, 1 where it is constant."""
    deviations = X.std(axis=0)
    return X.mean(axis=0).tolist(), np.where(deviations > 0, deviations, 1.0).tolist()
