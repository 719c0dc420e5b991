from dataclasses import replace

import pytest

from earnest.core.keccak import keccak256
from earnest.core.pool import Contribution

WHAT = Contribution(index=3, contributor=f"0x{0xA0:040x}", label=1, time=1000, deposit=5)
SAMPLE_HASH = keccak256(b"\x00\x01")


@pytest.mark.parametrize(
    "changed",
    [{"index": 4}, {"contributor": f"0x{0xA1:040x}"}, {"label": 0}, {"time": 1001}, {"deposit": 6}],
    ids=lambda changed: next(iter(changed)),
)
def test_commitment_depends_on_every_field(changed):
    assert replace(WHAT, **changed).commitment(SAMPLE_HASH) != WHAT.commitment(SAMPLE_HASH)


def test_commitment_depends_on_the_sample():
    assert WHAT.commitment(keccak256(b"\x00\x02")) != WHAT.commitment(SAMPLE_HASH)


def test_commitment_is_the_low_160_bits_of_the_hash_of_six_words():
    words = [3, 0xA0, 1, 1000, 5]
    packed = b"".join(word.to_bytes(32, "big") for word in words) + SAMPLE_HASH

    assert WHAT.commitment(SAMPLE_HASH) == int.from_bytes(keccak256(packed), "big") % 2**160


def test_commitment_does_not_depend_on_how_an_address_is_written():
    lower = replace(WHAT, contributor="0x" + "ab" * 20)
    assert lower.commitment(SAMPLE_HASH) == replace(WHAT, contributor="0x" + "Ab" * 20).commitment(SAMPLE_HASH)
