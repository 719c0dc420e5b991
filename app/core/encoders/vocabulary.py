"""Text to sample, as `keras.datasets.imdb` does it, from one canonical file.

A text is lower-cased, punctuation, tabs and newlines become spaces, and it is split on U+0020 only. Words are ranked by
frequency on the training texts, ties by code point; a word's index is its rank + 3, the most frequent having rank 1.
Index 1, the start, is always present; 2 stands for words of the training vocabulary whose index is not below
`num_words`; words never seen are dropped. The sample is the ascending set of indices.

The canonical file holds the whole training vocabulary, since "seen, but too rare" and "never seen" differ:

    earnest-vocabulary 1
    keras-imdb
    <num_words>
    <word of rank 1>
    ...

in UTF-8, a line feed after every line. Its keccak256 is immutable in the pool.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from earnest.core.encoders.encoder import Encoder, require_hash
from earnest.core.errors import EncoderInvalid

FORMAT = "earnest-vocabulary 1"
NORMALISER = "keras-imdb"
#: Most words of an encoder: indices are uint16.
MAX_WORDS = 65_536
#: Largest file that is read; the IMDB vocabulary has 0.8 MB.
MAX_FILE = 20_000_000

START = 1
OUT_OF_VOCABULARY = 2
INDEX_FROM = 3

Sample = NDArray[np.uint16]

_SEPARATORS = str.maketrans(dict.fromkeys('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', " "))


def split_words(text: str) -> list[str]:
    """The words of a text, in order, as the normaliser "keras-imdb" sees them."""
    return [word for word in text.lower().translate(_SEPARATORS).split(" ") if word]


class VocabularyEncoder(Encoder):
    """An encoder that never changes; make one with `fit` or `from_bytes`.

    Args:
        words: the training vocabulary in rank order.
        num_words: indices run below it; from 3 to 65,536.

    Raises:
        EncoderInvalid: a word is repeated or impossible, or `num_words` is out of range.
    """

    NORMALISER: ClassVar[str] = NORMALISER

    def __init__(self, words: Sequence[str], num_words: int) -> None:
        if not INDEX_FROM <= num_words <= MAX_WORDS:
            raise EncoderInvalid(f"num_words is {num_words}; it must be from {INDEX_FROM} to {MAX_WORDS}.")
        self.words = tuple(words)
        self.num_words = num_words
        self._index = {
            word: index if index < num_words else OUT_OF_VOCABULARY
            for index, word in enumerate(self.words, start=INDEX_FROM + 1)
        }
        if len(self._index) != len(self.words):
            raise EncoderInvalid("The vocabulary repeats a word.")

    @classmethod
    def fit(cls, texts: Iterable[str], num_words: int) -> Self:
        """Rank the words of the training texts; O(words).

        Raises:
            EncoderInvalid: `num_words` is out of range.
        """
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(split_words(text))
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return cls([word for word, _ in ranked], num_words)

    @property
    def width(self) -> int:
        """Indices run below it."""
        return self.num_words

    def encode(self, text: str) -> Sample:
        """The sample of a text: ascending uint16 indices, never empty."""
        index = self._index
        present = {index[word] for word in split_words(text) if word in index}
        present.add(START)
        return np.array(sorted(present), dtype=np.uint16)

    def encode_many(self, inputs: Iterable[str]) -> csr_array:
        """Presence matrix of shape (texts, num_words), uint8, of texts."""
        samples = [self.encode(text) for text in inputs]
        indptr = np.zeros(len(samples) + 1, dtype=np.int64)
        np.cumsum([len(sample) for sample in samples], out=indptr[1:])
        indices: NDArray[np.int32] = (
            np.concatenate(samples).astype(np.int32) if samples else np.zeros(0, dtype=np.int32)
        )
        data = np.ones(len(indices), dtype=np.uint8)
        return csr_array((data, indices, indptr), shape=(len(samples), self.num_words))

    def out_of_vocabulary(self, text: str) -> list[str]:
        """The text's different words that have no index of their own, in the order they first occur."""
        index = self._index
        missing = (word for word in split_words(text) if index.get(word, OUT_OF_VOCABULARY) == OUT_OF_VOCABULARY)
        return list(dict.fromkeys(missing))

    def to_bytes(self) -> bytes:
        """The canonical file."""
        return "".join(f"{line}\n" for line in (FORMAT, NORMALISER, str(self.num_words), *self.words)).encode()

    @classmethod
    def from_bytes(cls, content: bytes, expected_hash: bytes | None = None) -> Self:
        """Read a canonical file.

        Args:
            content: the file.
            expected_hash: keccak256 that it must have.

        Raises:
            EncoderInvalid: damaged, too large, of another version, or not the file of that hash.
        """
        if len(content) > MAX_FILE:
            raise EncoderInvalid(f"The encoder file has {len(content)} bytes; at most {MAX_FILE} are read.")
        require_hash(content, expected_hash)
        try:
            lines = content.decode().split("\n")
        except UnicodeDecodeError:
            raise EncoderInvalid("The encoder file is not UTF-8.") from None
        if lines[:2] != [FORMAT, NORMALISER]:
            raise EncoderInvalid(f'The encoder file must begin with the lines "{FORMAT}" and "{NORMALISER}".')
        if len(lines) < 4 or lines[-1] != "" or re.fullmatch("[0-9]{1,5}", lines[2]) is None:
            raise EncoderInvalid("The encoder file is truncated or its number of words is missing.")
        encoder = cls(lines[3:-1], int(lines[2]))
        if encoder.to_bytes() != content or any(split_words(word) != [word] for word in encoder.words):
            raise EncoderInvalid("The encoder file is not in canonical form.")
        return encoder
