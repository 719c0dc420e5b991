"""A Parquet file with a column of texts and a column of labels."""

from pathlib import Path

from earnest.core.errors import DatasetError
from earnest.data.csv_file import MAX_BYTES, MAX_FIELD, MAX_ROWS, labelled
from earnest.data.dataset import Dataset
from earnest.extras import needed


def load(
    path: Path,
    text_column: str = "text",
    label_column: str = "label",
    identifier: str = "parquet",
    most_classes: int = 2,
) -> Dataset:
    """Read a Parquet file of texts with labels; see `csv_file.labelled`.

    Args:
        path: the file.
        text_column: name of the column of texts.
        label_column: name of the column of labels: strings, whole numbers or booleans.
        identifier: what to call the data set.
        most_classes: that are taken.

    Raises:
        DatasetError: missing, too large, damaged, a column missing or of another type, an empty text; names the row.
            Or too few or too many different labels.
        ExtraMissing: pyarrow is not installed.
    """
    with needed("simulations", "A Parquet file"):
        import pyarrow as pa
        import pyarrow.parquet as pq
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DatasetError(f"The Parquet file {path} has {size} bytes; at most {MAX_BYTES} are read.")
        with pq.ParquetFile(path) as file:
            rows = file.metadata.num_rows
            for column in (text_column, label_column):
                if column not in file.schema_arrow.names:
                    raise DatasetError(f"The Parquet file {path} lacks the column {column!r}.")
            if rows > MAX_ROWS:
                raise DatasetError(f"The Parquet file {path} has {rows} rows; at most {MAX_ROWS} are read.")
            table = file.read([text_column, label_column])
    except OSError as error:
        raise DatasetError(f"The Parquet file {path} cannot be read: {error.strerror or error}.") from None
    except pa.ArrowException as error:
        raise DatasetError(f"The Parquet file {path} is damaged ({error}): get it again.") from None
    texts, labels = table.column(text_column).to_pylist(), table.column(label_column).to_pylist()
    for row, (text, label) in enumerate(zip(texts, labels, strict=True)):
        if not isinstance(text, str) or not text.strip() or len(text) > MAX_FIELD:
            raise DatasetError(f"Row {row} of the Parquet file has no text, or one beyond {MAX_FIELD} characters.")
        if not isinstance(label, (str, int)) or not str(label).strip():
            raise DatasetError(f"Row {row} of the Parquet file has no label.")
    names = [str(int(label)) if isinstance(label, bool) else str(label).strip() for label in labels]
    return labelled(identifier, texts, names, "The Parquet file", most_classes)
