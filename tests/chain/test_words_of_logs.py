"""What is read word by word is what the library reads; what the library refuses is never read."""

from typing import Any

import pytest
from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from hypothesis import given
from hypothesis import strategies as st

from earnest.chain.words_of_logs import WORD, checksummed, reader_of

KINDS = ("uint8", "uint16", "uint32", "uint96", "uint256", "bool", "address", "bytes32", "bytes")
VALUES: dict[str, st.SearchStrategy[Any]] = {
    **{f"uint{bits}": st.integers(0, 2**bits - 1) for bits in (8, 16, 32, 96, 256)},
    "bool": st.booleans(),
    "address": st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex()),
    "bytes32": st.binary(min_size=32, max_size=32),
    "bytes": st.binary(max_size=70),
}


def by_the_library(types: list[str], data: bytes) -> tuple[Any, ...] | None:
    try:
        told = decode(types, data)
    except (DecodingError, OverflowError):
        return None
    shown = {"address": checksummed, "bytes32": lambda value: "0x" + value.hex()}
    return tuple(shown.get(kind, lambda value: value)(value) for kind, value in zip(types, told, strict=True))


@st.composite
def laid_out(draw: st.DrawFn) -> tuple[list[str], bytes]:
    types = draw(st.lists(st.sampled_from(KINDS), max_size=6))
    return types, encode(types, [draw(VALUES[kind]) for kind in types])


@given(laid_out())
def test_values_that_are_laid_out_plainly_are_read_as_the_library_reads_them(case):
    types, data = case
    reader = reader_of(types)
    assert reader is not None
    assert reader(data) == by_the_library(types, data)
    assert reader(data) is not None


@given(laid_out(), st.data())
def test_nothing_is_read_that_the_library_reads_otherwise_or_refuses(case, data):
    types, plain = case
    changed = bytearray(plain)
    for _ in range(data.draw(st.integers(1, 3))):
        if changed:
            changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(-WORD, WORD))
    bent = bytes(changed[:end]) if end < 0 else bytes(changed) + bytes(end)
    reader = reader_of(types)
    assert reader is not None
    read = reader(bent)
    assert read is None or read == by_the_library(types, bent)


@pytest.mark.parametrize(
    ("kind", "word"),
    [("uint8", 1 << 8), ("uint96", 1 << 96), ("bool", 2), ("address", 1 << 160), ("bytes", 2 * WORD)],
)
def test_word_out_of_the_range_of_its_type_is_left_to_the_library(kind, word):
    reader = reader_of([kind])
    assert reader is not None
    assert reader(word.to_bytes(WORD, "big") + bytes(2 * WORD if kind == "bytes" else 0)) is None


def test_padding_that_is_not_zero_is_left_to_the_library():
    reader = reader_of(["bytes"])
    assert reader is not None
    plain = encode(["bytes"], [b"\1"])
    assert reader(plain) == (b"\1",)
    assert reader(plain[:-1] + b"\1") is None


@pytest.mark.parametrize("kind", ["address[]", "int8", "string", "uint"])
def test_types_that_no_log_has_often_are_left_to_the_library(kind):
    assert reader_of(["bool", kind]) is None
