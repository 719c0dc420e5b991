"""Languages, encoders and normal forms: the tables of docs/data.md, measured and printed."""

import unicodedata
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from earnest.core.encoders import normal
from earnest.core.encoders.registry import ENCODERS, of_format
from earnest.core.models.formats.words import Words
from earnest.core.models.registry import MODELS
from earnest.data import movie_reviews
from earnest.data.dataset import split
from tests.data.own.awkward import LANGUAGES, texts

#: To learn from; as many more measure it.
INITIAL = 400
ON_WORDS = ("sparse-perceptron", "naive-bayes", "sparse-margin-perceptron")
BAR = 0.95
#: Without spaces between words, the published reader sees a text as one word, and learns nothing.
BLIND = {("keras-imdb", language) for language in ("chinese", "japanese", "thai")}


#: Film reviews to learn from, and those that measure it.
REVIEWS, HELD_OUT = 2000, 4000
#: Each letter as another program writes it: wide Latin ones, and the forms that Arabic ones have by their place.
WIDE = {ord(letter): chr(ord(letter) + 0xFEE0) for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"}
PLACED = {
    int(parts[1], 16): chr(code)
    for code in range(0xFE80, 0xFEF5)
    if len(parts := unicodedata.decomposition(chr(code)).split()) == 2
}


def accuracy(encoder: str, model: str, language: str, forms: dict[int, str] | None = None) -> float:
    """Of a model that learned some texts, on others, which may be written in other forms."""
    rows = texts(language, 2 * INITIAL)
    inputs, labels = [text for text, _ in rows], np.array([label for _, label in rows])
    others = [text.translate(forms or {}) for text in inputs[INITIAL:]]
    return learned(encoder, model, inputs[:INITIAL], labels[:INITIAL], others, labels[INITIAL:])


def learned(encoder: str, model: str, inputs: Any, labels: Any, others: Any, truth: Any) -> float:
    fitted = ENCODERS[encoder].fit(inputs, 1000, ())
    start = MODELS[model].trained(fitted.encode_many(inputs), labels)
    return float(np.mean(np.asarray(start.predict(fitted.encode_many(others))) == truth))


def under_nfc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the encoders join only what is canonically the same."""
    nfc = SimpleNamespace(normalize=lambda _form, text: unicodedata.normalize("NFC", text))
    monkeypatch.setattr(normal, "unicodedata", nfc)


@pytest.mark.parametrize("encoder", [kind.name for kind in of_format(Words.ID)])
def test_default_encoder_tells_texts_of_every_language_apart(encoder: str, capsys: Any) -> None:
    found = {language: [accuracy(encoder, model, language) for model in ON_WORDS] for language in LANGUAGES}
    with capsys.disabled():
        for language, figures in found.items():
            print(f"\n{encoder:<14} {language:<9} {'  '.join(f'{figure:.3f}' for figure in figures)}", end="")
    for language, figures in found.items():
        if (encoder, language) in BLIND:
            assert max(figures) < 0.6
        else:
            assert min(figures) >= BAR


@pytest.mark.parametrize(("language", "forms"), [("german", WIDE), ("arabic", PLACED)])
def test_forms_of_other_programs_are_told_right_under_nfkc_and_by_chance_under_nfc(
    language: str, forms: dict[int, str], capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    nfkc = [accuracy("unicode-words", model, language, forms) for model in ON_WORDS]
    under_nfc(monkeypatch)
    nfc = [accuracy("unicode-words", model, language, forms) for model in ON_WORDS]
    with capsys.disabled():
        print(f"\n{language}, other forms: NFKC {nfkc}, NFC {nfc}", end="")
    assert min(nfkc) >= BAR
    assert max(nfc) < 0.6


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_film_reviews_are_told_alike_by_either_encoder_and_by_either_form(
    capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = split(movie_reviews.load(), 1, REVIEWS, HELD_OUT)

    def found(encoder: str) -> list[float]:
        train, held_out = parts.train, parts.held_out
        given = train.texts, train.labels, held_out.texts, held_out.labels
        return [learned(encoder, model, *given) for model in ON_WORDS]

    unicode, keras = found("unicode-words"), found("keras-imdb")
    under_nfc(monkeypatch)
    nfc = found("unicode-words")
    with capsys.disabled():
        for name, figures in (("unicode-words", unicode), ("keras-imdb", keras), ("unicode-words, NFC", nfc)):
            print(f"\n{name:<18} film reviews  {'  '.join(f'{figure:.4f}' for figure in figures)}", end="")
    assert min(unicode + keras) > 0.76
    assert np.abs(np.array(unicode) - nfc).max() < 0.001
