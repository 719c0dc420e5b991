"""Rows of files: what is good is read, what is bad is told of its row."""

import json
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from earnest.client.rows import rows
from earnest.core.errors import DatasetError

GOOD = [('A fine, quoted "film"\nin two lines', 1), ("Bad", 0), ("Größe", 12)]


def written(folder: Path, ending: str) -> Path:
    path = folder / f"samples{ending}"
    records = [{"text": text, "label": label} for text, label in GOOD]
    if ending in (".csv", ".tsv"):
        mark = "," if ending == ".csv" else "\t"
        quoted = [f'"{text.replace(chr(34), chr(34) * 2)}"{mark}{label}' for text, label in GOOD]
        path.write_text("\n".join([f"text{mark}label", *quoted]), "utf-8-sig")
    elif ending == ".jsonl":
        path.write_text("\n".join(map(json.dumps, records)) + "\n\n")
    else:
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(records), path)
    return path


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_every_kind_of_file_has_the_same_rows(tmp_path, ending):
    found = list(rows(written(tmp_path, ending)))
    assert [row.item for row in found] == [{"text": text, "label": label} for text, label in GOOD]
    assert [row.number for row in found] == [1, 2, 3]


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ('{"text": "", "label": 1}', "empty"), ('{"text": "a"}', "no label"),
        ('{"text": "a", "label": true}', "no class"),
        ('{"text": "a", "label": 1.5}', "no class"), ('{"text": "a", "label": -1}', "no class"),
        ('{"text": "a", "label": 65536}', "no class"), ('{"text": 7, "label": 1}', "empty"), ("[1]", "no JSON object"),
        ("{", "no JSON"), ('{"text": "a", "text": "b", "label": 1}', "no JSON"), ('{"label": 1}', "neither"),
        ('{"features": [1, "x"], "label": 1}', "no number"), ('{"text": "a\\u0000", "label": 1}', "NUL"),
        ('{"features": [true], "label": 1}', "no number"),
        ('{"text": "' + "a" * 100_001 + '", "label": 1}', "characters"),
    ],
)  # fmt: skip
def test_bad_row_is_told_and_the_next_is_read(tmp_path, line, word):
    path = tmp_path / "samples.jsonl"
    path.write_text(f'{line}\n{{"text": "good", "label": 1}}\n')
    bad, good = rows(path)
    assert bad.item is None
    assert word in str(bad.fault)
    assert good.item == {"text": "good", "label": 1}


def test_columns_without_texts_are_features(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b,label\n1.5,2,0\nnan,2,1\n")
    first, second = rows(path)
    assert first.item == {"features": [1.5, 2], "label": 0}
    assert "finite" in str(second.fault)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.xlsx", b"x"), ("a.csv", b"\xff\xfe"), ("a.csv", b""), ("a.csv", b"text,text\na,b\n"),
     ("a.csv", b'text,label\n"a'), ("a.parquet", b"PAR1"), ("a.jsonl", b"x" * 1_000_001), ("missing.csv", None)],
)  # fmt: skip
def test_what_is_no_such_file_is_told_in_a_sentence(tmp_path, name, content):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DatasetError):
        list(rows(path))
