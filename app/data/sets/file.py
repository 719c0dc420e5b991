"""A file of the caller's own: a column of texts and a column of labels."""

from earnest.core.encoders.encoder import TEXT
from earnest.core.encoders.registry import of_format
from earnest.core.models.class_counts import MAX_CLASSES
from earnest.core.models.formats.words import Words
from earnest.core.parameters import Parameter
from earnest.data.imdb_archive import sha256_of
from earnest.data.own.options import KNOBS, Options
from earnest.data.own.reading import read_texts
from earnest.data.recipe import DataSet, Loaded, Wanted, own_data

NAME = "file"
WHAT = "CSV, TSV, JSON Lines or Parquet file"
_ENCODERS = tuple(kind.name for kind in of_format(Words.ID))


def checksum(wanted: Wanted) -> str:
    """Of the file."""
    return sha256_of(own_data(wanted, NAME, WHAT))


def load(wanted: Wanted) -> Loaded:
    """Read the two columns; of as many classes as any model on words takes."""
    return Loaded(read_texts(own_data(wanted, NAME, WHAT), Options.of(wanted.values), MAX_CLASSES, NAME))


DATA_SETS = (
    DataSet(
        NAME,
        "A CSV, TSV, JSON Lines or Parquet file, packed by gzip or not, with a column of texts and a column of labels, "
        "of 2 to 16 classes.",
        "Your own.",
        TEXT,
        checksum,
        load,
        classes=None,
        needs="data",
        knobs=(
            *KNOBS,
            Parameter(
                "encoder", "choice", "what makes words of a file's texts", default=_ENCODERS[0], choices=_ENCODERS
            ),
        ),
        encoder=_ENCODERS[0],
    ),
)
