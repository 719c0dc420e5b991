"""Result files, written whole or not at all."""

import io
import os
import tempfile
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from earnest.simulations.errors import OutputError
from earnest.simulations.measures import Row

RUNS, SERIES, FIGURE = "runs.parquet", "series.parquet", "run.png"


def prepare_folder(folder: Path) -> None:
    """Make the folder and try to write in it, before hours of work depend on it.

    Raises:
        OutputError: it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _failure(folder, error) from None


def parquet(rows: list[Row]) -> bytes:
    """Rows as a Parquet file; a column of nothing but None counts as a number, and what a row lacks is None."""
    columns = dict.fromkeys(name for row in rows for name in row)
    table = pa.Table.from_pylist([columns | row for row in rows])
    for position, field in enumerate(table.schema):
        if pa.types.is_null(field.type):
            table = table.set_column(position, field.name, table.column(position).cast(pa.float64()))
    with io.BytesIO() as file:
        pq.write_table(table, file, compression="zstd")
        return file.getvalue()


def write(folder: Path, files: dict[str, bytes]) -> None:
    """Write files beside their places, then move all of them there; files of an earlier run are replaced.

    Args:
        folder: existing.
        files: content by name.

    Raises:
        OutputError: for example the disk is full; nothing half-written is left, and earlier files stay whole.
    """
    written: dict[Path, Path] = {}
    try:
        for name, content in files.items():
            with tempfile.NamedTemporaryFile(dir=folder, prefix=".unfinished-", delete=False) as file:
                written[Path(file.name)] = folder / name
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(file.name).chmod(0o644)
        for temporary, place in written.items():
            temporary.replace(place)
    except OSError as error:
        for temporary in written:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
        raise _failure(folder, error) from None


def _failure(folder: Path, error: OSError) -> OutputError:
    return OutputError(
        f"The results cannot be written to {folder} ({error.strerror}): make room, or choose another --out."
    )
