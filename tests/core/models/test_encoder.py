"""The encoder and its canonical file, refusals first."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earnest.core.encoders import vocabulary as module
from earnest.core.encoders.vocabulary import VocabularyEncoder, split_words
from earnest.core.errors import EncoderInvalid
from earnest.core.keccak import keccak256

TEXTS = ["A good, good film!<br />Good.", "a BAD film", "rare\twords\nhere; a"]
GOOD_FILE = b"earnest-vocabulary 1\nkeras-imdb\n6\na\ngood\nfilm\nbad\nbr\nhere\nrare\nwords\n"


# REFUSALS


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "must begin"),
        (b"\x89PNG\r\n", "not UTF-8"),
        (b"earnest-vocabulary 2\nkeras-imdb\n6\na\n", "must begin"),
        (b"earnest-vocabulary 1\nother\n6\na\n", "must begin"),
        (b"earnest-vocabulary 1\nkeras-imdb\n", "truncated"),
        (b"earnest-vocabulary 1\nkeras-imdb\n6\na\ngoo", "truncated"),
        (b"earnest-vocabulary 1\nkeras-imdb\nsix\na\n", "truncated"),
        (b"earnest-vocabulary 1\nkeras-imdb\n" + b"9" * 5000 + b"\na\n", "truncated"),
        (b"earnest-vocabulary 1\nkeras-imdb\n2\na\n", "from 3 to 65536"),
        (b"earnest-vocabulary 1\nkeras-imdb\n65537\na\n", "from 3 to 65536"),
        (b"earnest-vocabulary 1\nkeras-imdb\n6\na\na\n", "repeats"),
        (b"earnest-vocabulary 1\nkeras-imdb\n006\na\n", "canonical"),
        (b"earnest-vocabulary 1\nkeras-imdb\n6\nA\n", "canonical"),
        (b"earnest-vocabulary 1\nkeras-imdb\n6\na b\n", "canonical"),
        (b"earnest-vocabulary 1\nkeras-imdb\n6\n\n", "canonical"),
    ],
)
def test_encoder_file_that_is_damaged_or_unknown_is_refused(content, message):
    with pytest.raises(EncoderInvalid, match=message):
        VocabularyEncoder.from_bytes(content)


def test_encoder_file_that_is_too_large_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(module, "MAX_FILE", 10)
    with pytest.raises(EncoderInvalid, match="at most 10"):
        VocabularyEncoder.from_bytes(GOOD_FILE)


def test_encoder_file_of_another_hash_is_refused():
    with pytest.raises(EncoderInvalid, match="does not match its hash"):
        VocabularyEncoder.from_bytes(GOOD_FILE, keccak256(b"another"))


@pytest.mark.parametrize("num_words", [-1, 2, 65_537])
def test_number_of_words_out_of_range_is_refused(num_words):
    with pytest.raises(EncoderInvalid, match="num_words"):
        VocabularyEncoder.fit(TEXTS, num_words)


# WORDS


def test_words_are_lower_case_without_keras_punctuation():
    assert split_words("It's GREAT!(really)...<br />10/10\tyes\nno") == [
        "it's",
        "great",
        "really",
        "br",
        "10",
        "10",
        "yes",
        "no",
    ]


def test_words_are_split_on_plain_spaces_only():
    assert split_words("no\u00a0break\u2003space\x0b\r end") == ["no\u00a0break\u2003space\x0b\r", "end"]


def test_words_are_ranked_by_frequency_then_code_point():
    assert VocabularyEncoder.fit(TEXTS, 10).words == ("a", "good", "film", "bad", "br", "here", "rare", "words")


# ENCODING


def test_sample_holds_start_known_words_and_out_of_vocabulary_once():
    encoder = VocabularyEncoder.fit(TEXTS, 6)
    sample = encoder.encode("Good good bad rare a never-seen")
    assert sample.dtype == np.uint16
    assert sample.tolist() == [1, 2, 4, 5]


@pytest.mark.parametrize("text", ["", "   ", "neverseen", "!!!"])
def test_text_without_known_words_is_the_start_alone(text):
    assert VocabularyEncoder.fit(TEXTS, 6).encode(text).tolist() == [1]


def test_words_without_an_index_of_their_own_are_listed_once_in_order():
    encoder = VocabularyEncoder.fit(TEXTS, 6)
    assert encoder.unknown("unseen good rare Unseen bad") == ["unseen", "rare", "bad"]


def test_many_texts_encode_as_single_ones_do():
    encoder = VocabularyEncoder.fit(TEXTS, 8)
    X = encoder.encode_many([*TEXTS, ""])
    assert (X.shape, X.dtype) == ((4, 8), np.uint8)
    for row, text in enumerate([*TEXTS, ""]):
        assert np.flatnonzero(X[[row]].toarray()[0]).tolist() == encoder.encode(text).tolist()


def test_no_texts_encode_to_an_empty_matrix():
    assert VocabularyEncoder.fit(TEXTS, 8).encode_many([]).shape == (0, 8)


@given(st.text())
def test_any_text_encodes_to_a_strictly_ascending_sample(text):
    encoder = VocabularyEncoder.fit(TEXTS, 6)
    sample = encoder.encode(text).astype(int)
    assert (np.diff(sample) > 0).all()
    assert sample[0] == 1
    assert sample[-1] < 6


# FILE


def test_canonical_file_is_known_to_the_byte():
    encoder = VocabularyEncoder.fit(TEXTS, 6)
    assert encoder.to_bytes() == GOOD_FILE
    assert encoder.hash == keccak256(GOOD_FILE)


@given(st.lists(st.text(max_size=30), max_size=5), st.integers(3, 20))
def test_encoder_survives_its_file(texts, num_words):
    encoder = VocabularyEncoder.fit(texts, num_words)
    again = VocabularyEncoder.from_bytes(encoder.to_bytes(), encoder.hash)
    assert (again.words, again.num_words, again.hash) == (encoder.words, encoder.num_words, encoder.hash)


def test_order_of_training_texts_does_not_change_the_encoder():
    assert VocabularyEncoder.fit(TEXTS[::-1], 6).hash == VocabularyEncoder.fit(TEXTS, 6).hash
