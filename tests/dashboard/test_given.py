"""What people type and upload becomes samples, or a sentence that says why not."""

import gzip
import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from earnest.core.errors import CoreError, DatasetError
from earnest.core.incentives.registry import INCENTIVES
from earnest.dashboard.deploying import fields_of, request_of
from earnest.dashboard.files import MOST_BYTES, MOST_ROWS, MOST_UNPACKED, read
from earnest.dashboard.given import marked, sample_given
from earnest.dashboard.pages.contribution import events_file
from earnest.pools.overview import Told
from tests.dashboard.test_pages import pool

CLASSES = ["ham", "spam"]
WORDS = pool(status="ready", model="sparse-perceptron/1", classes=2)
ROWS = pool(status="ready", model="dense-perceptron/1", classes=2)


def test_row_is_numbers_however_they_are_separated() -> None:
    for text in ("1, 2.5,-3", "1 2.5 -3", "1;2.5;\t-3\n"):
        assert sample_given(ROWS, text).features == [1.0, 2.5, -3.0]
    with pytest.raises(CoreError, match="'two' is no number"):
        sample_given(ROWS, "1, two")
    assert sample_given(WORDS, "1, two").text == "1, two"


def test_words_that_decided_are_marked_and_unknown_ones_struck() -> None:
    told = Told(1, 5, [("good", 3), ("bad", -2)], 2, ["zzz"], 1, 1)
    assert marked("Good <b>bad</b> zzz", told, CLASSES) == (
        '<b class="k2">Good</b> &lt;b&gt;<b class="k1">bad</b>&lt;/b&gt; <s>zzz</s>'
    )


def test_words_of_a_script_without_spaces_are_marked_where_they_stand() -> None:
    told = Told(1, 5, [("精彩", 3), ("精", 2)], 2, ["很", "影很"], 1, 1)
    assert marked("电影很精彩 精 film", told, CLASSES) == (
        '电影<s>很</s><b class="k2">精彩</b> <b class="k2">精</b> film'
    )
    # a word within a longer one of a script with spaces is another word
    told = Told(1, 5, [("film", 3)], 2, [], 1, 1)
    assert marked("filmography Film", told, CLASSES) == 'filmography <b class="k2">Film</b>'


@pytest.mark.parametrize(
    "content",
    [
        b"text,label\na b,ham\nc,1\n", b"text\tlabel\na b\tham\nc\t1\n",
        b'{"text": "a b", "label": "ham"}\n{"text": "c", "label": 1}\n',
    ],
)  # fmt: skip
def test_file_of_texts_is_read_whatever_its_format(content: bytes) -> None:
    found = read("f", content, WORDS, (), CLASSES)
    assert [(sample.text, sample.label) for _, sample in found.samples] == [("a b", 0), ("c", 1)]
    assert found.bad == []


def test_bad_rows_of_a_file_are_told_one_by_one() -> None:
    content = b"text,label\na,ham\na,spam\n ,ham\nb,\nc,other\nd,7\n"
    found = read("f.csv", content, WORDS, (), CLASSES)
    assert len(found.samples) == 1
    assert [row.number for row in found.bad] == [3, 4, 5, 6, 7]
    for why, row in zip(("same as line 2", "no text", "no label", "'other'", "'7'"), found.bad, strict=True):
        assert why in row.why
    rows = read("f.csv", b"x,y,label\n1,2,ham\n1,,ham\nx,2,ham\n", ROWS, ("x", "y"), CLASSES)
    assert [sample.features for _, sample in rows.samples] == [[1.0, 2.0]]
    assert len(rows.bad) == 2


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"text,kind\na,b\n", "no column 'label'"),
        (b"x" * (MOST_BYTES + 1), "at most 900,000 are read"),
        (b"", "empty"),
        (b"\xff\xfe\xff", "."),
    ],
)
def test_file_of_which_nothing_can_be_read_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(DatasetError) as refused:
        read("f.csv", content, WORDS, (), CLASSES)
    assert why in str(refused.value)


