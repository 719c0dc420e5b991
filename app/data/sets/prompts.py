"""Prompts: what kind of harm they ask for, and whether they try to give a program other orders."""

import hashlib
from functools import partial

from earnest.data import prompts
from earnest.data.recipe import TEXT, DataSet, Loaded, Wanted, own_data

_WORDS = {
    prompts.CATEGORIES: (
        "488 prompts that ask a language model for harm, of eight kinds: what a filter has to tell apart.",
        "PyRIT's sets for trying its judges (MIT), as the PyPI package pyrit carries them.",
    ),
    prompts.INJECTIONS: (
        "180 texts in five languages, two in three of which try to give a program that reads them other orders.",
        "bastioncorpus (MIT), as the PyPI package of that name carries it.",
    ),
}


def _what(name: str) -> str:
    return prompts.CARRIED[name].how.removeprefix("the ")


def checksum(name: str, wanted: Wanted) -> str:
    """Of the files in the wheel."""
    state = hashlib.sha256()
    for file, given in prompts.content(own_data(wanted, name, _what(name)), name).items():
        state.update(f"{file} {len(given)}\n".encode() + given)
    return state.hexdigest()


def load(name: str, wanted: Wanted) -> Loaded:
    """Each prompt once."""
    return Loaded(prompts.load(own_data(wanted, name, _what(name)), name))


DATA_SETS = tuple(
    DataSet(
        name,
        words,
        source,
        TEXT,
        partial(checksum, name),
        partial(load, name),
        classes=len(prompts.CARRIED[name].classes),
        class_names=prompts.CARRIED[name].classes,
        needs="data",
        encoder="unicode-words",
    )
    for name, (words, source) in _WORDS.items()
)
