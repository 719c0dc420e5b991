"""The data sets there are: those in the folder `sets`, and those that packages of somebody else's bring.

One of ours is a `DataSet` in the `DATA_SETS` of a file there; a guest's is found by its entry point in the group
`earnest.datasets`, whose name is the data set's and whose value leads to its `DataSet`.
"""

import importlib
import pkgutil
from typing import Any, NoReturn

from earnest.core.parameters import Parameter
from earnest.core.registry import GuestRefused, Registry
from earnest.data.recipe import NUMBERS, TEXT, DataSet


def check(name: str, thing: Any) -> None:
    """Refuse what is no data set, before anything is read by it.

    Raises:
        GuestRefused: says in a sentence what is missing or wrong.
    """
    if not isinstance(thing, DataSet):
        _refuse(f"it must be an earnest.data.recipe.DataSet, not {thing!r}.")
    if thing.name != name:
        _refuse(f"its DataSet is called {thing.name!r}; it must be called {name!r}.")
    for part in ("words", "source"):
        if not isinstance(said := getattr(thing, part), str) or not said.strip():
            _refuse(f"its {part} must be a text; it is {said!r}.")
    if thing.gives not in (TEXT, NUMBERS):
        _refuse(f"what it gives is {thing.gives!r}; it must be {TEXT!r} or {NUMBERS!r}.")
    if thing.load is None and thing.features is None:
        _refuse("it has neither load nor features.")
    for part in ("checksum", "load", "features"):
        if (function := getattr(thing, part)) is not None and not callable(function):
            _refuse(f"its {part} must be a function; it is {function!r}.")
    if thing.features is not None and thing.gives != TEXT:
        _refuse("ready features are of words: what it gives must be text.")
    if thing.classes is not None and not (isinstance(thing.classes, int) and 2 <= thing.classes <= 256):
        _refuse(f"its classes are {thing.classes!r}; they must be a number from 2 to 256, or None.")
    named = thing.class_names
    if named and (len(named) != thing.classes or not all(isinstance(name, str) and name for name in named)):
        _refuse(f"its class_names are {named!r}; they must be a text for each of its classes, or none.")
    if thing.needs not in ("", "archive", "data"):
        _refuse(f"what it needs is {thing.needs!r}; it must be 'archive', 'data', or nothing.")
    for knob in thing.knobs:
        if not isinstance(knob, Parameter) or not knob.name.isidentifier():
            _refuse(f"its knobs must be earnest.core.parameters.Parameter; one is {knob!r}.")


def _refuse(reason: str) -> NoReturn:
    raise GuestRefused(reason)


def _load_ours() -> None:
    """Import every file of `sets`, in the order of the alphabet."""
    package = importlib.import_module("earnest.data.sets")
    for module in sorted(module.name for module in pkgutil.iter_modules(package.__path__)):
        for thing in importlib.import_module(f"{package.__name__}.{module}").DATA_SETS:
            DATASETS.register(thing.name, thing)


DATASETS: Registry[DataSet] = Registry("data set", "earnest.datasets", check, _load_ours)
