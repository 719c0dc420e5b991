"""What every data set must do, as checks for anybody's pytest.

@pytest.mark.parametrize("check", dataset_checks(MY_DATA_SET), ids=str)
def test_my_data_set_conforms(check):
check()
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earnest.core.errors import DatasetError
from earnest.core.models.formats.words import MAX_FEATURES
from earnest.core.registry import GuestRefused
from earnest.data.dataset import Dataset
from earnest.data.features import Features
from earnest.data.recipe import NUMBERS, TEXT, DataSet, Loaded, Part, Sources, Wanted
from earnest.data.registry import check as check_declaration
from earnest.testing.checks import Check, Nonconforming, refuses, require

#: What is wanted of samples that are made as they are needed.
NUM_WORDS, TRAIN_SIZE, HELD_OUT = 1000, 60, 20

_DIGEST = re.compile(r"[0-9a-f]{64}")
_NOWHERE = Path("no") / "such" / "file"


def dataset_checks(
    dataset: DataSet, sources: Sources | None = None, values: Mapping[str, Any] = MappingProxyType({})
) -> list[Check]:
    """The conformance suite of a data set.

    Args:
        dataset: the recipe.
        sources: where its files are, if it needs some; without them only what it says and refuses is looked at.
        values: of its knobs, where they are not to be the defaults.
    """
    sources = sources or Sources()
    wanted = dataset.wanted(Wanted(sources, values, None, NUM_WORDS, TRAIN_SIZE, HELD_OUT))
    checks = [Check("declares what it has to", partial(_declares, dataset))]
    if dataset.needs:
        checks += [
            Check("says in a sentence that it is missing", partial(_refuses, dataset, wanted, None)),
            Check(
                "says in a sentence that it is not there",
                partial(_refuses, dataset, wanted, _NOWHERE),
            ),
        ]
    if dataset.needs and getattr(sources, dataset.needs) is None:
        return checks
    checks.append(Check("has a checksum that stays the same", partial(_keeps_its_checksum, dataset, wanted)))
    if dataset.load is not None:
        checks += [Check(what, partial(run, dataset, wanted)) for what, run in _OF_LOADED.items()]
    if dataset.features is not None:
        checks += [Check(what, partial(run, dataset, wanted)) for what, run in _OF_FEATURES.items()]
    return checks


def _declares(dataset: DataSet) -> None:
    try:
        check_declaration(dataset.name, dataset)
    except GuestRefused as error:
        raise Nonconforming(f"The data set {dataset.name} is refused: {error}") from error
    names = [knob.name for knob in dataset.knobs]
    require(len(set(names)) == len(names), f"Its knobs share a name: {', '.join(names)}.")
    for knob in dataset.knobs:
        refusal = _refusal_of_default(knob)
        require(not refusal, f"The default of its knob {knob.name} is refused: {refusal}")


def _refusal_of_default(knob: Any) -> str:
    try:
        knob.check(knob.default)
    except Exception as error:
        return str(error)
    return ""


def _refuses(dataset: DataSet, wanted: Wanted, path: Path | None) -> None:
    without = wanted._replace(sources=Sources(path, path))
    calls: dict[str, Callable[[], object]] = {"checksum": lambda: dataset.checksum(without)}
    if dataset.load is not None:
        calls["load"] = lambda: dataset.read(without)
    if (ready := dataset.features) is not None:
        calls["features"] = lambda: ready(without)
    for name, call in calls.items():
        said = str(refuses(DatasetError, call, f"{name} must raise DatasetError where the data are missing"))
        require("\n" not in said and said.endswith("."), f"What {name} says must be one sentence: {said!r}.")
        require(":" in said, f"What {name} says must say what to do, after a colon: {said!r}.")


def _keeps_its_checksum(dataset: DataSet, wanted: Wanted) -> None:
    first, second = dataset.checksum(wanted), dataset.checksum(wanted)
    require(_DIGEST.fullmatch(first), f"The checksum must be 64 hex digits; it is {first!r}.")
    require(first == second, f"The checksum was {first}, then {second}.")


# OF WHAT IS LOADED


def _parts(loaded: Loaded) -> list[Part]:
    return [loaded.train] + ([] if loaded.test is None else [loaded.test])


def _labels(part: Part) -> NDArray[Any]:
    return part.labels if isinstance(part, Dataset) else part.rows.y


def _contents(part: Part) -> list[object]:
    """What tells samples apart, in their order."""
    if isinstance(part, Dataset):
        return [" ".join(text.lower().split()) for text in part.texts]
    return [row.tobytes() for row in part.rows.X]


def _gives_what_it_says(dataset: DataSet, wanted: Wanted) -> None:
    loaded = dataset.read(wanted)
    require((loaded.test is not None) == dataset.has_test, f"has_test is {dataset.has_test}; the test part differs.")
    for part in _parts(loaded):
        gives = TEXT if isinstance(part, Dataset) else NUMBERS
        require(gives == dataset.gives, f"It says that it gives {dataset.gives}, and gives {gives}.")
        require(len(_labels(part)) == len(_contents(part)), "It gives another number of labels than of samples.")
        if isinstance(part, Dataset):
            require(all(text.strip() for text in part.texts), "A text is empty.")
        else:
            X = part.rows.X
            require(X.ndim == 2 and X.shape[1] == len(part.columns), "Its table must have a name for each column.")
            require(np.isfinite(X).all(), "A number of its table is none.")


def _labels_count_from_zero(dataset: DataSet, wanted: Wanted) -> None:
    for part in _parts(dataset.read(wanted)):
        found = sorted(set(_labels(part).tolist()))
        count = len(part.classes) if dataset.classes is None else dataset.classes
        require(found == list(range(count)), f"Its labels must be 0 to {count - 1}, each of them; they are {found}.")
        require(len(part.classes) == count, f"It names {len(part.classes)} classes and has {count}.")
        named = dataset.class_names or part.classes
        require(part.classes == named, f"It calls its classes {part.classes}; its class_names are {named}.")


def _loads_the_same_again(dataset: DataSet, wanted: Wanted) -> None:
    for first, second in zip(_parts(dataset.read(wanted)), _parts(dataset.read(wanted)), strict=True):
        same = _contents(first) == _contents(second) and np.array_equal(_labels(first), _labels(second))
        require(same, "A second time it gives other samples, or another order.")


def _keeps_its_parts_apart(dataset: DataSet, wanted: Wanted) -> None:
    loaded = dataset.read(wanted)
    if loaded.test is not None:
        common = set(_contents(loaded.train)) & set(_contents(loaded.test))
        require(not common, f"{len(common)} samples stand in its training and in its test part.")


_OF_LOADED: dict[str, Callable[[DataSet, Wanted], None]] = {
    "gives what it says": _gives_what_it_says,
    "has labels from 0 on": _labels_count_from_zero,
    "loads the same a second time": _loads_the_same_again,
    "keeps its parts apart": _keeps_its_parts_apart,
}


# OF READY SAMPLES


def _ready(dataset: DataSet, wanted: Wanted) -> tuple[Features, Features]:
    require(dataset.features is not None, "It has no ready samples.")
    return dataset.features(wanted)  # type: ignore[misc]


def _samples(part: Features) -> list[bytes]:
    return [part.indices[start:end].tobytes() for start, end in zip(part.indptr, part.indptr[1:], strict=False)]


def _has_sound_samples(dataset: DataSet, wanted: Wanted) -> None:
    for part in _ready(dataset, wanted):
        lengths = np.diff(part.indptr)
        require(len(part.indptr) == len(part.labels) + 1, "There must be a start for each label, and one end.")
        require(part.indptr[0] == 0 and part.indptr[-1] == len(part.indices), "The starts must span all indices.")
        require(lengths.min() > 0 and lengths.max() <= MAX_FEATURES, f"A sample must hold 1 to {MAX_FEATURES} words.")
        require(int(part.indices.max()) < wanted.num_words, f"An index is not below num_words, {wanted.num_words}.")
        steps = np.diff(part.indices.astype(np.int64))
        inside = np.ones(len(steps), dtype=bool)
        inside[part.indptr[1:-1] - 1] = False
        require((steps[inside] > 0).all(), "The indices of a sample must ascend.")


def _has_sound_labels(dataset: DataSet, wanted: Wanted) -> None:
    train, test = _ready(dataset, wanted)
    found = set(train.labels.tolist())
    count = len(found) if dataset.classes is None else dataset.classes
    require(found == set(range(count)), f"Its labels must be 0 to {count - 1}, each of them; they are {sorted(found)}.")
    require(set(test.labels.tolist()) <= found, "Its test part has a class that the training part has not.")


def _makes_the_same_again(dataset: DataSet, wanted: Wanted) -> None:
    for first, second in zip(_ready(dataset, wanted), _ready(dataset, wanted), strict=True):
        same = all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))
        require(same, "A second time it gives other samples, or another order.")


def _keeps_ready_parts_apart(dataset: DataSet, wanted: Wanted) -> None:
    train, test = _ready(dataset, wanted)
    common = set(_samples(train)) & set(_samples(test))
    require(not common, f"{len(common)} samples stand in its training and in its test part.")


_OF_FEATURES: dict[str, Callable[[DataSet, Wanted], None]] = {
    "has sound ready samples": _has_sound_samples,
    "has labels from 0 on in its ready samples": _has_sound_labels,
    "makes the same ready samples a second time": _makes_the_same_again,
    "keeps its ready parts apart": _keeps_ready_parts_apart,
}
