"""Uploaded CSVs, refusals first."""

import csv

import pytest

from earnest.core.errors import DatasetError
from earnest.data import csv_file

GOOD = b'text,label\ngood film,1\n"bad,\nfilm",0\n'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "lacks the column label"),
        (b"text\ngood\n", "lacks the column label"),
        (b"label,words\n1,good\n", "lacks the column text"),
        (b"text,label\n", "is empty"),
        (b"text,label\ngood,1\n  ,0\n", "line 3 has an empty text"),
        (b"text,label\ngood,1\nbad\n", "line 3 has no label"),
        (b"text,label\ngood,1\nfine,1\n", "two classes"),
        (b"text,label\ngood,1\nbad,0\nodd,2\n", "3 labels"),
        (b"text,label\ngood,yes\nbad,yes\n", "has 1 label "),
        (b'text,label\n"good,1\n', "malformed"),
        (b'text,label\n"go"od,1\n', "malformed"),
        (b"text,label\n\xff\xfe,1\n", "not UTF-8"),
    ],
)
def test_csv_that_is_unfit_is_refused_with_the_place(content, message):
    with pytest.raises(DatasetError, match=message):
        csv_file.load(content)


def test_csv_with_too_many_rows_is_refused(monkeypatch):
    monkeypatch.setattr(csv_file, "MAX_ROWS", 1)
    with pytest.raises(DatasetError, match="more than 1 rows"):
        csv_file.load(GOOD)


def test_csv_with_too_many_bytes_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(csv_file, "MAX_BYTES", 10)
    (tmp_path / "a.csv").write_bytes(GOOD)
    for source in (GOOD, tmp_path / "a.csv"):
        with pytest.raises(DatasetError, match="at most 10"):
            csv_file.load(source)


def test_csv_with_a_field_beyond_the_limit_is_refused_and_the_limit_restored(monkeypatch):
    before = csv.field_size_limit()
    monkeypatch.setattr(csv_file, "MAX_FIELD", 20)
    with pytest.raises(DatasetError, match="field larger"):
        csv_file.load(b"text,label\n" + b"a" * 21 + b",1\n")
    assert csv.field_size_limit() == before


def test_csv_that_is_missing_is_refused(tmp_path):
    with pytest.raises(DatasetError, match=r"a\.csv cannot be read: No such file"):
        csv_file.load(tmp_path / "a.csv")


def test_csv_reads_alike_from_bytes_text_and_file(tmp_path):
    (tmp_path / "a.csv").write_bytes(GOOD)
    for source in (GOOD, GOOD.decode(), tmp_path / "a.csv", b"\xef\xbb\xbf" + GOOD):
        dataset = csv_file.load(source, "mine")
        assert (dataset.id, dataset.texts, dataset.labels.tolist()) == ("mine", ("good film", "bad,\nfilm"), [1, 0])


def test_csv_of_more_classes_than_are_taken_is_refused():
    rows = b"text,label\n" + b"".join(b"text %d,%d\n" % (row, row) for row in range(12))
    for most, told in (
        (2, "12 labels .* use 0 and 1, or the names of two classes"),
        (11, "the names of 2 to 11 classes"),
    ):
        with pytest.raises(DatasetError, match=told):
            csv_file.load(rows, most_classes=most)


def test_numbers_of_many_classes_are_the_classes():
    rows = b"text,label\n" + b"".join(b"text %d,%d\n" % (row, 11 - row) for row in range(12))
    dataset = csv_file.load(rows, most_classes=16)
    assert dataset.labels.tolist() == list(range(11, -1, -1))
    assert dataset.classes == tuple(map(str, range(12)))


def test_names_of_many_classes_are_in_code_point_order():
    dataset = csv_file.load(b"text,label\na,2\nb,1\nc,10\nd,01\n", most_classes=16)
    assert (dataset.labels.tolist(), dataset.classes) == ([3, 1, 2, 0], ("01", "1", "10", "2"))


def test_two_class_names_become_classes_in_code_point_order():
    dataset = csv_file.load(b"id,label,text\n7,spam,buy now\n8,ham,hello\n")
    assert (dataset.labels.tolist(), dataset.classes) == ([1, 0], ("ham", "spam"))
