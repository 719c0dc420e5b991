"""Awkward files, and what each gets: the same from the loader, from the service and in a sweep.

Texts are told apart by two words of each class among common ones, so that whoever reads them right learns them.
"""

import csv
import gzip
import io
import json
import random
import unicodedata
from decimal import Decimal
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 240

#: Words of each class, words of both, and what stands between words.
LANGUAGES = {
    "german": ("herrlich köstlich", "scheußlich fade", "das Essen im Gasthof am Markt war heute mit uns", " "),
    "chinese": ("好吃 新鲜", "难吃 油腻", "这家 饭店 今天 朋友 点了 服务 菜单 一起", ""),
    "japanese": ("美味しい 新鮮", "まずい 冷たい", "この 店 の 料理 を 今日 ランチ 家族 食べた", ""),
    "arabic": ("لذيذ طازج", "مقرف بارد", "كان الطعام في هذا المطعم اليوم مع العائلة كلها هنا", " "),
    "hindi": ("स्वादिष्ट ताज़ा", "बासी घटिया", "यह खाना आज परिवार के साथ होटल में था", " "),
    "thai": ("อร่อย สดใหม่", "จืดชืด เหม็น", "อาหาร ร้าน นี้ วันนี้ กับ ครอบครัว กิน ที่", ""),
    "emoji": ("🥰 🎁", "🤮 👎", "🍕 🍜 🥗 🍷 🍽 🚗 🌧 ☕", " "),
}

Row = tuple[str, int]


class Case(NamedTuple):
    """An awkward file.

    Attributes:
        content: its bytes.
        refused: what the sentence says; empty where it is taken.
        options: that have to be given, by name.
        classes: that it has, where they are not 0 and 1.
        remarks: each stands in a sentence of the report.
        numbers: whether it is a table of numbers.
        learned: whether its texts can be told apart.
    """

    content: bytes
    refused: str = ""
    options: dict[str, str] = {}  # noqa: RUF012
    classes: tuple[str, ...] = ("0", "1")
    remarks: tuple[str, ...] = ()
    numbers: bool = False
    learned: bool = False


def texts(language: str, count: int = ROWS) -> list[Row]:
    """Different texts in random order, half of them of each class."""
    rng = random.Random(language)
    *words_of, space = LANGUAGES[language]
    good, bad, common = (words.split() for words in words_of)
    found: dict[str, int] = {}
    while len(found) < count:
        label = len(found) % 2
        words = [*rng.choices(common, k=rng.randint(7, 14)), rng.choice(good if label else bad)]
        rng.shuffle(words)
        found.setdefault(space.join(words), label)
    rows = list(found.items())
    rng.shuffle(rows)
    return rows


def as_csv(rows: list[Any], header: list[str], separator: str = ",") -> str:
    """The file's text."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=separator)
    writer.writerows([header, *rows])
    return stream.getvalue()


def as_parquet(**columns: Any) -> bytes:
    """The file's bytes."""
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


