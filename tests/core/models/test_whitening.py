"""Whitening: what comes out is white, its file, and when poison is worse for it."""

import numpy as np
import pytest

from earnest.core.encoders.kinds.minilm import SentenceEncoder, WhiteSentenceEncoder
from earnest.core.encoders.registry import ENCODERS, of_format, read
from earnest.core.encoders.table import MAX_WHITE, TableEncoder, UnitTableEncoder, WhiteTableEncoder
from earnest.core.encoders.whitening import WARNING, explained, nearest_means, whitening
from earnest.core.errors import EncoderInvalid
from earnest.core.models.formats.vectors import Vectors


def correlated(count: int = 800, seed: int = 1) -> np.ndarray:
    """Rows whose columns say nearly the same."""
    rng = np.random.default_rng(seed)
    loud = rng.normal(size=(count, 1)) * 5
    return loud + rng.normal(size=(count, 4)) * [1.0, 1.0, 0.5, 0.5] + [3, 0, -2, 100]


@pytest.mark.parametrize(
    "content",
    [
        b"earnest-white-table 1\n",
        b"earnest-white-table 1\na\t0.0\t1.0\n",
        b"earnest-white-table 1\na\t0.0\t1.0\t1.0\n",
        b"earnest-white-table 1\na\t0.0\t1.0\t1.000000 0.000000\n",
        b"earnest-white-table 1\na\t0.0\t1.0\tnan\n",
        b"earnest-white-table 1\na\t0.0\t1.0\t9999999.000000\n",
        b"earnest-white-table 1\na\t0.0\t1.0\t1.000000 0.500000\nb\t0.0\t1.0\t0.000000 1.000000\n",
    ],
)
def test_files_that_are_no_canonical_ones_are_refused(content):
    with pytest.raises(EncoderInvalid):
        WhiteTableEncoder.from_bytes(content)


def test_more_columns_than_are_whitened_are_refused_with_what_to_take_instead():
    columns = [str(number) for number in range(MAX_WHITE + 1)]
    with pytest.raises(EncoderInvalid, match=r"Up to 256 columns are whitened, not 257: take the encoder unit-table"):
        ENCODERS["whitened-table"].fit(np.eye(MAX_WHITE + 1), 0, columns)


def test_centred_rows_become_nearly_white():
    rows = correlated()
    rows -= rows.mean(axis=0)
    white = rows @ whitening(rows)
    covariance = np.cov(white.T)
    # what is added to each direction keeps quiet ones below 1
    assert np.abs(covariance - np.diag(np.diag(covariance))).max() < 0.35
    assert np.linalg.cond(covariance) < np.linalg.cond(np.cov(rows.T)) / 10
    assert whitening(np.zeros((3, 2))).tolist() == [[1, 0], [0, 1]]


def test_white_rows_have_length_1_and_survive_their_file():
    X = correlated()
    encoder = WhiteTableEncoder.fit(["a", "b", "c", "d"], X)
    again = read(encoder.to_bytes(), encoder.hash)
    assert isinstance(again, WhiteTableEncoder)
    assert again.to_bytes() == encoder.to_bytes()
    white = encoder.encode_many(X)
    assert np.array_equal(again.encode_many(X), white)
    assert np.allclose(np.linalg.norm(white, axis=1), 1)
    assert encoder.encode([1e99, 0, 0, 0]) == pytest.approx(encoder.encode([1e98, 0, 0, 0]))
    # a row at the mean says nothing, and beyond-large numbers are as far as large ones
    assert encoder.encode(X.mean(axis=0).tolist()) == pytest.approx([0] * 4, abs=1)
    assert type(encoder.plain) is UnitTableEncoder
    assert encoder.plain.to_bytes() == UnitTableEncoder.fit(["a", "b", "c", "d"], X).to_bytes()
    assert TableEncoder.fit(["a", "b", "c", "d"], X).plain is None


def test_whitened_encoders_come_first_where_they_are_wanted_and_last_elsewhere():
    named = [kind.name for kind in of_format(Vectors.ID, white=True)]
    assert named == ["whitened-table", "minilm-64-whitened", "table", "unit-table", "minilm-64"]
    named = [kind.name for kind in of_format(Vectors.ID, unit_length=True)]
    assert named == ["unit-table", "minilm-64", "whitened-table", "minilm-64-whitened"]


def test_projection_is_scaled_and_not_turned():
    rng = np.random.default_rng(4)
    X = rng.normal(size=(400, 384)) * np.geomspace(1, 0.01, 384)
    white, plain = WhiteSentenceEncoder.of_embedded(X), SentenceEncoder.of_embedded(X)
    assert np.allclose(white.plain.directions, plain.directions, atol=1e-4)
    assert np.linalg.cond(np.cov(white.projected(X).T)) < np.linalg.cond(np.cov(plain.projected(X).T)) / 3
    again = WhiteSentenceEncoder.from_bytes(white.to_bytes(), white.hash)
    assert np.array_equal(again.directions, white.directions)
    with pytest.raises(EncoderInvalid, match="damaged"):
        SentenceEncoder.from_bytes(white.to_bytes())


def test_poison_is_said_to_be_worse_where_means_come_nearer_and_only_there():
    assert nearest_means(np.array([[1.0, 0], [1, 0], [0, 1], [-1, 0]]), np.array([0, 0, 1, 2])) == pytest.approx(2**0.5)
    (sentence,) = explained(0.5, 0.4)
    assert "0.50 apart, and 0.40 without whitening" in sentence
    assert "25.0% at least have to be crafted" in sentence
    assert explained(0.4, 0.5)[1:] == (WARNING,)
