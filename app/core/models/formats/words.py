"""Vocabulary samples: strictly ascending word indices, packed as big-endian uint16."""

from collections.abc import Iterable
from operator import index as whole_number

import numpy as np
from numpy.typing import NDArray

from earnest.core.errors import SampleInvalid

#: Longest sample that the contract takes.
MAX_FEATURES = 1024
#: Most words of an encoder: indices are uint16.
MAX_WORDS = 65_536

Sample = NDArray[np.uint16]


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
