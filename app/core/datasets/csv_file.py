"""A data set that somebody uploads: CSV with the columns `text` and `label`."""

import csv
import io

from app.core.datasets.dataset import Dataset
from app.core.errors import DatasetError

#: Most rows that are read.
MAX_ROWS = 200_000


def load(content: bytes | str, identifier: str = "csv") -> Dataset:
    """Read a CSV; labels are 0 and 1.

    Raises:
        DatasetError: not UTF-8, a column missing, an empty text, another label, too many rows; names the line.
    """
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content.removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise DatasetError(f"The CSV is not UTF-8 (byte {error.start}): save it as UTF-8.") from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    texts, labels = [], []
    try:
        missing = {"text", "label"} - set(reader.fieldnames or ())
        if missing:
            raise DatasetError(f"The CSV lacks the column {sorted(missing)[0]}: its first line must name text and label.")
        for row in reader:
            if len(texts) == MAX_ROWS:
                raise DatasetError(f"The CSV has more than {MAX_ROWS} rows: give fewer.")
            if not (row["text"] or "").strip():
                raise DatasetError(f"The CSV's line {reader.line_num} has an empty text.")
            if row["label"] not in ("0", "1"):
                raise DatasetError(f"The CSV's line {reader.line_num} has the label {row['label']!r}; labels are 0 and 1.")
            texts.append(row["text"])
            labels.append(int(row["label"]))
    except csv.Error as error:
        raise DatasetError(f"The CSV is malformed at line {reader.line_num}: {error}.") from None
    return Dataset.make(identifier, texts, labels)
