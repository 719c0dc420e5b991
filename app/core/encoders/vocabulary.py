"""Texts as sets of words, by one canonical file.

How a text is read (its normal form, its words) is a `Reader`, named in the file. Words are ranked by frequency on the
training texts, ties by code point; a word's index is its rank + 3, the most frequent having rank 1, as in
`keras.datasets.imdb`. Index 1, the start, is always present; 2 stands for words of the training vocabulary whose index
is not below `num_words`; words never seen are dropped. The sample is the ascending set of indices.

The canonical file holds the whole training vocabulary, since "seen, but too rare" and "never seen" differ. The first
version knows one way of reading, the second names normaliser and tokeniser:

    earnest-vocabulary 1            earnest-vocabulary 2
    keras-imdb                      nfkc-casefold-1
                                    unicode-words-1
    <num_words>                     <num_words>
    <word of rank 1>                <word of rank 1>
    ...                             ...

in UTF-8, a line feed after every line. Its keccak256 is immutable in the pool.
"""

import re
import string
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from earnest.core.encoders.encoder import TEXT, UNBOUNDED, Coverage, Encoder, require_hash
from earnest.core.encoders.kind import EncoderKind
from earnest.core.encoders.normal import is_european
from earnest.core.encoders.reader import Reader
from earnest.core.errors import EncoderInvalid

#: The id of the format of its samples.
SAMPLES = "vocabulary-uint16/1"
#: Most words of an encoder: indices are uint16.
MAX_WORDS = 65_536
#: Largest file that is read; the IMDB vocabulary has 0.8 MB.
MAX_FILE = 20_000_000

START = 1
OUT_OF_VOCABULARY = 2
INDEX_FROM = 3

#: How many times as long a text takes that has an accent, at most.
_BEYOND_ASCII = 100
#: What a sign costs besides, and what a digit or anything else does on top of it.
_SIGN, _DIGIT = 30, 30
_LETTERS = (string.ascii_letters + string.whitespace).encode()
_PUNCTUATION = "".join(sign for sign in string.punctuation if sign != "_").encode()

Sample = NDArray[np.uint16]

_SEPARATORS = b'!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
#: In UTF-8 no byte of another character is one of these; bytes are replaced twice as fast as characters.
_AS_SPACES = bytes.maketrans(_SEPARATORS, b" " * len(_SEPARATORS))


def split_words(text: str) -> list[str]:
    """The words of a text, in order, as `keras.datasets.imdb` has them.

    A text is lower-cased, punctuation, tabs and newlines become spaces, and it is split on U+0020 only.
    """
    # texts that no request can bring may hold halves of surrogate pairs, which pass through as they are
    spaced = text.lower().encode(errors="surrogatepass").translate(_AS_SPACES).decode(errors="surrogatepass")
    return list(filter(None, spaced.split(" ")))


def different_words(text: str) -> set[str]:
    """The same, each once."""
    return set(split_words(text))


#: How the published experiments read.
KERAS = Reader(("earnest-vocabulary 1", "keras-imdb"), split_words, different_words)


