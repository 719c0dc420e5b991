"""The models there are: those in this folder, and those that packages of somebody else's bring.

A model of ours is found by being in a file of this folder and wearing the decorator `model`; a guest's by its entry
point in the group `earnest.models`, whose name is the model's and whose value leads to the class.
"""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, TypeVar

import numpy as np

from earnest.core.models.formats.sample_format import NUMBERS, TEXT, SampleFormat
from earnest.core.models.kernels import Kernels
from earnest.core.models.model import Model, parameter_names
from earnest.core.parameters import Parameter
from earnest.core.registry import GuestRefused, NotRegistered, Registry

M = TypeVar("M", bound=type[Model])

#: The published study's model: that of scenarios and of rows that name none.
DEFAULT = "sparse-perceptron"
#: The model of new pools whose request names none.
DEFAULT_ON_WORDS = "sparse-margin-perceptron"
#: The same where samples are vectors.
DEFAULT_ON_VECTORS = "dense-margin-perceptron"

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*/[1-9][0-9]*")
#: How many arguments each kernel takes.
_ARGUMENTS = {"predict": 5, "learn": 9, "steps_to_flip": 3, "amount": 6, "worth": 4, "rest": 3}
#: What a model that has a contract has to say of it.
_OF_CONTRACTS = ("pack_parameters", "initial_chunks", "from_code", "learning_gas", "judging_gas")

_ours: dict[str, type[Model]] = {}


def model(cls: M) -> M:
    """Let a class of this folder be a model that ships."""
    _ours[cls.name()] = cls
    return cls


def _load_ours() -> None:
    """Import this folder, and register in an order that does not depend on who imported what before."""
    package = importlib.import_module(__package__)
    for module in pkgutil.iter_modules(package.__path__, f"{__package__}."):
        importlib.import_module(module.name)
    for name in sorted(_ours, key=lambda name: (name != DEFAULT, name)):
        MODELS.register(name, _ours[name])


def check(name: str, thing: Any) -> None:
    """Refuse what is no model, before anything is run by it.

    Raises:
        GuestRefused: says in a sentence what is missing or wrong.
    """
    if not inspect.isclass(thing) or not issubclass(thing, Model):
        _refuse("it must be a subclass of earnest.core.models.model.Model.")
    for attribute in ("MODEL_ID", "TITLE", "ABOUT", "SOURCE"):
        if not isinstance(said := getattr(thing, attribute, None), str) or not said.strip():
            _refuse(f"{thing.__name__}.{attribute} must be a text; it is {said!r}.")
    if not _ID.fullmatch(thing.MODEL_ID) or thing.name() != name:
        _refuse(f"{thing.__name__}.MODEL_ID is {thing.MODEL_ID!r}; it must be {name!r}, a slash and a version from 1.")
    missing = sorted(getattr(thing, "__abstractmethods__", ()))
    if missing:
        _refuse(f"{thing.__name__} lacks {', '.join(missing)}.")
    if thing.CONTRACT is not None:
        own = {name for kind in thing.__mro__[: thing.__mro__.index(Model)] for name in vars(kind)}
        missing = [name for name in _OF_CONTRACTS if name not in own]
        if missing:
            _refuse(f"{thing.__name__} has a contract and lacks {', '.join(missing)}.")
    if not 2 <= thing.MOST_CLASSES <= 2**16 - 1:
        _refuse(f"{thing.__name__}.MOST_CLASSES is {thing.MOST_CLASSES}; it must be from 2 to 65535.")
    _check_format(thing)
    _check_kernels(thing)
    _check_parameters(thing)


def _check_format(thing: type[Model]) -> None:
    given = getattr(thing, "FORMAT", None)
    if not inspect.isclass(given) or not issubclass(given, SampleFormat) or inspect.isabstract(given):
        _refuse(f"{thing.__name__}.FORMAT must be a sample format, such as Words or Vectors; it is {given!r}.")
    if given.TAKES not in (TEXT, NUMBERS):
        _refuse(f"{given.__name__}.TAKES is {given.TAKES!r}; it must be {TEXT!r} or {NUMBERS!r}.")
    for other in MODELS.values():
        known = other.FORMAT
        if known is not given and (known.ID == given.ID or np.dtype(known.DTYPE) == np.dtype(given.DTYPE)):
            _refuse(f"its sample format {given.ID} shares its id or its type of numbers with {known.__name__}.")


def _check_kernels(thing: type[Model]) -> None:
    kernels = getattr(thing, "KERNELS", None)
    if not isinstance(kernels, Kernels):
        _refuse(f"{thing.__name__}.KERNELS must be Kernels; it is {kernels!r}.")
    for kernel, arguments in _ARGUMENTS.items():
        _check_kernel(f"{thing.__name__}.KERNELS.{kernel}", getattr(kernels, kernel), arguments)
    for flag in ("asks", "adds_words"):
        if not isinstance(getattr(kernels, flag), bool):
            _refuse(f"{thing.__name__}.KERNELS.{flag} must be True or False.")


def _check_kernel(name: str, kernel: Callable[..., object], arguments: int) -> None:
    if not inspect.isfunction(kernel):
        _refuse(f"{name} must be a plain function; it is {kernel!r}.")
    found = len(inspect.signature(kernel).parameters)
    if found != arguments:
        _refuse(f"{name} takes {found} arguments; it must take {arguments}, see earnest.core.models.kernels.")


def _check_parameters(thing: type[Model]) -> None:
    names = parameter_names(thing)
    if thing.FORMAT.WIDTH not in names:
        _refuse(f"{thing.__name__} takes no parameter {thing.FORMAT.WIDTH}, how wide its samples are.")
    try:
        parameters = thing().parameters
        thing().settings.astype(np.int64)
    except Exception as error:
        _refuse(f"{thing.__name__}() fails: each parameter needs a default ({type(error).__name__}: {error}).")
    if not all(isinstance(value, int) for value in parameters):
        _refuse(f"{thing.__name__}'s parameters must be whole numbers; they are {parameters}.")
    for choice in thing.CHOICES:
        if not isinstance(choice, Parameter):
            _refuse(f"{thing.__name__}.CHOICES must be earnest.core.parameters.Parameter; one is {choice!r}.")
    for attribute, given in (("CHOICES", {choice.name for choice in thing.CHOICES}), ("DERIVED", set(thing.DERIVED))):
        if unknown := given - set(names):
            _refuse(f"{thing.__name__}.{attribute} names {', '.join(sorted(unknown))}, which it takes no parameter of.")


def _refuse(reason: str) -> NoReturn:
    raise GuestRefused(reason)


MODELS: Registry[type[Model]] = Registry("model", "earnest.models", check, _load_ours)


def by_id(model_id: str) -> type[Model]:
    """A model by what `modelId()` answers.

    Raises:
        NotRegistered: there is none of this name, or of this version.
    """
    found = MODELS[model_id.partition("/")[0]]
    if model_id != found.MODEL_ID:
        raise NotRegistered(f"There is no model {model_id!r}; there is {found.MODEL_ID}.")
    return found


def model_of(model_id: str, parameters: Iterable[int]) -> Model:
    """A model without weights, by what `modelId()` and `modelParameters()` answer.

    Raises:
        NotRegistered: there is no such model.
    """
    return by_id(model_id)(*parameters)


def deployable() -> dict[str, type[Model]]:
    """By name, the models that have a contract."""
    return {name: found for name, found in MODELS.items() if found.CONTRACT is not None}
