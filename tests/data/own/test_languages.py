"""Languages and encoders: the table of docs/data.md, measured; `-s` prints it."""

from typing import Any

import numpy as np
import pytest

from earnest.core.encoders.registry import ENCODERS, of_format
from earnest.core.models.formats.words import Words
from earnest.core.models.registry import MODELS
from tests.data.own.awkward import LANGUAGES, texts

#: To learn from; as many more measure it.
INITIAL = 400
ON_WORDS = ("sparse-perceptron", "naive-bayes", "sparse-margin-perceptron")
BAR = 0.95
#: Without spaces between words, the published reader sees a text as one word, and learns nothing.
BLIND = {("keras-imdb", language) for language in ("chinese", "japanese", "thai")}


def accuracy(encoder: str, model: str, language: str) -> float:
    """Of a model that learned some texts, on others."""
    rows = texts(language, 2 * INITIAL)
    inputs, labels = [text for text, _ in rows], np.array([label for _, label in rows])
    fitted = ENCODERS[encoder].fit(inputs[:INITIAL], 1000, ())
    first, others = fitted.encode_many(inputs[:INITIAL]), fitted.encode_many(inputs[INITIAL:])
    return float(
        np.mean(np.asarray(MODELS[model].trained(first, labels[:INITIAL]).predict(others)) == labels[INITIAL:])
    )


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
