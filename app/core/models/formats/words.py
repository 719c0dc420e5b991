"""Samples of words: strictly ascending word indices, packed as big-endian uint16."""

from collections.abc import Callable, Iterable, Sequence
from operator import index as whole_number
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from earnest.core.encoders.vocabulary import INDEX_FROM, MAX_WORDS, SAMPLES, Sample, VocabularyEncoder
from earnest.core.errors import SampleInvalid
from earnest.core.models.formats.gaps import gap_on_words
from earnest.core.models.formats.sample_format import TEXT, Flat, SampleFormat, Starts

__all__ = [
    "MAX_FEATURES",
    "MAX_WORDS",
    "Sample",
    "Words",
    "as_sample",
    "pack_sample",
    "require_at_most",
    "unpack_sample",
    "usual_most",
    "validate_sample",
]

#: Longest sample that the contract takes.
MAX_FEATURES = 1024
#: What a new pool's limit is a multiple of.
_SIZES = 16


def validate_sample(indices: Iterable[int], num_words: int) -> Sample:
    """Check a sample as the contract does.

    Args:
        indices: word indices.
        num_words: every index must be below it.

    Returns:
        uint16 array of shape (features,).

    Raises:
        SampleInvalid: not whole numbers, empty, too long, out of range, unsorted or repeated; named after the
            contract's error.
    """
    try:
        features = [whole_number(index) for index in indices]
    except TypeError:
        raise SampleInvalid("A sample is a list of whole numbers.", "SampleLengthInvalid") from None
    if not features:
        raise SampleInvalid("The sample is empty: it needs at least one feature.", "SampleEmpty")
    if len(features) > MAX_FEATURES:
        raise SampleInvalid(
            f"The sample has {len(features)} features; at most {MAX_FEATURES} are taken.",
            "SampleTooLong",
            features=len(features),
            maximum=MAX_FEATURES,
        )
    previous = -1
    for position, feature in enumerate(features):
        if not 0 <= feature < num_words:
            raise SampleInvalid(
                f"Feature {feature} at position {position} is out of range: it must be from 0 to {num_words - 1}.",
                "SampleFeatureOutOfRange",
                position=position,
                feature=feature,
                numWords=num_words,
            )
        if feature <= previous:
            raise SampleInvalid(
                f"Feature {feature} at position {position} comes after {previous}: sort the features and drop repeats.",
                "SampleNotAscending",
                position=position,
                previous=previous,
                feature=feature,
            )
        previous = feature
    return np.array(features, dtype=np.uint16)


def pack_sample(indices: Iterable[int]) -> bytes:
    """The bytes that the contract takes: two for each index, big-endian.

    Raises:
        OverflowError: an index does not fit in two bytes; see `validate_sample`.
    """
    return np.fromiter(indices, dtype=">u2").tobytes()


def unpack_sample(packed: bytes) -> Sample:
    """The indices in a packed sample.

    Raises:
        SampleInvalid: the length is odd.
    """
    if len(packed) % 2:
        raise SampleInvalid(
            f"A packed sample of {len(packed)} bytes does not divide into features of two bytes.",
            "SampleLengthInvalid",
            length=len(packed),
        )
    return np.frombuffer(packed, dtype=">u2").astype(np.uint16)


def as_sample(packed: bytes, num_words: int) -> Sample:
    """The sample in these bytes, if the contract takes it; O(features).

    Raises:
        SampleInvalid: see `unpack_sample` and `validate_sample`.
    """
    indices = unpack_sample(packed)
    fits = 0 < len(indices) <= MAX_FEATURES and indices[-1] < num_words and bool((indices[1:] > indices[:-1]).all())
    # a sample in order needs no look at each feature, and one that is not is worth a slow one
    return indices if fits else validate_sample(indices, num_words)


def require_at_most(sample: NDArray[Any], maximum: int) -> None:
    """Refuse a contribution of too many words.

    Raises:
        SampleInvalid: it has more.
    """
    if len(sample) > maximum:
        raise SampleInvalid(
            f"The sample has {len(sample)} features; contributions to this pool have up to {maximum}: shorten it.",
            "SampleTooLong",
            features=len(sample),
            maximum=maximum,
        )


