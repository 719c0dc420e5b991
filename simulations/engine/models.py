"""The models that the engines run: the kernels of all that are registered, behind one set of compiled functions.

Compiled code knows a model by its number in the registry. The functions here take it first and hand everything else on
to that model's kernel. Interpreted they look it up; compiled code gets a chain of comparisons that is written from the
registry, guests included, when it is compiled first; who is registered must not change afterwards in the same process.
There is one chain for each type of samples, so that code for words has none for vectors in it: kernels of some models
make arrays, and compiled code that may not is much faster; see `compiled`.
"""

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from operator import attrgetter
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
from numba.extending import overload, register_jitable
from numba.np.numpy_support import as_dtype
from numpy.typing import NDArray

from earnest.core import dispatch
from earnest.core.compilable import compilable
from earnest.core.dispatch import dispatched
from earnest.core.models.formats.sample_format import SampleFormat
from earnest.core.models.formats.vectors import DEFAULT_SCALE
from earnest.core.models.formats.words import Words
from earnest.core.models.kernels import Kernels, unknown_worth
from earnest.core.models.model import Model, Weights
from earnest.core.models.registry import MODELS

#: The integer that stands for 1 in a vector.
SCALE = DEFAULT_SCALE
#: Classes where nothing else is said, and all that a perceptron tells apart.
CLASSES = 2


def number_of(name: str) -> int:
    """The number that compiled code knows a model by.

    Raises:
        NotRegistered: there is no such model.
    """
    return MODELS.number(name)


def model_of(kind: int, weights: Weights, classes: int, choices: Mapping[str, int]) -> Model:
    """The model of this number that starts from these weights.

    Args:
        kind: its number.
        weights: logical ones.
        classes: how many there are.
        choices: by name, of which those count that the model has.
    """
    model = MODELS.values()[kind]
    known = (*(one.name for one in model.CHOICES), *model.DERIVED)
    return model.of_weights(weights, classes, {name: choices[name] for name in known if name in choices})


def choices(kind: int, knobs: object, derived: Mapping[str, int]) -> dict[str, int]:
    """A model's parameters beside its width: those that a scenario chooses, and those that the initial samples did.

    Args:
        kind: the model's number.
        knobs: the scenario; it chooses by the knobs that bear the parameters' names.
        derived: see `Model.derived`.
    """
    return {**derived, **{one.name: getattr(knobs, one.name) for one in MODELS.values()[kind].CHOICES}}


def settings_of(kind: int, weights: Weights, classes: int, chosen: Mapping[str, int]) -> NDArray[np.int64]:
    """What the kernels need to know of the model that `model_of` makes."""
    return model_of(kind, weights, classes, chosen).settings


# ONE SAMPLE, BY THE MODEL'S NUMBER
#
#   weights   int32, its logical weights; `learn` changes them in place
#   moments   int64, what it keeps beside them; `learn` changes it in place
#   scores    int64 (classes,), room to work in; as long as there are classes
#   settings  int64, the model's
#   sample    of its format's type: uint16 (n,), the words of a text, or int16 (dimensions,), a vector


def predict(kind: int, weights: Any, moments: Any, scores: Any, settings: Any, sample: Any) -> tuple[int, int]:
    """Class and score of a sample; see `kernels.Kernels`."""
    return MODELS.values()[kind].KERNELS.predict(weights, moments, scores, settings, sample)


def learn(
    kind: int, weights: Any, moments: Any, scores: Any, initial: Any, settings: Any, sample: Any, label: int,
    value: int, nth: int,
) -> int:  # fmt: skip
    """Learn from a sample whose score is known; how many weights were held back, -1 where nothing was learned."""
    return MODELS.values()[kind].KERNELS.learn(weights, moments, scores, initial, settings, sample, label, value, nth)


def judge_and_learn(
    kind: int, weights: Any, moments: Any, scores: Any, initial: Any, settings: Any, sample: Any, label: int, nth: int
) -> int:
    """The same where the score is not known: the model is asked for it, if it needs to be."""
    taught = _taught(MODELS.values()[kind].KERNELS)
    return int(taught(weights, moments, scores, initial, settings, sample, label, nth))


def gap(kind: int, reference: Any, classes: int, sample: Any, label: int) -> int:
    """How far a reference speaks for a label of a sample; see `formats.gaps`."""
    of = MODELS.values()[kind].FORMAT
    return of.GAP(reference, classes, _one(of), sample, label)


