"""The columns of a table, each moved to mean 0 and deviation 1; rows as long as they come, or of length 1, or white."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from earnest.core.encoders.encoder import NUMBERS, Encoder
from earnest.core.encoders.kind import EncoderKind
from earnest.core.encoders.table import (
    FORMAT,
    SAMPLES,
    UNIT_FORMAT,
    WHITE_FORMAT,
    TableEncoder,
    UnitTableEncoder,
    WhiteTableEncoder,
)


def _fit(X: NDArray[np.float64], _width: int, columns: Sequence[str]) -> Encoder:
    return TableEncoder.fit(columns, X)


def _fit_unit(X: NDArray[np.float64], _width: int, columns: Sequence[str]) -> Encoder:
    return UnitTableEncoder.fit(columns, X)


def _fit_white(X: NDArray[np.float64], _width: int, columns: Sequence[str]) -> Encoder:
    return WhiteTableEncoder.fit(columns, X)


ENCODERS: tuple[EncoderKind, ...] = (
    EncoderKind(
        "table",
        "The numbers of a row, each column moved to mean 0 and deviation 1 of the initial rows.",
        NUMBERS,
        SAMPLES,
        f"{FORMAT}\n".encode(),
        _fit,
        TableEncoder.from_bytes,
        is_default=True,
    ),
    EncoderKind(
        "unit-table",
        "The numbers of a row as `table` has them, then divided by the row's length: every vector has length 1.",
        NUMBERS,
        SAMPLES,
        f"{UNIT_FORMAT}\n".encode(),
        _fit_unit,
        UnitTableEncoder.from_bytes,
        is_default=True,
        gives_unit_length=True,
    ),
    EncoderKind(
        "whitened-table",
        "The numbers of a row as `table` has them, whitened, so that the initial rows vary alike in every direction, "
        "then divided by the row's length.",
        NUMBERS,
        SAMPLES,
        f"{WHITE_FORMAT}\n".encode(),
        _fit_white,
        WhiteTableEncoder.from_bytes,
        is_default=True,
        gives_unit_length=True,
        whitens=True,
    ),
)
