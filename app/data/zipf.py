"""Made-up samples of any size for scaling studies: Zipf's law for the words, signal and noise by two numbers.

Word k of a vocabulary is drawn with a chance in proportion to 1 / (k + 1). In class 1 every second word is more
likely by the factor 1 + signal and the others less by 1 - signal; in class 0 the other way round. A sample is the set
of the words drawn for it, and index 1, which is always present.
"""

import numpy as np
from numpy.typing import NDArray

from earnest.core.encoders.vocabulary import INDEX_FROM, START
from earnest.core.errors import DatasetError
from earnest.core.models.formats.words import MAX_WORDS
from earnest.data.features import Features

#: Changes whenever the same numbers would give other samples.
VERSION = 1
#: Samples drawn at a time: bounds the memory, and never changes what is drawn.
_BLOCK = 10_000


def make(size: int, seed: int, num_words: int, signal: float, noise: float, sample_words: int) -> Features:
    """Draw samples; the same numbers give the same samples, and a larger `size` only adds some.

    Args:
        size: samples, at least 2.
        seed: of every draw.
        num_words: indices run below it; from 5 to 65,536.
        signal: 0 (the classes' words do not differ) to 1 (they have no word in common).
        noise: chance that a label is drawn anew by a coin.
        sample_words: words drawn for each sample; repeated ones count once.

    Raises:
        DatasetError: too small, or too few words.
    """
    if size < 2:
        raise DatasetError(f"A synthetic data set of {size} samples has not two classes; take at least 2.")
    if not INDEX_FROM + 2 <= num_words <= MAX_WORDS:
        raise DatasetError(
            f"num_words is {num_words}; synthetic data take from {INDEX_FROM + 2} to {MAX_WORDS}, of which "
            f"{INDEX_FROM} stand for no word."
        )
    chances = _chances(num_words - INDEX_FROM, signal)
    random = np.random.Generator(np.random.PCG64(seed))
    samples, labels = [], []
    for start in range(0, size, _BLOCK):
        # whole blocks are drawn whatever the size, so that a larger one begins with the same samples
        classes = random.integers(0, 2, _BLOCK).astype(np.uint8)
        places = random.random((_BLOCK, sample_words))
        coins = random.integers(0, 2, _BLOCK).astype(np.uint8)
        noisy = random.random(_BLOCK) < noise
        count = min(_BLOCK, size - start)
        words = np.empty((_BLOCK, sample_words), dtype=np.int64)
        for label in (0, 1):
            words[classes == label] = np.searchsorted(chances[label], places[classes == label], side="right")
        samples.append(np.sort(words[:count] + INDEX_FROM, axis=1))
        labels.append(np.where(noisy, coins, classes)[:count])
    return _features(samples, np.concatenate(labels))


def _chances(words: int, signal: float) -> list[NDArray[np.float64]]:
    """Cumulative chances of the words in class 0 and class 1."""
    weights = 1.0 / np.arange(1, words + 1)
    lean = np.where(np.arange(words) % 2 == 0, signal, -signal)
    found = []
    for side in (-1, 1):
        sums = np.cumsum(weights * (1 + side * lean))
        found.append(sums[:-1] / sums[-1])
    return found


def _features(blocks: list[NDArray[np.int64]], labels: NDArray[np.uint8]) -> Features:
    lengths, indices = [], []
    for words in blocks:
        started = np.concatenate((np.full((len(words), 1), START), words), axis=1)
        fresh = np.diff(started, axis=1, prepend=-1) > 0
        lengths.append(fresh.sum(axis=1))
        indices.append(started[fresh].astype(np.uint16))
    indptr = np.concatenate(([0], np.cumsum(np.concatenate(lengths)))).astype(np.int64)
    return Features(indptr, np.concatenate(indices), labels)