def write_moments(kind: int, weights: Any, moments: Any, settings: Any) -> int:
    """Write what a model keeps beside its weights, worked out of these; 0."""
    return MODELS.values()[kind].KERNELS.write_moments(weights, moments, settings)


def _one(of: type[SampleFormat]) -> int:
    """What stands for 1 in the engines' samples, which are at the default scale."""
    return of(1).one


def steps_to_flip(kind: int, settings: Any, sample: Any, value: int) -> int:
    """The least amount of learning against the class of a score that could change it."""
    return MODELS.values()[kind].KERNELS.steps_to_flip(settings, value, sample)


def adds_words(kind: int) -> bool:
    """Whether a model's score is the sum of its words' weights and the last one; see `kernels.Kernels`."""
    return MODELS.values()[kind].KERNELS.adds_words


def amount(kind: int, weights: Any, moments: Any, settings: Any, sample: Any, label: int, nth: int) -> tuple[int, int]:
    """How much of that a sample is that was just learned: towards class 1, and towards class 0."""
    return MODELS.values()[kind].KERNELS.amount(weights, moments, settings, sample, label, nth)


def worth(kind: int, weights: Any, moments: Any, settings: Any, word: Any) -> int:
    """About what a word adds to a score between two classes; see `kernels.Kernels`."""
    return MODELS.values()[kind].KERNELS.worth(weights, moments, settings, word)


def rest(kind: int, weights: Any, moments: Any, settings: Any) -> tuple[int, int]:
    """What a score is beside what its sample's words add, and how far the sum may be from it, for each word."""
    return MODELS.values()[kind].KERNELS.rest(weights, moments, settings)


def is_near_a_sum(kind: int) -> bool:
    """Whether the two before tell anything of a model."""
    return MODELS.values()[kind].KERNELS.worth is not unknown_worth


# THE SAME FOR COMPILED CODE

_STATE = "weights, moments, scores"
#: What samples of words are of.
_WORD = np.dtype(Words.DTYPE)
#: Arguments of each function after the model's number, and what its kernel gets of them.
_ARGUMENTS = {
    "predict": (f"{_STATE}, settings, sample", None),
    "learn": (f"{_STATE}, initial, settings, sample, label, value, nth", None),
    "judge_and_learn": (f"{_STATE}, initial, settings, sample, label, nth", None),
    "steps_to_flip": ("settings, sample, value", "settings, value, sample"),
    "amount": ("weights, moments, settings, sample, label, nth", None),
    "worth": ("weights, moments, settings, word", None),
    "rest": ("weights, moments, settings", None),
    "write_moments": ("weights, moments, settings", None),
}


@cache
def _taught(kernels: Kernels) -> Callable[..., int]:
    """`judge_and_learn` of one model."""
    predict, learn = kernels.predict, kernels.learn

    def asked(
        weights: Any, moments: Any, scores: Any, initial: Any, settings: Any, sample: Any, label: int, nth: int
    ) -> int:
        value = predict(weights, moments, scores, settings, sample)[1]
        return learn(weights, moments, scores, initial, settings, sample, label, value, nth)

    def unasked(
        weights: Any, moments: Any, scores: Any, initial: Any, settings: Any, sample: Any, label: int, nth: int
    ) -> int:
        return learn(weights, moments, scores, initial, settings, sample, label, 0, nth)

    return compilable(asked if kernels.asks else unasked)


@cache
def _chain(function: str, models: tuple[type[Model], ...], dtype: np.dtype[Any] | None) -> Callable[..., Any]:
    """One function that calls those of all models on a type of samples, by their numbers; None: on any."""
    numbers = list(range(len(models))) if dtype is None else _on(models, dtype)
    kernels = [models[number].KERNELS for number in numbers]
    of = _taught if function == "judge_and_learn" else attrgetter(function)
    arguments, given = _ARGUMENTS[function]
    # of which a call would pass some forty words: five arrays, taken apart
    called = [_inlined(of(each)) for each in kernels]
    return dispatched(function, arguments, called, given and [given] * len(kernels), numbers)


