"""Rows of a Parquet file; columns of texts, bytes in UTF-8, numbers, decimals, booleans, and dictionaries of these."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

from earnest.core.errors import DatasetError
from earnest.data.own import content as sizes
from earnest.data.own import rows as bounds
from earnest.data.own.options import Options
from earnest.data.own.rows import Cell, Rows, require_names
from earnest.extras import needed

CALLED = "The Parquet file"
MAGIC = b"PAR1"
#: Most rows that are unpacked at once; fewer where so many of the longest fields would be too much.
_BATCH = 10_000
#: Codecs that pack no more than about twenty bytes into one. What others unpack to, the file itself tells, and may lie.
_PLAIN_CODECS = ("UNCOMPRESSED", "SNAPPY")


def read(content: bytes, options: Options, *, all_columns: bool, most: int = sizes.MAX_BYTES) -> Rows:
    """The rows: of all columns, or of the two that are wanted.

    A value that is stored once may stand in every row, so that what is unpacked is counted as it is read, too.

    Raises:
        DatasetError: damaged, too large, or a column of nested values.
        ExtraMissing: pyarrow is not installed.
    """
    with needed("simulations", CALLED):
        import pyarrow as pa
        import pyarrow.parquet as pq
    try:
        file = pq.ParquetFile(io.BytesIO(content))
        names = require_names(CALLED, file.schema_arrow.names)
        rows, held = file.metadata.num_rows, _held(file.metadata)
        if rows > bounds.MAX_ROWS:
            raise DatasetError(f"{CALLED} has {rows:,} rows; at most {bounds.MAX_ROWS:,} are read: give fewer.")
        if held > most:
            raise DatasetError(f"{CALLED} unpacks to {held:,} bytes; at most {most:,} are read: give fewer rows.")
        if most < sizes.MAX_BYTES and (codec := _unbounded(file.metadata)):
            raise DatasetError(f"{CALLED} is compressed with {codec}: write it with snappy, or without compression.")
        wanted = [
            place
            for place, name in enumerate(names)
            if all_columns or name in (options.text_column, options.label_column)
        ]
        for place in wanted if all_columns else ():
            _require_plain(pa, file.schema_arrow.field(place), names[place])
        columns = names if all_columns or len(wanted) < 2 else tuple(names[place] for place in wanted)
        raw = [file.schema_arrow.names[place] for place in wanted]
        cells = _rows(pa, file, raw, columns, most) if len(columns) == len(wanted) else iter(())
    except (OSError, pa.ArrowException) as error:
        raise DatasetError(f"{CALLED} is damaged ({error}): get it again.") from None
    return Rows(CALLED, "Parquet", "row", columns, cells)


def _held(metadata: Any) -> int:
    return sum(int(metadata.row_group(group).total_byte_size) for group in range(metadata.num_row_groups))


def _unbounded(metadata: Any) -> str | None:
    """A codec of the file's that may unpack a little to very much; None where there is none."""
    for group in range(metadata.num_row_groups):
        for column in range(metadata.num_columns):
            codec = str(metadata.row_group(group).column(column).compression)
            if codec not in _PLAIN_CODECS:
                return codec
    return None


def _require_plain(pa: Any, field: Any, name: str) -> None:
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    if pa.types.is_nested(kind):
        raise DatasetError(f"{CALLED}'s column {name!r} holds nested values ({kind}): give texts or numbers.")


def _rows(
    pa: Any, file: Any, raw: list[str], columns: tuple[str, ...], most: int
) -> Iterator[tuple[int, Sequence[Cell]]]:
    number = held = 0
    try:
        for batch in file.iter_batches(batch_size=max(1, min(_BATCH, most // bounds.MAX_FIELD)), columns=raw):
            # dictionaries of a file's own schema would count once, and stand in every row all the same
            plain = [_plain(pa, batch.column(name)) for name in raw]
            held += sum(column.nbytes for column in plain)
            if held > most:
                raise DatasetError(f"{CALLED} unpacks to more than {most:,} bytes: give fewer rows.")
            # the file's own order, whatever the order that the reader was asked in
            lists = [column.to_pylist() for column in plain]
            for cells in zip(*lists, strict=True):
                number += 1
                yield number, [_cell(cell, number, name) for cell, name in zip(cells, columns, strict=True)]
    except (OSError, pa.ArrowException) as error:
        raise DatasetError(f"{CALLED} is damaged ({error}): get it again.") from None


def _plain(pa: Any, column: Any) -> Any:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _cell(cell: Any, number: int, name: str) -> Cell:
    if isinstance(cell, bytes):
        try:
            return cell.decode()
        except UnicodeDecodeError:
            raise DatasetError(
                f"{CALLED}'s row {number} has bytes in {name!r} that are not UTF-8: store texts."
            ) from None
    if isinstance(cell, dict | list):
        raise DatasetError(f"{CALLED}'s row {number} has no single value in {name!r}: give a text or a number.")
    return cell  # type: ignore[no-any-return]
