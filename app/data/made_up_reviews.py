"""Small made-up reviews for tests: a Zipf vocabulary, some of whose words lean to one class."""

import numpy as np

from earnest.core.errors import DatasetError
from earnest.data.dataset import Dataset

ID = "made-up-reviews"
#: Changes whenever the same numbers would give other texts.
VERSION = 1
#: They play the part of reviews, so their classes are called as those of reviews are.
CLASSES = ("negative", "positive")
_WORDS = 800
_SIGNAL_WORDS = 200


def make(size: int, seed: int, words_per_text: int = 40) -> Dataset:
    """Draw a data set; the same numbers give the same texts.

    Args:
        size: number of texts, at least 2.
        seed: of every draw.
        words_per_text: words in each text.

    Raises:
        DatasetError: too small.
    """
    if size < 2:
        raise DatasetError(f"A made-up data set of {size} texts has not two classes; take at least 2.")
    random = np.random.Generator(np.random.PCG64(seed))
    words = np.array([f"w{number:03d}" for number in range(_WORDS)])
    weights = 1.0 / np.arange(1, _WORDS + 1)
    lean = np.zeros(_WORDS)
    signal = random.permutation(_WORDS)[:_SIGNAL_WORDS]
    lean[signal] = random.choice([-0.6, 0.6], size=_SIGNAL_WORDS)
    labels = (np.arange(size) % 2).astype(np.uint8)
    random.shuffle(labels)
    chances = []
    for side in (-1, 1):
        chance = weights * (1 + side * lean)
        chances.append(chance / chance.sum())
    # a serial number keeps every text different from the others
    texts = [
        " ".join(random.choice(words, size=words_per_text, p=chances[label])) + f" n{row}"
        for row, label in enumerate(labels.tolist())
    ]
    return Dataset.make(ID, texts, labels.tolist(), CLASSES)