def usual_most(X: Any) -> int:
    """How many words a contribution to a new pool may have: as many as 99.9 % of these have at most, rounded up.

    Args:
        X: presence matrix of shape (n, num_words).
    """
    sizes = np.diff(csr_array(X).indptr)
    most = int(np.quantile(sizes, 0.999, method="higher"))
    return min(MAX_FEATURES, -(-max(most, 1) // _SIZES) * _SIZES)


class Words(SampleFormat):
    """The words of a text that are present, by their indices in the encoder's vocabulary.

    Args:
        width: words of the encoder; every index is below it.
    """

    ID: ClassVar[str] = SAMPLES
    TAKES: ClassVar[str] = TEXT
    SAMPLE: ClassVar[str] = "text"
    UNIT: ClassVar[str] = "word"
    WIDTH: ClassVar[str] = "num_words"
    DTYPE: ClassVar[type[np.uint16]] = np.uint16
    LONGEST: ClassVar[int] = MAX_FEATURES
    GAP: ClassVar[Callable[..., int]] = gap_on_words

    @classmethod
    def of(cls, model: Any) -> Self:
        """By `num_words`."""
        return cls(model.num_words)

    def unpack(self, packed: bytes) -> Sample:
        """The indices in these bytes, checked."""
        return as_sample(packed, self.width)

    def pack(self, sample: NDArray[Any]) -> bytes:
        """Two bytes for each index, big-endian."""
        return pack_sample(sample)

    def from_features(self, features: Iterable[int]) -> Sample:
        """The sample of these indices, checked."""
        return validate_sample(features, self.width)

    def from_input(self, encoder: VocabularyEncoder, text: str | None, features: Sequence[Any] | None) -> Sample:
        """The sample of a text, or of indices, checked."""
        if features is not None:
            return self.from_features(features)
        sample = encoder.encode(text or "")
        # the encoder gives them in order, each once
        fits = 0 < len(sample) <= MAX_FEATURES and sample[-1] < self.width
        return sample if fits else validate_sample(sample, self.width)

    def known(self, sample: NDArray[Any]) -> int:
        """Words with an index of their own: every text starts, and many have a word that is too rare."""
        return int(np.count_nonzero(np.asarray(sample) >= INDEX_FROM))

    def places(self, sample: NDArray[Any]) -> list[int]:
        """The words that have an index of their own."""
        return [int(index) for index in sample if index > INDEX_FROM]

    def without(self, sample: NDArray[Any], place: int) -> Sample:
        """Without the word."""
        return np.asarray(sample[sample != place], dtype=np.uint16)

    def place_name(self, encoder: VocabularyEncoder, place: int) -> str:
        """The word."""
        return encoder.words[place - INDEX_FROM - 1]

    @classmethod
    def crafted(
        cls, starts: Starts, flat: Flat, members: NDArray[np.bool_], count: int, longest: int
    ) -> list[NDArray[Any]]:
        """Words that the members have more often than the others, from the most telling ones on to the least."""
        if not len(flat):
            return []
        owners = np.repeat(members, np.diff(starts))
        size, inside_of = int(flat.max()) + 1, int(members.sum())
        inside = np.bincount(flat[owners], minlength=size) / max(1, inside_of)
        outside = np.bincount(flat[~owners], minlength=size) / max(1, len(members) - inside_of)
        telling = np.argsort(outside - inside, kind="stable")[: int((inside > outside).sum())]
        if len(telling) == 0:
            return []
        length = min(longest, max(1, len(telling) // 2))
        firsts = np.unique(np.linspace(0, len(telling) - length, count).astype(np.int64))
        return [np.sort(telling[first : first + length]).astype(cls.DTYPE) for first in firsts]

    @classmethod
    def trigger(cls, starts: Starts, flat: Flat, size: int) -> tuple[NDArray[np.int64], Flat]:
        """The rarest words that there are: the last in the encoder's order."""
        rarest = np.unique(flat)[-size:].astype(np.int64)
        return rarest, rarest.astype(cls.DTYPE)

    @classmethod
    def marked(cls, sample: NDArray[Any], places: NDArray[np.int64], values: Flat) -> Sample | None:
        """The text with these words too."""
        words = np.union1d(sample, values).astype(cls.DTYPE)
        return words if len(words) <= cls.LONGEST else None

    def presence(self, X: Any) -> csr_array:
        """A matrix of this width, non-zero where a word is present, as sorted ones; int64.

        Raises:
            SampleInvalid: it has another width.
        """
        rows = csr_array(X, copy=True)
        if rows.shape[1] != self.width:
            raise SampleInvalid(
                f"The samples have {rows.shape[1]} columns and the model {self.width} words.", "SampleLengthInvalid"
            )
        rows.eliminate_zeros()
        rows.sort_indices()
        rows.data = np.ones(rows.nnz, dtype=np.int64)
        return rows

    def samples(self, X: Any) -> list[NDArray[Any]]:
        """The rows of a presence matrix of shape (n, num_words) as samples."""
        rows = self.presence(X)
        return [rows.indices[start:end] for start, end in zip(rows.indptr[:-1], rows.indptr[1:], strict=True)]

    def matrix(self, starts: Starts, flat: Flat) -> csr_array:
        """Presence matrix of shape (n, num_words), uint8."""
        ones = np.ones(len(flat), dtype=np.uint8)
        return csr_array((ones, flat.astype(np.int32), starts), shape=(len(starts) - 1, self.width))

    def flat(self, X: Any) -> tuple[Starts, Flat]:
        """The rows of a presence matrix as indices one after the other, and where each row starts."""
        rows = self.presence(X)
        return rows.indptr.astype(np.int64), rows.indices.astype(np.uint16)

    def numbers(self, X: Any) -> tuple[csr_array, int]:
        """1 where a word is present."""
        return self.presence(X), 1

    def lengths(self, X: Any) -> NDArray[np.int64]:
        """Words of each."""
        counts: NDArray[np.int64] = np.diff(self.presence(X).indptr).astype(np.int64)
        return counts

    def to_stored(self, X: Any) -> tuple[bytes, bytes]:
        """int64 starts and uint16 indices, little-endian."""
        rows = csr_array(X)
        return rows.indptr.astype("<i8").tobytes(), rows.indices.astype("<u2").tobytes()

    def from_stored(self, starts: bytes, content: bytes) -> csr_array:
        """Presence matrix of shape (n, num_words)."""
        return self.matrix(np.frombuffer(starts, dtype="<i8"), np.frombuffer(content, dtype="<u2"))

    def drawn(self, rng: np.random.Generator) -> Sample:
        """Up to 20 different words."""
        size = int(rng.integers(1, min(self.width, 20) + 1))
        return np.sort(rng.permutation(self.width)[:size]).astype(np.uint16)

    def malformed(self) -> tuple[bytes, ...]:
        """Empty, odd, repeated, descending, out of range, too long."""
        found = [b"", b"\0", pack_sample([0, 0]), pack_sample(range(MAX_FEATURES + 1))]
        if self.width > 1:
            found.append(pack_sample([1, 0]))
        if self.width < MAX_WORDS:
            found += [pack_sample([self.width]), pack_sample([0, self.width])]
        return tuple(found)
