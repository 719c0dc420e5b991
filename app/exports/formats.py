"""Rows as CSV, JSON Lines and Parquet, written piece by piece: what is in memory is one page of rows."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from earnest.exports.errors import ExportUnavailable
from earnest.extras import ExtraMissing, needed

Row = dict[str, Any]
Pages = Iterable[Sequence[Row]]
#: A contribution's columns, in order. Amounts are decimal strings of wei, which no reader rounds; samples are features
#: separated by spaces in CSV, and lists elsewhere.
COLUMNS = (
    "index", "contributor", "label", "predicted", "deposit", "claimable", "status", "time", "block_number",
    "transaction_hash", "log_index", "sample_hash", "batch_first", "features", "text",
)  # fmt: skip
_TEXTS = {"contributor", "deposit", "claimable", "status", "transaction_hash", "sample_hash", "text"}
#: What a spreadsheet takes for a formula; the wide ones are typed in East Asia.
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class Format(NamedTuple):
    """How a file is written, and what it is called in HTTP."""

    media_type: str
    write: Callable[[Pages], Iterator[bytes]]


def _csv(pages: Pages) -> Iterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for page in pages:
        writer.writerows([cell(row[name]) for name in COLUMNS] for row in page)
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    yield text.getvalue().encode()


def cell(value: Any) -> Any:
    """A value as it stands in CSV."""
    if isinstance(value, list):
        return " ".join(map(str, value))
    # somebody else's text must not run in a spreadsheet
    return f"'{value}" if isinstance(value, str) and _is_formula(value) else value


def _is_formula(text: str) -> bool:
    return text.startswith(("\t", "\r", "\n")) or text.lstrip().startswith(_FORMULA)


def _json_lines(pages: Pages) -> Iterator[bytes]:
    for page in pages:
        yield "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in page).encode()


class _Out(io.RawIOBase):
    """A file that is taken away as it is written."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._written += len(part)
        return len(part)

    def tell(self) -> int:
        return self._written

    def taken(self) -> bytes:
        """What was written since it was taken last."""
        found, self._parts = b"".join(self._parts), []
        return found


def require_parquet() -> None:
    """Refuse Parquet where the library is missing, before the first byte.

    Raises:
        ExportUnavailable: so it is.
    """
    try:
        with needed("simulations", "Parquet"):
            import pyarrow.parquet  # noqa: F401
    except ExtraMissing as error:
        raise ExportUnavailable(str(error)) from None


def _parquet(pages: Pages) -> Iterator[bytes]:
    import pyarrow as pa
    from pyarrow import parquet

    kinds = {name: pa.string() if name in _TEXTS else pa.int64() for name in COLUMNS}
    kinds["features"] = pa.list_(pa.int64())
    schema = pa.schema([pa.field(name, kind) for name, kind in kinds.items()])
    out = _Out()
    with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        for page in pages:
            if page:
                writer.write_table(pa.Table.from_pylist(list(page), schema=schema))
                yield out.taken()
    yield out.taken()


#: By the names of the files.
FORMATS = {
    "contributions.csv": Format("text/csv", _csv),
    "contributions.jsonl": Format("application/jsonl", _json_lines),
    "contributions.parquet": Format("application/vnd.apache.parquet", _parquet),
}
