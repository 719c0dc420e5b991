"""Samples that an attacker makes to be taught wrong: what tells one class most, to be labelled as the next.

Made once, of the stream that everybody sees; which of them is handed in at a wake depends on the model as it is then
(see `engine.loop`), so that the attacker knows data and weights. What there is of words goes beyond any real text: the
most telling words of one class and nothing else, as many as a pool takes for one sample.
"""

import numpy as np
from numpy.typing import NDArray

from earnest.simulations.engine.types import Numbers
from earnest.simulations.task import Samples, Task

#: Of each class.
CRAFTED = 16
#: Most words of one: what new pools take for a sample.
LONGEST = 160


def with_poison(task: Task) -> Samples:
    """The stream, followed by crafted samples; each has the class that it tells as its true label."""
    starts, features, labels = task.stream
    is_of_words = features.dtype == np.uint16
    made: list[Numbers] = []
    told: list[int] = []
    for label in range(task.classes):
        of_class = _of_words(task.stream, label) if is_of_words else _of_vectors(task.stream, label)
        made += of_class
        told += [label] * len(of_class)
    ends = starts[-1] + np.cumsum([len(sample) for sample in made], dtype=np.int64)
    return Samples(
        np.concatenate([starts, ends]),
        np.concatenate([features, *made]),
        np.concatenate([labels, np.array(told, np.uint8)]),
    )


def _of_words(stream: Samples, label: int) -> list[NDArray[np.uint16]]:
    """Words that the class has more often than the others, from the most telling ones on to the least."""
    starts, features, labels = stream
    owners = np.repeat(labels == label, np.diff(starts))
    size = int(features.max()) + 1
    members = int((labels == label).sum())
    inside = np.bincount(features[owners], minlength=size) / max(1, members)
    outside = np.bincount(features[~owners], minlength=size) / max(1, len(labels) - members)
    telling = np.argsort(outside - inside, kind="stable")[: int((inside > outside).sum())]
    if len(telling) == 0:
        return []
    length = min(LONGEST, max(1, len(telling) // 2))
    firsts = np.unique(np.linspace(0, len(telling) - length, CRAFTED).astype(np.int64))
    return [np.sort(telling[first : first + length]).astype(np.uint16) for first in firsts]


def _of_vectors(stream: Samples, label: int) -> list[NDArray[np.int16]]:
    """Means of parts of the class: never longer than the longest of it."""
    rows = stream.features.reshape(len(stream.labels), -1)[stream.labels == label]
    return [np.rint(part.mean(axis=0)).astype(np.int16) for part in np.array_split(rows, CRAFTED) if len(part)]
