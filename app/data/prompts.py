"""Prompts that people give to language models, as two PyPI packages for trying such models carry them.

`prompt-categories`: what asks for harm of eight kinds, out of the files by which `pyrit` measures its judges; each
once, whatever was answered. `prompt-injections`: texts that try to give a program other orders, and others that only
look like it, out of `bastioncorpus`. Both are read out of the packages' wheels.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from earnest.core.errors import DatasetError
from earnest.data import wheel
from earnest.data.dataset import Dataset

CATEGORIES, INJECTIONS = "prompt-categories", "prompt-injections"
#: Classes, and the names of the files that hold them.
_FILES = {
    "bias": ("representational", "bias"),
    "exploits": ("exploits",),
    "hate speech": ("hate_speech", "hate_speech_multi_score", "mini_hate_speech"),
    "information integrity": ("info_integrity",),
    "privacy": ("privacy",),
    "self-harm": ("self_harm",),
    "sexual content": ("sexual",),
    "violence": ("violence", "violence_multi_score"),
}
_LABELS = ("benign", "malicious")
_PROMPT = "objective"
#: Where whoever runs an attack puts a mark of their own; benign texts have none, so that it would tell the class.
_MARK = "{canary}"


class Carried(NamedTuple):
    """What is carried, and by what.

    Attributes:
        classes: class 0 first.
        inside: names of the files in the wheel.
        how: to get the wheel, for messages.
    """

    classes: tuple[str, ...]
    inside: re.Pattern[str]
    how: str


def _how(package: str) -> str:
    return f"the wheel of {package} (`pip download --no-deps {package}`)"


CARRIED = {
    CATEGORIES: Carried(
        tuple(_FILES),
        re.compile(rf"pyrit/datasets/scorer_evals/(?:harm|objective)/(?:{'|'.join(chain(*_FILES.values()))})\.csv"),
        _how("pyrit"),
    ),
    INJECTIONS: Carried(_LABELS, re.compile(r"bastioncorpus/corpus/injections\.jsonl"), _how("bastioncorpus")),
}


def content(path: Path, name: str) -> dict[str, bytes]:
    """The files of a data set, by their names in its wheel.

    Args:
        path: of the wheel.
        name: of the data set.

    Raises:
        DatasetError: it cannot be read, unpacks to too much, or is another one.
    """
    return wheel.members(path, CARRIED[name].inside, CARRIED[name].how)


def load(path: Path, name: str) -> Dataset:
    """Read the prompts, in the order of the files' names and of their lines; what is there again is left out.

    Args:
        path: of the wheel.
        name: `CATEGORIES` or `INJECTIONS`.

    Raises:
        DatasetError: the wheel is missing, damaged or another one.
    """
    carried, found = CARRIED[name], dict[str, int]()
    for file, given in content(path, name).items():
        try:
            for text, label in _read(file, given.decode("utf-8-sig")):
                found.setdefault(text, carried.classes.index(label))
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError, csv.Error) as error:
            raise DatasetError(f"{file} in {path} is another one ({error!r}): give {carried.how}.") from None
    return Dataset.make(name, tuple(found), tuple(found.values()), carried.classes)


def _read(file: str, text: str) -> Iterator[tuple[str, str]]:
    """The prompts of a file, each with its class."""
    if file.endswith(".csv"):
        # a line about the file stands before that of the columns
        stem, lines = Path(file).stem, text.split("\n", 1)[text.startswith("#")]
        label = next(label for label, files in _FILES.items() if stem in files)
        yield from ((row[_PROMPT].strip(), label) for row in csv.DictReader(io.StringIO(lines), strict=True))
    else:
        for row in map(json.loads, filter(None, text.splitlines())):
            yield row["text"].replace(_MARK, " ").strip(), row["label"]
