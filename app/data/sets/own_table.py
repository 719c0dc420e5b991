"""A table of the caller's own: a column of labels, every other column numbers."""

from earnest.core.encoders.encoder import NUMBERS
from earnest.core.models.dense_nearest_centroid import MAX_CLASSES
from earnest.data.imdb_archive import sha256_of
from earnest.data.own.options import KNOBS, Options
from earnest.data.own.reading import read_numbers
from earnest.data.recipe import DataSet, Loaded, Wanted, own_data

NAME = "table"
WHAT = "CSV, TSV, JSON Lines or Parquet file of numbers"


def checksum(wanted: Wanted) -> str:
    """Of the file."""
    return sha256_of(own_data(wanted, NAME, WHAT))


def load(wanted: Wanted) -> Loaded:
    """Read all columns; of as many classes as any model on numbers takes."""
    return Loaded(read_numbers(own_data(wanted, NAME, WHAT), Options.of(wanted.values), MAX_CLASSES, NAME))


DATA_SETS = (
    DataSet(
        NAME,
        "A CSV, TSV, JSON Lines or Parquet file, packed by gzip or not, with a column of labels, all others numbers.",
        "Your own.",
        NUMBERS,
        checksum,
        load,
        classes=None,
        needs="data",
        knobs=tuple(knob for knob in KNOBS if knob.name != "text_column"),
    ),
)
