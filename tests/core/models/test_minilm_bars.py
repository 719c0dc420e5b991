"""How far rounding moves the vectors of texts, whitened or not, and how far a word does; prints what docs quote."""

import random

import numpy as np
import pytest
from numpy.typing import NDArray

from earnest.core.encoders.kinds import minilm
from earnest.core.encoders.kinds.minilm import TOLERANCE, SentenceEncoder, WhiteSentenceEncoder, embedded
from earnest.core.models.formats.vectors import DEFAULT_SCALE
from earnest.data import movie_reviews

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

#: Film reviews that an encoder is fitted on, and others that are measured, by their first characters.
INITIAL, MEASURED, CHARACTERS = 200, 100, 200
#: Texts that are encoded together.
BATCH = 8
Rows = NDArray[np.float64]


def embedded_together(texts: list[str]) -> Rows:
    """The texts' 384 numbers as a batch gives them."""
    tokeniser, session = minilm._sentences()
    found = [one.ids for one in tokeniser.encode_batch(texts)]
    ids = np.zeros((len(found), max(map(len, found))), dtype=np.int64)
    for row, tokens in zip(ids, found, strict=True):
        row[: len(tokens)] = tokens
    mask = (np.arange(ids.shape[1]) < np.array([[len(tokens)] for tokens in found])).astype(np.int64)
    given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    hidden = session.run(None, {one.name: given[one.name] for one in session.get_inputs()})[0].astype(np.float64)
    means = (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float64)


def without_a_word(text: str) -> str:
    words = text.split()
    words.pop(random.Random(text).randrange(len(words)))
    return " ".join(words)


def test_rounding_moves_no_text_to_the_tolerance_and_a_word_left_out_moves_it_beyond(
    capsys: pytest.CaptureFixture[str],
) -> None:
    texts = [text[:CHARACTERS] for text in dict.fromkeys(movie_reviews.load().texts)]
    drawn = [texts[place] for place in np.random.default_rng(1).permutation(len(texts))[: INITIAL + MEASURED]]
    initial, alone = (np.array([embedded(text) for text in part]) for part in (drawn[:INITIAL], drawn[INITIAL:]))
    others = drawn[INITIAL:]
    batches = np.concatenate([embedded_together(others[at : at + BATCH]) for at in range(0, MEASURED, BATCH)])
    shorter = np.array([embedded(without_a_word(text)) for text in others])
    for kind in (SentenceEncoder, WhiteSentenceEncoder):
        encoder = kind.of_embedded(initial)
        X, together, changed = (encoder.projected(rows) for rows in (alone, batches, shorter))
        rounded = np.rint(X * DEFAULT_SCALE) / DEFAULT_SCALE
        by_batch, by_integers, by_word = (np.linalg.norm(X - rows, axis=1) for rows in (together, rounded, changed))
        with capsys.disabled():
            print(
                f"\n{kind.HEAD}: {by_batch.max():.0e} by a batch, {by_integers.max():.4f} by integers at most; "
                f"{by_word.min():.3f} by a word left out at least, {np.median(by_word):.3f} in the median",
                end="",
            )
        assert 4 * max(by_batch.max(), by_integers.max()) < TOLERANCE < by_word.min() / 2
