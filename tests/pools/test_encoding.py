"""Samples of what is asked about: what is there twice is worked out once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earnest.core.encoders.vocabulary import VocabularyEncoder
from earnest.core.models.naive_bayes import NaiveBayes
from earnest.pools.encoding import predicted, samples_of
from earnest.web.schemas import SampleInput

TEXTS = ["good film", "bad film", "good good story", "bad plot"]


class Counting(NaiveBayes):
    """Counts what it is asked about."""

    asked = 0

    def predict_one(self, sample: NDArray[Any]) -> tuple[int, int]:
        self.asked += 1
        return super().predict_one(sample)


def trained() -> tuple[Counting, VocabularyEncoder]:
    encoder = VocabularyEncoder.fit(TEXTS, 12)
    model = Counting.trained(encoder.encode_many(TEXTS), np.array([1, 0, 1, 0], dtype=np.uint8))
    return model, encoder


def given(texts: Sequence[str]) -> list[SampleInput]:
    return [SampleInput(text=text) for text in texts]


def test_equal_texts_are_told_as_each_alone_and_asked_about_once() -> None:
    model, encoder = trained()
    texts = ["good story", "bad film", "good story", "good story", "bad film"]
    alone = [predicted(model, samples_of(model, encoder, given([text])))[0] for text in texts]
    model.asked = 0
    assert predicted(model, samples_of(model, encoder, given(texts))) == alone
    assert model.asked == 2


def test_features_are_each_read_and_checked() -> None:
    model, encoder = trained()
    both = [SampleInput(features=[1, 4]), SampleInput(text="good film"), SampleInput(features=[1, 5])]
    samples = samples_of(model, encoder, both)
    assert [sample.tolist() for sample in (samples[0], samples[2])] == [[1, 4], [1, 5]]
    assert len(predicted(model, samples)) == 3
