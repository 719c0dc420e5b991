"""20 Newsgroups: posts of twenty newsgroups of 1993, which fall into six topics, from `20news-bydate.tar.gz`.

The archive holds `20news-bydate-train` and `20news-bydate-test`, each with a folder a group and a file a post, headers
included. The headers name the group: only the subject and the body are kept.
"""

import gzip
import re
import tarfile
import zlib
from pathlib import Path

from earnest.core.errors import DatasetError
from earnest.data.dataset import Dataset

ID = "newsgroups"
#: The topics, each with how the names of its groups begin.
TOPICS = {
    "computers": ("comp",),
    "for sale": ("misc",),
    "hobbies": ("rec",),
    "science": ("sci",),
    "politics": ("talk.politics",),
    "religion": ("alt.atheism", "soc.religion", "talk.religion"),
}
CLASSES = tuple(TOPICS)
#: Longest post and longest archive that are read, in bytes unpacked, and most members.
MAX_POST, MAX_UNPACKED, MAX_MEMBERS = 2_000_000, 200_000_000, 50_000

_MEMBER = re.compile(r"(?:\./)?20news-bydate-(train|test)/([a-z]+(?:[.-][a-z]+)*)/(\d{1,9})")
_SUBJECT = re.compile(r"^subject:(.*)", re.IGNORECASE | re.MULTILINE)
_ANSWERS = re.compile(r"^(?:\s*re:)+", re.IGNORECASE)


def topic_of(group: str) -> int | None:
    """The class of a newsgroup, by its name; None for one of no topic."""
    for label, begins in enumerate(TOPICS.values()):
        if any(group == begin or group.startswith(f"{begin}.") for begin in begins):
            return label
    return None


def load(path: Path) -> Dataset:
    """Read the posts: those of the training part first, by group and number. Nothing is unpacked to disk.

    Args:
        path: of the archive.

    Raises:
        DatasetError: it is missing, damaged, too large or another one.
    """
    posts = _read(path)
    texts, labels = [], []
    for part in ("train", "test"):
        for place in sorted(place for place in posts if place[0] == part):
            label = topic_of(place[1])
            if label is not None:
                texts.append(posts[place])
                labels.append(label)
    if missing := [name for label, name in enumerate(CLASSES) if label not in labels]:
        raise DatasetError(f"The archive {path} has no posts about {missing[0]}: give 20news-bydate.tar.gz.")
    return Dataset.make(ID, texts, labels, CLASSES)


def _read(path: Path) -> dict[tuple[str, str, int], str]:
    """Texts by part, group and number."""
    posts: dict[tuple[str, str, int], str] = {}
    unpacked = 0
    try:
        with gzip.open(path) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
            for count, member in enumerate(archive):
                unpacked += member.size
                if unpacked > MAX_UNPACKED or count >= MAX_MEMBERS:
                    raise DatasetError(f"The archive {path} holds more than 20 Newsgroups does: get it again.")
                match = _MEMBER.fullmatch(member.name)
                if match is None or not member.isfile():
                    continue
                file = archive.extractfile(member)
                if file is None or member.size > MAX_POST:
                    raise DatasetError(f"The archive {path} has an impossible post, {member.name}.")
                part, group, number = match.groups()
                # posts say no encoding; Latin-1 reads any byte
                posts[part, group, int(number)] = _text(file.read().decode("latin-1"))
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise DatasetError(f"The archive {path} is missing, corrupt or truncated ({error}): get it again.") from None
    return posts


def _text(post: str) -> str:
    head, _, body = post.replace("\r\n", "\n").partition("\n\n")
    subject = _SUBJECT.search(head)
    return f"{_ANSWERS.sub('', subject[1]).strip() if subject else ''}\n{body}"