def test_rows_beyond_one_transaction_are_counted() -> None:
    content = "text,label\n" + "".join(f"w{row},ham\n" for row in range(MOST_ROWS + 3))
    found = read("f.csv", content.encode(), WORDS, (), CLASSES)
    assert (len(found.samples), found.left) == (MOST_ROWS, 3)


def test_calendar_has_both_moments_and_lines_of_75_bytes() -> None:
    file = events_file([("opens", 0, "The refund opens, of a pool \N{SNOWMAN}" * 4), ("ends", 60, "b;c")], "p")
    assert file.startswith("BEGIN:VCALENDAR\r\n")
    assert file.count("BEGIN:VEVENT") == file.count("END:VEVENT") == 2
    assert "DTSTART:19700101T000000Z" in file
    assert "b\\;c" in file
    assert all(len(line.encode()) <= 75 for line in file.split("\r\n"))


@pytest.mark.parametrize("name", [name for name, incentive in INCENTIVES.items() if incentive.contract is not None])
def test_form_as_it_is_found_makes_a_pool_of_every_incentive(name: str) -> None:
    incentive = INCENTIVES[name]
    fields = fields_of(incentive, {})
    assert [field.name for field in fields] == [one.name for one in incentive.parameters]
    given: dict[str, Any] = {field.name: field.value for field in fields}
    given |= {"name": "Films", "dataset": "made-up-reviews", "model": "sparse-perceptron"}
    asked = request_of(incentive, given, "")
    assert asked.terms.incentive is incentive
    asked.terms.validate()


@pytest.mark.parametrize("kind", ["repeated", "repeated in its schema", "prefixes", "zstd", "gzip"])
def test_small_file_that_unpacks_to_much_is_refused_before_it_is_unpacked(kind: str) -> None:
    one, rows = "good film " * 4_000, 2_000
    texts: Any = [one] * rows
    how: dict[str, Any] = {"compression": "snappy", "store_schema": False}
    if kind == "repeated in its schema":
        texts, how = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([one])), {}
    elif kind == "prefixes":
        how |= {"use_dictionary": False, "column_encoding": {"text": "DELTA_BYTE_ARRAY", "label": "PLAIN"}}
    elif kind == "zstd":
        texts, how = ["good"] * rows, {"compression": "zstd"}
    stream = io.BytesIO()
    if kind == "gzip":
        stream.write(gzip.compress(b"text,label\n" + b"good,1\n" * (MOST_UNPACKED // 7)))
    else:
        pq.write_table(pa.table({"text": texts, "label": ["1"] * rows}), stream, **how)
    assert len(stream.getvalue()) < MOST_BYTES / 10
    before = pa.total_allocated_bytes()
    with pytest.raises(DatasetError, match=r"unpacks to more than|compressed with ZSTD"):
        read("x", stream.getvalue(), WORDS, (), CLASSES)
    assert pa.total_allocated_bytes() - before < MOST_UNPACKED


def test_field_that_is_made_from_the_data_says_so_and_amounts_want_a_point() -> None:
    sealed = INCENTIVES["sealed-assessment"]
    assert {field.empty for field in fields_of(sealed, {})} == {"made from the data"}
    assert {field.empty for field in fields_of(INCENTIVES["self-assessment"], {})} == {""}
    given = {"name": "Films", "dataset": "made-up-reviews", "model": "sparse-perceptron", "agreed_price": "0,01"}
    with pytest.raises(CoreError, match="its decimals stand behind a point"):
        request_of(sealed, given, "")


def test_places_of_a_file_have_their_unit() -> None:
    assert read("f.csv", b"text,label\na,ham\n", WORDS, (), CLASSES).unit == "line"


def test_quote_says_a_window_in_its_largest_unit() -> None:
    incentive = INCENTIVES["self-assessment"]
    terms = request_of(incentive, {"name": "F", "dataset": "made-up-reviews", "model": "sparse-perceptron"}, "").terms
    assert "within 9 d" in incentive.words.late(terms)
