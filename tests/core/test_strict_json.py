"""JSON is parsed within bounds: depth is counted in the raw bytes, and what is ambiguous is refused."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earnest.core.errors import JsonInvalid
from earnest.core.strict_json import MAX_DEPTH, parse, require_shallow

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def depth_of(value):
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


@given(values, st.booleans())
def test_what_others_write_is_read_as_they_mean_it(value, ascii_only):
    assert parse(json.dumps(value, ensure_ascii=ascii_only).encode(), max_bytes=10**6) == value


@given(values, st.booleans())
def test_depth_is_counted_in_the_bytes(value, ascii_only):
    body, depth = json.dumps(value, ensure_ascii=ascii_only).encode(), depth_of(value)
    require_shallow(body, depth)
    if depth:
        with pytest.raises(JsonInvalid, match="nested deeper"):
            require_shallow(body, depth - 1)


@given(st.lists(st.sampled_from(['"', "\\", "[", "]", "{", "}", "a", ":", ","]), max_size=60).map("".join))
def test_no_text_is_parsed_deeper_than_it_was_counted(text):
    """Of what is no JSON too: wherever a parser is when it notices."""
    reached = deepest_of_a_parser(text)
    try:
        require_shallow(text.encode(), reached - 1)
    except JsonInvalid:
        return
    assert reached <= 0


def deepest_of_a_parser(text):
    """Depth at which Python's own parser is when it gives up, from the place that it names; 0 if it is at none."""
    try:
        return depth_of(json.loads(text))
    except json.JSONDecodeError as error:
        before = re.sub(r'"(?:[^"\\]|\\.)*("|$)', "", text[: error.pos], flags=re.DOTALL)
    depth = deepest = 0
    for character in before:
        depth += (character in "[{") - (character in "]}")
        deepest = max(deepest, depth)
    return deepest


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":[', b'["\\"[",['])
def test_depth_beyond_the_bound_is_refused_in_little_time(opening):
    body = opening * (8_000_000 // len(opening))
    with pytest.raises(JsonInvalid, match=f"deeper than {MAX_DEPTH} levels"):
        parse(body, max_bytes=10**7)


def test_brackets_side_by_side_and_in_strings_are_no_depth():
    require_shallow(b"[" + b",".join([b'{"a":[]}'] * 100_000) + b"]", 3)
    assert parse(b'["' + b"[" * 100_000 + b'\\"[[", "\\\\", []]', max_bytes=10**6)[1:] == ["\\", []]


def test_deepest_that_is_taken():
    assert depth_of(parse(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, max_bytes=1000)) == MAX_DEPTH


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "no JSON"),
        (b"[1,]", "no JSON: .* at character"),
        (b"nul", "no JSON"),
        (b"[1] [2]", "Extra data"),
        (b'{"a": 1, "b": {"c": 2, "c": 2}}', "'c' occurs twice"),
        (b'{"' + b"k" * 500 + b'": 1, "' + b"k" * 500 + b'": 2}', f"{'k' * 60}' occurs twice"),
        (b'{"a": 1, "\\u0061": 2}', "'a' occurs twice"),
        (b"NaN", "NaN is no number"),
        (b"[-Infinity]", "-Infinity is no number"),
        (b"1" * 5_000, "more digits than are read"),
        (b'{"a": [-' + b"1" * 5_000 + b"]}", "more digits than are read"),
        (b'"\xff"', "not UTF-8"),
        (b'"\xed\xa0\x80"', "not UTF-8"),
        ('"ada"'.encode("utf-16"), "not UTF-8"),
        (b'\xef\xbb\xbf"ada"', "no JSON"),
        (b'"\\ud800"', "surrogate"),
        (b'{"\\udfff": 1}', "surrogate"),
        (b'["\\ude00\\ud83d"]', "surrogate"),
        (b'"a\nb"', "no JSON"),
        (b"[" + b" " * 200 + b"]", "202 bytes; at most 200"),
    ],
)
def test_what_is_refused(body, words):
    with pytest.raises(JsonInvalid, match=words):
        parse(body, max_bytes=10_000 if len(body) != 202 else 200)


def test_strings_of_python_are_taken_and_refused_alike():
    assert parse('{"a": "é \\ud83d\\ude00"}', max_bytes=100) == {"a": "é 😀"}
    with pytest.raises(JsonInvalid, match="UTF-8"):
        parse('"\ud800"', max_bytes=100)
