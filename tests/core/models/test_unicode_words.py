"""Words of any language: what is one word, what is one text, and files that name how they were read."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earnest.core.encoders.alike import looks_like
from earnest.core.encoders.kinds.unicode_words import UNICODE, different, split, split_any
from earnest.core.encoders.normal import as_one, composed, folded, is_european
from earnest.core.encoders.registry import ENCODERS, of_format, read
from earnest.core.encoders.vocabulary import VocabularyEncoder
from earnest.core.errors import EncoderInvalid
from earnest.core.keccak import keccak256
from earnest.core.models.formats.words import Words

TEXTS = ["Ein großes GROSSES Lob!", "精彩的电影", "😍😍 don\u2019t"]
QUOTED = ['Caf\u00e9: "\'amazing" it was', "\u2019oh na\u00efve", "''so' it' \u00e9"]
FILE = (
    "earnest-vocabulary 2\nnfkc-casefold-1\nunicode-words-1\n9\n"
    "grosses\n😍\ndon't\nein\nlob\n彩\n彩的\n影\n电\n电影\n的\n的电\n精\n精彩\n"
).encode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (FILE.replace(b"nfkc-casefold-1", b"nfkc-casefold-2"), "of no kind that this version knows"),
        (FILE.replace(b"vocabulary 2", b"vocabulary 3"), "of no kind that this version knows"),
        (FILE[:-1], "truncated"),
        (FILE.replace(b"\n9\n", b"\nnine\n"), "truncated"),
        (FILE.replace(b"\n9\n", b"\n09\n"), "canonical"),
        (FILE.replace(b"lob", b"Lob"), "canonical"),
        (FILE.replace("电影".encode(), "精彩的".encode()), "canonical"),
        (FILE.replace(b"lob", unicodedata.normalize("NFD", "lób").encode()), "canonical"),
    ],
)
def test_file_that_is_damaged_or_of_another_version_is_refused(content, message):
    with pytest.raises(EncoderInvalid, match=message):
        read(content)


def test_file_names_normaliser_and_tokeniser_and_is_known_to_the_byte():
    encoder = VocabularyEncoder.fit(TEXTS, 9, UNICODE)
    assert encoder.to_bytes() == FILE
    again = read(FILE, keccak256(FILE))
    assert again.hash == encoder.hash
    assert again.normaliser == "nfkc-casefold-1 unicode-words-1"


def test_file_of_the_first_version_is_still_read_as_it_was():
    old = b"earnest-vocabulary 1\nkeras-imdb\n6\na\ngood\nfilm\nbad\n"
    encoder = read(old, keccak256(old))
    assert encoder.to_bytes() == old
    assert encoder.encode("Good,\u00a0film a").tolist() == [1, 4, 5]
    assert encoder.seen("Good,\u00a0film a") == ["good", "\u00a0film", "a"]


def test_new_pools_read_any_language_and_the_published_reader_stays():
    assert [kind.name for kind in of_format(Words.ID)] == ["unicode-words", "keras-imdb"]
    assert len({kind.head for kind in ENCODERS.values()}) == len(ENCODERS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It's GREAT!(really)...<br />10/10\tyes\nno", "it's great really br 10 10 yes no"),
        ("don\u2019t DON'T", "don't don't"),
        ("Straße STRASSE", "strasse strasse"),
        ("film.The 3.14 1,000.5 a_b", "film the 3.14 1,000.5 a b"),
        ("gro\u00df\u200bartig so\u00adgar", "grossartig sogar"),
        ("精彩电影", "精 精彩 彩 彩电 电 电影 影"),
        ("とても楽しい", "と とて て ても も も楽 楽 楽し し しい い"),
        ("カタカナ ｶﾀｶﾅ", "カタカナ カタカナ"),
        ("สนุก", "ส สนุ นุ นุก ก"),
        ("रोचक कहानी", "रोचक कहानी"),
        ("ﺱﻼﻡ سلام", "سلام سلام"),
        ("🎉🎉👩\u200d🚀👍🏽❤️", "🎉 🎉 👩\u200d🚀 👍🏽 ❤"),
        ("🇩🇪🇫🇷 ★", "🇩🇪 🇫🇷 ★"),
        ("?! -- ,", ""),
    ],
)
def test_words_are_those_of_the_language(text, words):
    assert split(text) == words.split()


@given(st.text(alphabet="aZ09._:,;'\u2019- \t\n!é精ก"))
def test_ascii_is_read_as_anything_else_is(text):
    assert split(text) == split_any(folded(text))
    assert different(text) == set(split(text))


@given(st.text(alphabet=[chr(code) for code in range(128)]))
def test_any_ascii_is_read_as_anything_else_is(text):
    assert split(text) == split_any(folded(text))
    assert different(text) == set(split(text))


EUROPEAN = st.characters(max_codepoint=0x24F) | st.characters(min_codepoint=0x2010, max_codepoint=0x2027)


@given(st.lists(st.text(EUROPEAN, max_size=3) | st.sampled_from([" ", "é", "'", "a", "1", "\u2019", "\u00a8", "\xad"])))
def test_words_that_are_read_apart_are_those_of_the_whole(pieces):
    text = "".join(pieces)
    assert is_european(text)
    assert different(text) == set(split(text))


@given(st.text(alphabet="aé \u0301\u0903\U0001f1e9\u200d\uffa0精"))
def test_words_of_any_script_are_the_same_each_once(text):
    assert different(text) == set(split(text))


@given(
    st.lists(st.sampled_from(["a", "b.c", "don't", "'1,5'", "x" * 40 + ".y", "é", "..", "_", "d"])), st.integers(3, 12)
)
def test_sample_is_made_of_the_words_whatever_way_they_are_looked_up(pieces, num_words):
    encoder = VocabularyEncoder.fit(["a a a don't don't b.c 1,5 é"], num_words, UNICODE)
    index = {word: rank + 3 for rank, word in enumerate(encoder.words, start=1)}
    ranks = [index[word] for piece in pieces for word in split(piece) if word in index]
    expected = {1, *(rank if rank < num_words else 2 for rank in ranks)}
    assert encoder.encode(" ".join(pieces)).tolist() == sorted(expected)


@given(st.text())
def test_normal_forms_stay_as_they_are_and_every_word_is_read_as_itself(text):
    assert folded(folded(text)) == folded(text)
    assert composed(composed(text)) == composed(text)
    for word in split(text):
        assert word in split(word)
        assert not set(word) & set("\n ")


@given(st.text(), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_forms_of_a_text_are_one_text(text, form):
    assert as_one(unicodedata.normalize(form, text)) == as_one(text)


def test_names_look_alike_whatever_their_script_and_case():
    assert looks_like("Spam") == looks_like("\u0405\u0440\u0430m")
    assert looks_like("gut") != looks_like("gute")


@given(st.lists(st.text(max_size=30), max_size=5), st.integers(3, 20))
def test_encoder_survives_its_file(texts, num_words):
    encoder = VocabularyEncoder.fit(texts, num_words, UNICODE)
    assert read(encoder.to_bytes(), encoder.hash).to_bytes() == encoder.to_bytes()
    for text in texts:
        known = set(encoder.seen(text)) - set(encoder.unknown(text))
        assert len(known) == len(set(encoder.encode(text).tolist()) - {1, 2})


@pytest.mark.parametrize(
    "text", ['Caf\u00e9: "\'amazing" it was', "\u2019oh na\u00efve", "''so' it' \u00e9", "\u00fc \"'t is"]
)
def test_words_in_quotation_marks_are_read_again_as_themselves(text: str) -> None:
    words = split(text)
    assert words
    assert all(split(word) == [word] for word in words)


@pytest.mark.parametrize("unit", ["a_1;_", "x.y ", "a1b2 ", "\u2026", "\u00bd ", "\u00e9 ", "word2 "])
def test_text_that_is_dear_to_read_is_told_from_plain_words(unit):
    encoder = VocabularyEncoder.fit(TEXTS, 9, UNICODE)
    plain = "a plain text of usual words, which end in a stop. " * 20
    dear = unit * (len(plain) // len(unit))
    assert encoder.effort(dear) > 3 * encoder.effort(plain)
    assert encoder.effort(plain) < 3 * len(plain)
