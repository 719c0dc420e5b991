"""Posts of newsgroups, and what they are about."""

from earnest.data import newsgroups
from earnest.data.imdb_archive import sha256_of
from earnest.data.recipe import TEXT, DataSet, Loaded, Wanted, own_data

_WHAT = "file 20news-bydate.tar.gz"


def checksum(wanted: Wanted) -> str:
    """Of the archive."""
    return sha256_of(own_data(wanted, newsgroups.ID, _WHAT))


def load(wanted: Wanted) -> Loaded:
    """Subjects and bodies of the posts."""
    return Loaded(newsgroups.load(own_data(wanted, newsgroups.ID, _WHAT)))


DATA_SETS = (
    DataSet(
        newsgroups.ID,
        "About 18,800 posts of twenty newsgroups, by six topics; subject and body.",
        "20 Newsgroups, sorted by date (Rennie), collected by K. Lang in 1993; no licence is given with it, and posts "
        "are their authors'.",
        TEXT,
        checksum,
        load,
        classes=len(newsgroups.CLASSES),
        class_names=newsgroups.CLASSES,
        needs="data",
    ),
)