def as_lines(rows: list[dict[str, Any]]) -> bytes:
    """The file's bytes, JSON Lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


#: Looks like "cop".
CYRILLIC = "\u0441\u043e\u0440"
NAMES = ["text", "label"]
GERMAN = texts("german")
PLAIN = as_csv(GERMAN, NAMES)
_WORDS, _CLASSES = [text for text, _ in GERMAN], [label for _, label in GERMAN]
LAST = ROWS + 2
#: Line 19 in a CSV with a header, row 18 without one.
_AT = 17


def _languages() -> dict[str, Case]:
    return {f"{language}.csv": Case(as_csv(texts(language), NAMES).encode(), learned=True) for language in LANGUAGES}


def _formats() -> dict[str, Case]:
    lines = [{"text": text, "label": label} for text, label in GERMAN]
    broken = [{"text": f"{text}\r\n„so, ja“", "label": label} for text, label in GERMAN]
    return {
        "mark.csv": Case(PLAIN.encode("utf-8-sig"), learned=True),
        "semicolons.csv": Case(as_csv(GERMAN, NAMES, ";").encode(), learned=True),
        "tabs.tsv": Case(as_csv(GERMAN, NAMES, "\t").encode(), learned=True),
        "bars.csv": Case(as_csv(GERMAN, NAMES, "|").encode(), learned=True),
        "says.csv": Case(f"sep=;\n{as_csv(GERMAN, NAMES, ';')}".encode(), learned=True),
        "commas-within.csv": Case(as_csv([(f"{t}, ja", n) for t, n in GERMAN], NAMES, ";").encode(), learned=True),
        "latin1.csv": Case(PLAIN.encode("latin-1"), refused="not UTF-8 .*option encoding, such as latin-1"),
        "latin1-named.csv": Case(PLAIN.encode("latin-1"), options={"encoding": "latin-1"}, learned=True),
        "utf16.csv": Case(PLAIN.encode("utf-16"), learned=True),
        "utf16-unmarked.csv": Case(PLAIN.encode("utf-16-le"), refused="not UTF-8|NUL characters"),
        "unknown-encoding.csv": Case(PLAIN.encode(), refused="which Python does not know", options={"encoding": "x"}),
        "wrong-separator.csv": Case(PLAIN.encode(), "has no column 'text'.*or what parts", {"separator": "tab"}),
        "packed.csv.gz": Case(gzip.compress(PLAIN.encode()), learned=True),
        "packed-twice.csv.gz": Case(
            gzip.compress(PLAIN[:999].encode()) + gzip.compress(PLAIN[999:].encode()), learned=True
        ),
        "cut.csv.gz": Case(gzip.compress(PLAIN.encode())[:-200], refused="packed file is (cut short|damaged)"),
        "broken-fields.csv": Case(as_csv([row.values() for row in broken], NAMES).encode(), learned=True),
        "blank-lines.csv": Case(PLAIN.replace("\r\n", "\r\n\r\n").encode(), learned=True),
        "lines.jsonl": Case(as_lines(lines), learned=True),
        "lines.jsonl.gz": Case(gzip.compress(as_lines(lines)), learned=True),
        "plain.parquet": Case(as_parquet(text=_WORDS, label=_CLASSES), learned=True),
        "dictionary.parquet": Case(
            as_parquet(
                text=pa.array(_WORDS).dictionary_encode(), label=pa.array(map(str, _CLASSES)).dictionary_encode()
            ),
            learned=True,
        ),
        "binary.parquet": Case(
            as_parquet(text=[t.encode() for t in _WORDS], label=pa.array(_CLASSES, pa.float64())), learned=True
        ),
        "boolean.parquet": Case(as_parquet(text=_WORDS, label=[label == 1 for label in _CLASSES]), learned=True),
        "decimal.parquet": Case(as_parquet(text=_WORDS, label=[Decimal(label) for label in _CLASSES]), learned=True),
        "not-utf8.parquet": Case(
            as_parquet(text=[t.encode("latin-1") for t in _WORDS], label=_CLASSES), "bytes in 'text' that are not"
        ),
        "cut.parquet": Case(as_parquet(text=_WORDS, label=_CLASSES)[:-30], refused="Parquet file is damaged"),
        "nothing.csv": Case(b"", refused="is empty"),
        "header.csv": Case(b"text,label\n", refused="has no rows"),
    }  # fmt: skip


def _columns() -> dict[str, Case]:
    named = {"text_column": "review", "label_column": "stars"}
    other = as_csv(GERMAN, ["review", "stars"]).encode()
    asked = "columns are 'review', 'stars': say which it is with text_column and label_column"
    twice = "the column 'label' twice"
    return {
        "columns.csv": Case(other, refused=asked),
        "columns-named.csv": Case(other, options=named, learned=True),
        "columns.jsonl": Case(as_lines([{"review": t, "stars": n} for t, n in GERMAN]), refused=asked),
        "columns.parquet": Case(as_parquet(review=_WORDS, stars=_CLASSES), refused=asked),
        "one-column.csv": Case(PLAIN.encode(), refused="both 'label'", options={"text_column": "label"}),
        "spaced.csv": Case(as_csv(GERMAN, [" text", "label "]).encode(), learned=True),
        "cased.csv": Case(as_csv(GERMAN, ["Text", "Label"]).encode(), refused="columns are 'Text', 'Label'"),
        "twice.csv": Case(as_csv([(t, n, 1 - n) for t, n in GERMAN], ["text", "label", "label"]).encode(), twice),
        "nameless.csv": Case(as_csv([(t, n, n) for t, n in GERMAN], ["text", "", "label"]).encode(), "no name for its"),
        "ragged.csv": Case(PLAIN.encode() + b"one field\r\n", f"line {LAST} has 1 field, and the first line names 2"),
        "ragged-late.csv": Case(
            as_csv([(f"{t}\n{t}", n) for t, n in GERMAN[:4]], NAMES).encode() + b"a,b,c\r\n", "line 10 has 3 fields"
        ),
        "ragged.jsonl": Case(as_lines([{"text": "a", "label": 1}, {"text": "b"}]), "line 2 lacks 'label'"),
        "quote.csv": Case(PLAIN.encode() + b'"open,1\r\n', f"line {LAST}: a quote opens in it that is never closed"),
        "half-quoted.csv": Case(b'text,label\n"go"od,1\n', "line 2: after a closing quote"),
        "no-object.jsonl": Case(b'{"text": "a", "label": 1}\n[]\n', "line 2 is no object"),
        "nested.jsonl": Case(b'{"text": ["a"], "label": 1}\n', "line 1 has no single value in 'text'"),
        "numbers.jsonl": Case(as_lines([{"text": 3, "label": 1}]), "line 1 has 3 where a text should be"),
    }


def _contents() -> dict[str, Case]:
    def labelled(name: Any) -> bytes:
        return as_csv([(t, name(i, n)) for i, (t, n) in enumerate(GERMAN)], NAMES).encode()

    forms = [(unicodedata.normalize(("NFC", "NFD")[i % 2], t), n) for i, (t, n) in enumerate(GERMAN)]
    spelled = ("gänzlich", "ga\u0308nzlich", "ganz\u200b", "ganz")
    both = [(t, n) for n in (1, 0) for t, _ in GERMAN[:40]] + GERMAN
    strangers = [(f"{t} " + " ".join(f"w{i}x{j}" for j in range(25)), n) for i, (t, n) in enumerate(GERMAN)]
    return {
        "mixed.csv": Case(
            labelled(lambda i, n: n if i % 3 else f"{n}.0"), learned=True, remarks=("'1.0' .* is read as '1'",)
        ),
        "ten.csv": Case(labelled(lambda i, _: 1 + i % 10), classes=tuple(map(str, range(1, 11)))),
        "ten.jsonl": Case(
            as_lines([{"text": t, "label": 1 + i % 10} for i, (t, _) in enumerate(GERMAN)]),
            classes=tuple(map(str, range(1, 11))),
        ),
        "zeros.csv": Case(labelled(lambda i, _: ("1", "01")[i % 2]), "labels that look alike: '01' .* and '1'"),
        "cases.csv": Case(labelled(lambda i, _: ("Yes", "yes")[i % 2]), "look alike: 'Yes' .* and 'yes'"),
        "scripts.csv": Case(labelled(lambda i, _: ("cop", CYRILLIC)[i % 2]), r"look alike: 'cop' .* \(U\+0441"),
        "labels.csv": Case(labelled(lambda i, _: spelled[i % 4]), classes=("ganz", "gänzlich"), remarks=("as 'ganz'",)),
        "one.csv": Case(labelled(lambda *_: 1), "has 1 label .* and 2 to 16 classes are taken"),
        "unlabelled.csv": Case(labelled(lambda i, n: n if i != _AT else " "), "line 19 has no label"),
        "unlabelled.parquet": Case(
            as_parquet(text=["a", "b"], label=pa.array([1.0, float("nan")])), "row 2 has no label"
        ),
        "empty.csv": Case(as_csv([*GERMAN[:_AT], (" ", 1)], NAMES).encode(), "line 19 has an empty text"),
        "rare.csv": Case(as_csv([*GERMAN, ("allein", "selten")], NAMES).encode(), "has 1 row of the class 'selten'"),
        "forms.csv": Case(as_csv(forms, NAMES).encode(), learned=True),
        "forms-twice.csv": Case(
            as_csv(forms + GERMAN, NAMES).encode(), learned=True, remarks=(f"{ROWS} rows of {2 * ROWS} repeat",)
        ),
        "contrary.csv": Case(as_csv(both, NAMES).encode(), remarks=("40 samples stand with more than one label",)),
        "strangers.csv": Case(
            as_csv(strangers, NAMES).encode(), remarks=("knows .* less than half: raise num_words",)
        ),
        "marks-only.csv": Case(
            as_csv([*GERMAN, ("!?", 1), ("...", 0)], NAMES).encode(), remarks=("2 texts hold no word",), learned=True
        ),
    }  # fmt: skip


def _tables() -> dict[str, Case]:
    rng = random.Random(7)
    rows: list[list[Any]] = [[rng.gauss(3 * n, 1), rng.gauss(-3 * n, 1), ("nein", "ja")[n]] for _, n in GERMAN]
    header = ["länge", "gewicht", "label"]

    def with_cell(cell: Any) -> bytes:
        return as_csv([[cell if i == _AT else a, b, c] for i, (a, b, c) in enumerate(rows)], header).encode()

    def table(content: bytes, refused: str = "", **further: Any) -> Case:
        return Case(content, refused, classes=("ja", "nein"), numbers=True, **further)

    columns = dict(zip(header, zip(*rows, strict=True), strict=True))
    where = "line 19 has {} in column 'länge'"
    few = [[1 + i % 3, i % 2, "xo"[i % 2]] for i in range(ROWS)]
    return {
        "table.csv": table(as_csv(rows, header).encode(), learned=True),
        "table-semicolons.csv": table(as_csv(rows, header, ";").encode("utf-16"), learned=True),
        "table.jsonl": table(as_lines([dict(zip(header, row, strict=True)) for row in rows]), learned=True),
        "table.parquet": table(as_parquet(**columns), learned=True),
        "decimals.parquet": table(
            as_parquet(**{**columns, "länge": [Decimal(round(row[0] * 100)) / 100 for row in rows]}), learned=True
        ),
        "switches.parquet": table(as_parquet(**columns, on=[i % 2 == 0 for i in range(ROWS)]), learned=True),
        "nan.csv": table(with_cell("nan"), where.format("'nan'")),
        "nan.parquet": table(
            as_parquet(**{**columns, "länge": [float("nan") if i == _AT else row[0] for i, row in enumerate(rows)]}),
            "row 18 has nan in column 'länge'",
        ),
        "infinite.csv": table(with_cell("-inf"), where.format("'-inf'")),
        "huge.csv": table(with_cell(1e308), where.format(r"'1e\+308'") + ", which is beyond"),
        "holes.csv": table(with_cell(""), where.format("nothing")),
        "decimal-comma.csv": table(with_cell("1,5"), "where a finite number should be: write decimal points"),
        "words.csv": table(with_cell("hoch"), where.format("'hoch'") + ", where a finite number should be"),
        "constant.csv": table(as_csv([[a, 5, c] for a, _, c in rows], [*"ab", "label"]).encode(), "column 'b' never"),
        "labels-alone.csv": table(b"label\n1\n0\n", "column 'label' alone"),
        "few.csv": table(
            as_csv(few, [*"ab", "label"]).encode(), f"3 rows .120 with repeats. of the class 'o'.* {ROWS} rows 6 differ"
        ),
    }  # fmt: skip


CASES: dict[str, Case] = _languages() | _formats() | _columns() | _contents() | _tables()
