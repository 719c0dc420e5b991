"""What a cut into parts must leave in each."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earnest.core.errors import DatasetError

#: Fewest samples of a class in a part: of one alone, nothing is learned, and nothing measured.
LEAST_IN_PART = 2


def require_classes(
    called: str, classes: Sequence[str], labels: NDArray[Any], everywhere: NDArray[Any], part: str, setting: str
) -> None:
    """Refuse a part that lacks a class, or has one sample of it alone.

    Args:
        called: the data at the start of a sentence.
        classes: their names.
        labels: of the part, which nothing is wrong with where it is empty.
        everywhere: labels of all samples that it was cut from.
        part: what it is for, such as "to learn from".
        setting: that says how large it is.

    Raises:
        DatasetError: so it is; says how many there are, here and in all.
    """
    if not len(labels):
        return
    found = np.bincount(labels.astype(np.int64), minlength=len(classes))
    label = int(found.argmin())
    if found[label] < LEAST_IN_PART:
        total = int((everywhere == label).sum())
        among = f"{int(found[label]) or 'none'} of the {len(labels):,} samples {part} {'is' if found[label] else 'are'}"
        raise DatasetError(
            f"{called}: {among} of the class {classes[label][:40]!r}, which {total:,} of all {len(everywhere):,} are; "
            f"{LEAST_IN_PART} are needed: set {setting} higher, take another seed, or add rows of it."
        )