@cache
def _inlined(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, to be written out where compiled code calls it."""
    copy = FunctionType(kernel.__code__, kernel.__globals__, kernel.__name__, closure=kernel.__closure__)
    made: Callable[..., Any] = register_jitable(inline="always")(copy)
    return made


def _on(models: tuple[type[Model], ...], dtype: np.dtype[Any]) -> list[int]:
    """Numbers of the models on a type of samples."""
    return [number for number, model in enumerate(models) if np.dtype(model.FORMAT.DTYPE) == dtype]


def _compiled(function: str, sample: Any) -> Callable[..., Any]:
    return _chain(function, MODELS.values(), as_dtype(sample.dtype))


@overload(predict, strict=False)
def _predict(kind: Any, weights: Any, moments: Any, scores: Any, settings: Any, sample: Any) -> Any:
    return _compiled("predict", sample)


@overload(learn, strict=False)
def _learn(
    kind: Any, weights: Any, moments: Any, scores: Any, initial: Any, settings: Any, sample: Any, label: Any,
    value: Any, nth: Any,
) -> Any:  # fmt: skip
    return _compiled("learn", sample)


@overload(judge_and_learn, strict=False)
def _judge_and_learn(
    kind: Any, weights: Any, moments: Any, scores: Any, initial: Any, settings: Any, sample: Any, label: Any, nth: Any
) -> Any:
    return _compiled("judge_and_learn", sample)


@overload(gap, strict=False)
def _gap(kind: Any, reference: Any, classes: Any, sample: Any, label: Any) -> Any:
    dtype = as_dtype(sample.dtype)
    of = next(model.FORMAT for model in MODELS.values() if np.dtype(model.FORMAT.DTYPE) == dtype)
    kernel, one = of.GAP, _one(of)
    return lambda kind, reference, classes, sample, label: kernel(reference, classes, one, sample, label)


@overload(write_moments, strict=False)
def _write_moments(kind: Any, weights: Any, moments: Any, settings: Any) -> Any:
    return _chain("write_moments", MODELS.values(), None)


@overload(steps_to_flip, strict=False)
def _steps_to_flip(kind: Any, settings: Any, sample: Any, value: Any) -> Any:
    return _compiled("steps_to_flip", sample)


@overload(amount, strict=False)
def _amount(kind: Any, weights: Any, moments: Any, settings: Any, sample: Any, label: Any, nth: Any) -> Any:
    return _compiled("amount", sample)


@overload(worth, strict=False)
def _worth(kind: Any, weights: Any, moments: Any, settings: Any, word: Any) -> Any:
    return _chain("worth", MODELS.values(), _WORD)


@overload(rest, strict=False)
def _rest(kind: Any, weights: Any, moments: Any, settings: Any) -> Any:
    return _chain("rest", MODELS.values(), _WORD)


@overload(is_near_a_sum, strict=False)
def _is_near_a_sum(kind: Any) -> Any:
    near = sum(1 << number for number, one in enumerate(MODELS.values()) if one.KERNELS.worth is not unknown_worth)
    return lambda kind: (near >> kind) & 1 == 1


@overload(adds_words, strict=False)
def _adds_words(kind: Any) -> Any:
    # bit k is set where the model of number k does
    adding = sum(1 << number for number, model in enumerate(MODELS.values()) if model.KERNELS.adds_words)
    return lambda kind: (adding >> kind) & 1 == 1


# WHAT COMPILED CODE IS MADE OF


def allocates(kind: int, models: tuple[type[Model], ...] | None = None) -> bool:
    """Whether a kernel of a model on this one's type of samples makes arrays; of all registered ones, if not given."""
    models = MODELS.values() if models is None else models
    dtype = np.dtype(models[kind].FORMAT.DTYPE)
    return any(models[number].KERNELS.allocates for number in _on(models, dtype))


def sources() -> tuple[ModuleType | str, ...]:
    """What the functions here lead compiled code to, for its fingerprint: models of ours and of guests, in order."""
    state = hashlib.sha256()
    _add(state, resources.files("earnest.core.models"))
    return dispatch, state.hexdigest(), repr((list(MODELS), sorted(MODELS.sources().items())))


def _add(state: Any, folder: Traversable) -> None:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            _add(state, entry)
        elif entry.name.endswith(".py"):
            state.update(f"{entry.name}\0".encode() + entry.read_bytes())


def moments_of(kind: int, weights: Weights, classes: int = CLASSES) -> NDArray[np.int64]:
    """What a model keeps beside its weights; zeros where it keeps nothing."""
    return model_of(kind, weights, classes, {}).moments_.copy()


def trained(name: str, X: Any, y: NDArray[np.uint8]) -> Model:
    """The model that a pool starts from.

    Args:
        name: of the model.
        X: the samples' matrix, as its format takes them.
        y: labels of shape (n,).

    Raises:
        RuleViolation: a parameter is out of the contract's range.
        WeightsOutOfRange: the model does not fit the contract.
    """
    return MODELS[name].trained(X, y)
