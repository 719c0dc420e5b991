"""A file of the caller's own: CSV or Parquet, with a column of texts and a column of labels."""

from earnest.core.models.class_counts import MAX_CLASSES
from earnest.core.parameters import Parameter
from earnest.data import csv_file, parquet_file
from earnest.data.imdb_archive import sha256_of
from earnest.data.recipe import TEXT, DataSet, Loaded, Wanted, own_data

NAME = "file"
_WHAT = "CSV or Parquet file"


def checksum(wanted: Wanted) -> str:
    """Of the file."""
    return sha256_of(own_data(wanted, NAME, _WHAT))


def load(wanted: Wanted) -> Loaded:
    """Read the two columns; of as many classes as any model on words takes."""
    path = own_data(wanted, NAME, _WHAT)
    columns = wanted.values["text_column"], wanted.values["label_column"]
    if path.suffix in (".parquet", ".pq"):
        return Loaded(parquet_file.load(path, *columns, most_classes=MAX_CLASSES))
    return Loaded(csv_file.load(path, "csv", *columns, most_classes=MAX_CLASSES))


DATA_SETS = (
    DataSet(
        NAME,
        "A CSV or Parquet file with a column of texts and a column of labels, of 2 to 16 classes.",
        "Your own.",
        TEXT,
        checksum,
        load,
        classes=None,
        needs="data",
        knobs=(
            Parameter("text_column", "text", "the column of texts", default="text"),
            Parameter("label_column", "text", "the column of labels", default="label"),
        ),
    ),
)