class VocabularyEncoder(Encoder):
    """An encoder that never changes; make one with `fit` or `from_bytes`.

    Args:
        words: the training vocabulary in rank order.
        num_words: indices run below it; from 3 to 65,536.
        reader: how texts are read.

    Raises:
        EncoderInvalid: a word is repeated or impossible, or `num_words` is out of range.
    """

    def __init__(self, words: Sequence[str], num_words: int, reader: Reader = KERAS) -> None:
        if not INDEX_FROM <= num_words <= MAX_WORDS:
            raise EncoderInvalid(f"num_words is {num_words}; it must be from {INDEX_FROM} to {MAX_WORDS}.")
        self.words = tuple(words)
        self.num_words = num_words
        self.reader = reader
        own = num_words - INDEX_FROM - 1
        # apart from the rest, which is many times as large: what is looked up most stays in the processor's caches
        self._index = {word: index for index, word in enumerate(self.words[: max(0, own)], start=INDEX_FROM + 1)}
        self._too_rare = frozenset(self.words[max(0, own) :])
        if len(self._index.keys() | self._too_rare) != len(self.words):
            raise EncoderInvalid("The vocabulary repeats a word.")

    @classmethod
    def fit(cls, texts: Iterable[str], num_words: int, reader: Reader = KERAS) -> Self:
        """Rank the words of the training texts; O(words).

        Raises:
            EncoderInvalid: `num_words` is out of range.
        """
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(reader.split(text))
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return cls([word for word, _ in ranked], num_words, reader)

    @property
    def normaliser(self) -> str:
        """How it reads, by the names in its file."""
        return self.reader.normaliser

    @property
    def takes(self) -> str:
        """A text."""
        return TEXT

    @property
    def width(self) -> int:
        """Indices run below it."""
        return self.num_words

    def encode(self, text: str) -> Sample:
        """The sample of a text: ascending uint16 indices, never empty."""
        words = self.reader.different(text)
        present = set(map(self._index.get, words))
        if None in present:
            present.discard(None)
            # of most texts one of the first words that are looked for is there
            if not self._too_rare.isdisjoint(words):
                present.add(OUT_OF_VOCABULARY)
        present.add(START)
        return np.array(sorted(present), dtype=np.uint16)  # type: ignore[type-var]

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

    def effort(self, text: str | None) -> int:
        """Plain words cost little; signs and digits are looked at with their neighbours, by Unicode's tables.

        So are words with characters beyond ASCII.
        """
        if text is None:
            return 0
        plain = text.encode("ascii", "ignore")
        beyond = len(text) - len(plain)
        if beyond and not is_european(text):
            return UNBOUNDED
        signs = plain.translate(None, _LETTERS)
        others = signs.translate(None, _PUNCTUATION)
        # a full stop or a colon within a word may belong to it
        within = sum(plain.count(sign) - plain.count(sign + b" ") for sign in (b".", b":"))
        return len(text) + _SIGN * len(signs) + _DIGIT * len(others) + _BEYOND_ASCII * (beyond + within)

    def seen(self, text: str) -> list[str]:
        """The text's different words, in the order they first occur."""
        return list(dict.fromkeys(self.reader.split(text)))

    def parts(self, text: str) -> tuple[list[str], list[str]]:
        """The text's different words that have an index of their own, and those that have none."""
        known: list[str] = []
        unknown: list[str] = []
        for word in self.seen(text):
            (known if self._knows(word) else unknown).append(word)
        return known, unknown

    def _knows(self, word: str) -> bool:
        return word in self._index

    def coverage(self, texts: Iterable[str]) -> Coverage:
        """How much of these texts has indices of its own; O(words)."""
        counts: Counter[str] = Counter()
        empty = 0
        for text in texts:
            words = self.reader.split(text)
            counts.update(words)
            empty += not any(map(self._knows, words))
        known = sum(count for word, count in counts.items() if self._knows(word))
        return Coverage(counts.total(), known, len(counts), empty)

    def to_bytes(self) -> bytes:
        """The canonical file."""
        return "".join(f"{line}\n" for line in (*self.reader.head, str(self.num_words), *self.words)).encode()

    @classmethod
    def from_bytes(cls, content: bytes, expected_hash: bytes | None = None, reader: Reader = KERAS) -> Self:
        """Read a canonical file.

        Args:
            content: the file.
            expected_hash: keccak256 that it must have.
            reader: which it must name.

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
        head, at = list(reader.head), len(reader.head)
        if lines[:at] != head:
            named = " and ".join(f'"{line}"' for line in head)
            raise EncoderInvalid(f"The encoder file must begin with the lines {named}.")
        if len(lines) < at + 2 or lines[-1] != "" or re.fullmatch("[0-9]{1,5}", lines[at]) is None:
            raise EncoderInvalid("The encoder file is truncated or its number of words is missing.")
        encoder = cls(lines[at + 1 : -1], int(lines[at]), reader)
        # of a pair of characters, the reader sees each character too
        if encoder.to_bytes() != content or any(word not in reader.split(word) for word in encoder.words):
            raise EncoderInvalid("The encoder file is not in canonical form.")
        return encoder


def kind_of(name: str, words: str, reader: Reader, *, is_default: bool = False) -> EncoderKind:
    """What a vocabulary of this reader says of itself; see `EncoderKind`."""

    def fit(texts: Iterable[str], width: int, _columns: Sequence[str]) -> VocabularyEncoder:
        return VocabularyEncoder.fit(texts, width, reader)

    def read(content: bytes, expected_hash: bytes | None) -> VocabularyEncoder:
        return VocabularyEncoder.from_bytes(content, expected_hash, reader)

    head = "".join(f"{line}\n" for line in reader.head).encode()
    return EncoderKind(name, words, TEXT, SAMPLES, head, fit, read, is_default)
