"""The data sets there are: each conforms, and a guest that does not is refused in a sentence."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from earnest.core.errors import DatasetError
from earnest.core.parameters import Parameter
from earnest.core.registry import GuestRefused
from earnest.data.dataset import Dataset
from earnest.data.recipe import NUMBERS, TEXT, DataSet, Loaded, Sources, Wanted
from earnest.data.registry import DATASETS, check
from earnest.testing.checks import Check, Nonconforming
from earnest.testing.datasets import dataset_checks

TEXTS = tuple(f"a {'good' if row % 2 else 'bad'} thing {row}" for row in range(12))
PART = Dataset.make("own", TEXTS, [row % 2 for row in range(12)])


def own(**changed: object) -> DataSet:
    """A guest's data set that conforms, but for what is changed."""
    given = {"load": lambda _: Loaded(PART), "checksum": lambda _: "0" * 64}
    return DataSet(**{"name": "own", "words": "Things.", "source": "Me.", "gives": TEXT, **given, **changed})  # type: ignore[arg-type]


def first_failure(dataset: DataSet) -> str:
    for one in dataset_checks(dataset):
        try:
            one()
        except Nonconforming as error:
            return f"{one}: {error}"
    return ""


@pytest.mark.parametrize(
    ("thing", "sentence"),
    [
        (3, "must be an earnest.data.recipe.DataSet, not 3"),
        (own(name="other"), "is called 'other'; it must be called 'own'"),
        (own(source=" "), "its source must be a text"),
        (own(gives="images"), "'images'; it must be 'text' or 'numbers'"),
        (own(load=None), "neither load nor features"),
        (own(load=7), "its load must be a function"),
        (own(gives=NUMBERS, features=lambda _: None), "ready features are of words"),
        (own(classes=1), "its classes are 1"),
        (
            own(class_names=("bad", "good", "fair")),
            "its class_names are .*; they must be a text for each",
        ),
        (own(class_names=("bad", 1)), "its class_names are .*; they must be a text for each"),
        (own(needs="network"), "what it needs is 'network'"),
        (own(knobs=("size",)), "its knobs must be earnest.core.parameters.Parameter; one is 'size'"),
    ],
)
def test_guest_that_is_no_data_set_is_refused_in_a_sentence(thing: object, sentence: str) -> None:
    with pytest.raises(GuestRefused, match=sentence):
        check("own", thing)


def shifted() -> Loaded:
    return Loaded(replace(PART, labels=PART.labels + np.uint8(1)))


@pytest.mark.parametrize(
    ("dataset", "failure"),
    [
        (own(checksum=lambda _: "abc"), "checksum that stays the same: The checksum must be 64 hex digits"),
        (own(load=lambda _: shifted()), "labels from 0 on: Its labels must be 0 to 1"),
        (own(classes=3), "labels from 0 on: Its labels must be 0 to 2"),
        (own(class_names=("bad", "good")), "labels from 0 on: It calls its classes"),
        (own(has_test=True), "gives what it says: has_test is True"),
        (own(gives=NUMBERS), "gives what it says: It says that it gives numbers, and gives text"),
        (own(load=lambda _: Loaded(PART, PART), has_test=True), "keeps its parts apart: 12 samples stand in"),
        (own(needs="data"), "says in a sentence that it is missing: checksum must raise DatasetError"),
        (own(knobs=(Parameter("part", "real", "a part", 0, 1, default=2.0),)), "default of its knob part is refused"),
    ],
)
def test_data_set_that_does_not_conform_is_told_in_what(dataset: DataSet, failure: str) -> None:
    assert failure in first_failure(dataset)


def test_data_set_that_is_drawn_anew_each_time_does_not_conform() -> None:
    rng = np.random.default_rng(1)
    assert "loads the same a second time" in first_failure(
        own(load=lambda _: Loaded(PART.take(rng.permutation(12).astype(np.int64))))
    )


def test_data_set_of_a_guest_conforms() -> None:
    assert first_failure(own()) == ""


SHIPPED = [
    pytest.param(one, id=f"{name}: {one}") for name, dataset in DATASETS.items() for one in dataset_checks(dataset)
]


@pytest.mark.parametrize("one", SHIPPED)
def test_shipped_data_set_conforms(one: Check) -> None:
    one()


def test_file_of_ones_own_conforms(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("text,kind\n" + "".join(f"word{row},{row % 3}\n" for row in range(30)))
    checks = dataset_checks(DATASETS["file"], Sources(data=tmp_path / "own.csv"), {"label_column": "kind"})
    assert len(checks) > 6
    for one in checks:
        one()


@pytest.mark.slow
def test_data_set_of_the_archive_conforms(imdb_archive: Path) -> None:
    for one in dataset_checks(DATASETS["imdb"], Sources(archive=imdb_archive)):
        # some reviews of the published archive stand in both parts
        if "parts apart" not in one.name:
            one()


def test_ready_samples_cannot_be_read_as_texts() -> None:
    with pytest.raises(DatasetError, match="synthetic holds ready samples and no texts"):
        DATASETS["synthetic"].read(Wanted())
