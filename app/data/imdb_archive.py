"""The official IMDB archive `aclImdb_v1.tar.gz` (Maas et al. 2011), in the order of `keras.datasets.imdb`."""

import gzip
import hashlib
import re
import tarfile
import zlib
from pathlib import Path

import numpy as np

from earnest.core.errors import DatasetError
from earnest.data.dataset import Dataset

ID = "imdb"
CLASSES = ("negative", "positive")
#: Longest review that is read, in bytes; the longest of the archive has about 14,000.
MAX_REVIEW = 1_000_000
#: Most bytes that are unpacked; the archive has about 0.3 GB.
MAX_UNPACKED = 2_000_000_000
#: Keras shuffles the training indices, then the test indices, from one stream of this seed.
KERAS_SEED = 113

_MEMBER = re.compile(r"(?:\./)?aclImdb/(train|test)/(pos|neg)/([0-9]+_[0-9]+\.txt)")


def sha256_of(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require_file(path: Path) -> None:
    """Refuse a path at which there is no file.

    Raises:
        DatasetError: there is none.
    """
    if not path.is_file():
        raise DatasetError(f"There is no archive at {path}: set EARNEST_IMDB_ARCHIVE to where aclImdb_v1.tar.gz is.")


def load(path: Path, sha256: str | None = None) -> tuple[Dataset, Dataset]:
    """Read the labelled reviews.

    Positive reviews come before negative ones, each sorted by file name; then each part is shuffled as Keras does.

    Args:
        path: the archive.
        sha256: hex digest that it must have.

    Returns:
        training and test reviews.

    Raises:
        DatasetError: missing, corrupt, truncated, of another checksum, or without reviews of each class.
    """
    require_file(path)
    if sha256 is not None and sha256_of(path) != sha256:
        raise DatasetError(f"The archive {path} has another checksum than {sha256}: get it again.")
    reviews = _read(path)
    stream = np.random.RandomState(KERAS_SEED)
    parts = []
    for part in ("train", "test"):
        texts: list[str] = []
        labels: list[int] = []
        for sentiment, label in (("pos", 1), ("neg", 0)):
            named = reviews.get((part, sentiment), {})
            if not named:
                raise DatasetError(f"The archive {path} has no reviews in aclImdb/{part}/{sentiment}: get it again.")
            texts += [named[name] for name in sorted(named)]
            labels += [label] * len(named)
        order = np.arange(len(texts))
        stream.shuffle(order)
        parts.append(Dataset.make(f"{ID}/{part}", texts, labels, CLASSES).take(order.astype(np.int64)))
    return parts[0], parts[1]


def _read(path: Path) -> dict[tuple[str, str], dict[str, str]]:
    """Texts by file name by (part, sentiment), in one pass; nothing is unpacked to disk, and links are not followed."""
    reviews: dict[tuple[str, str], dict[str, str]] = {}
    unpacked = 0
    try:
        with gzip.open(path) as stream, tarfile.open(fileobj=stream, mode="r:") as archive:
            for member in archive:
                unpacked += member.size
                if unpacked > MAX_UNPACKED:
                    raise DatasetError(f"The archive {path} unpacks to more than {MAX_UNPACKED} bytes: get it again.")
                match = _MEMBER.fullmatch(member.name)
                if match is None or not member.isfile():
                    continue
                file = archive.extractfile(member)
                if file is None or member.size > MAX_REVIEW:
                    raise DatasetError(f"The archive {path} has an impossible review, {member.name}.")
                part, sentiment, name = match.groups()
                reviews.setdefault((part, sentiment), {})[name] = file.read().decode()
            # tarfile stops without a word at a damaged header; what follows the end must be padding, and reading it
            # makes gzip check the whole
            while rest := stream.read(1 << 20):
                if rest.strip(b"\0"):
                    raise DatasetError(f"The archive {path} is corrupt in the middle: get it again.")
    except (tarfile.TarError, EOFError, OSError, zlib.error, UnicodeDecodeError) as error:
        raise DatasetError(f"The archive {path} is corrupt or truncated ({error}): get it again.") from None
    return reviews
