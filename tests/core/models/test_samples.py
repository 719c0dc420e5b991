"""Samples: what the contract refuses is refused here, under the same name."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earnest.core.errors import SampleInvalid
from earnest.core.models.formats.words import MAX_FEATURES, pack_sample, unpack_sample, validate_sample


@pytest.mark.parametrize(
    ("indices", "name", "values"),
    [
        ([], "SampleEmpty", {}),
        (range(MAX_FEATURES + 1), "SampleTooLong", {"features": MAX_FEATURES + 1, "maximum": MAX_FEATURES}),
        ([1, 2000], "SampleFeatureOutOfRange", {"position": 1, "feature": 2000, "numWords": 2000}),
        ([-1, 5], "SampleFeatureOutOfRange", {"position": 0, "feature": -1, "numWords": 2000}),
        ([3, 1], "SampleNotAscending", {"position": 1, "previous": 3, "feature": 1}),
        ([1, 3, 3], "SampleNotAscending", {"position": 2, "previous": 3, "feature": 3}),
        ([3, 1, 9999], "SampleNotAscending", {"position": 1, "previous": 3, "feature": 1}),
        ([10**30], "SampleFeatureOutOfRange", {"position": 0, "feature": 10**30, "numWords": 2000}),
        ([1.5], "SampleLengthInvalid", {}),
        (["1"], "SampleLengthInvalid", {}),
    ],
)
def test_sample_that_the_contract_refuses_is_refused_under_its_name(indices, name, values):
    with pytest.raises(SampleInvalid) as refused:
        validate_sample(indices, 2000)
    assert (refused.value.name, refused.value.values) == (name, values)


def test_packed_sample_of_odd_length_is_refused():
    with pytest.raises(SampleInvalid, match="3 bytes") as refused:
        unpack_sample(b"\0\1\2")
    assert (refused.value.name, refused.value.values) == ("SampleLengthInvalid", {"length": 3})


def test_sample_packs_as_big_endian_pairs_of_bytes():
    assert pack_sample([1, 2, 0x1234]) == bytes.fromhex("000100021234")


def test_longest_sample_and_highest_index_are_taken():
    highest = list(range(65_536 - MAX_FEATURES, 65_536))
    assert validate_sample(highest, 65_536).tolist() == highest


@given(st.sets(st.integers(0, 65_535), min_size=1, max_size=MAX_FEATURES).map(sorted))
def test_sample_survives_packing(indices):
    sample = validate_sample(indices, 65_536)
    assert sample.dtype == np.uint16
    assert unpack_sample(pack_sample(sample)).tolist() == indices
