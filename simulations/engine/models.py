"""The models that the engines run: the kernels of all that are registered, behind one set of compiled functions.

Compiled code knows a model by its number in the registry. The functions here take it first and hand everything else on
to that model's kernel. Interpreted they look it up; for compiled code, numba is given an if-chain over the numbers,
whose source is written from the registry. There is one chain for each type of samples, so that code for words has none
for vectors in it: kernels of some formats make arrays, and compiled code that may not is much faster; see `compiled`.
"""

import hashlib
import linecache
from collections.abc import Callable, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import numpy as np
from numba.extending import overload
from numba.np.numpy_support import as_dtype
from numpy.typing import NDArray

from earnest.core.compilable import compilable
from earnest.core.models.formats.vectors import DEFAULT_SCALE
from earnest.core.models.kernels import Kernels
from earnest.core.models.model import Model, Weights
from earnest.core.models.registry import MODELS

#: The integer that stands for 1 in a vector.
SCALE = DEFAULT_SCALE
#: Classes where nothing else is said, and all that a perceptron tells apart.
CLASSES = 2

#: All models, each at its number; fixed for the life of a process, as compiled code is.
ALL: tuple[type[Model], ...] = MODELS.values()
_KERNELS: tuple[Kernels, ...] = tuple(model.KERNELS for model in ALL)


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
    model = ALL[kind]
    return model.of_weights(weights, classes, {name: choices[name] for name in model.CHOICES if name in choices})


def choices(kind: int, knobs: object) -> dict[str, int]:
    """What a scenario chooses of a model's parameters, by the knobs that bear their names."""
    return {name: getattr(knobs, name) for name in ALL[kind].CHOICES if hasattr(knobs, name)}


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
    return _KERNELS[kind].predict(weights, moments, scores, settings, sample)


def learn(
    kind: int, weights: Any, moments: Any, scores: Any, initial: Any, settings: Any, sample: Any, label: int,
    value: int, nth: int,
) -> int:  # fmt: skip
    """Learn from a sample whose score is known; how many weights were held back, -1 where nothing was learned."""
    return _KERNELS[kind].learn(weights, moments, scores, initial, settings, sample, label, value, nth)


def judge_and_learn(
    kind: int, weights: Any, moments: Any, scores: Any, initial: Any, settings: Any, sample: Any, label: int, nth: int
) -> int:
    """The same where the score is not known: the model is asked for it, if it needs to be."""
    kernels, value = _KERNELS[kind], 0
    if kernels.asks:
        value = kernels.predict(weights, moments, scores, settings, sample)[1]
    return kernels.learn(weights, moments, scores, initial, settings, sample, label, value, nth)


def steps_to_flip(kind: int, sample: Any, value: int) -> int:
    """The least amount of learning against the class of a score that could change it."""
    return _KERNELS[kind].steps_to_flip(value, len(sample))


def amount(kind: int, settings: Any, sample: Any, label: int, nth: int) -> tuple[int, int]:
    """How much of that a learned sample is: towards class 1, and towards class 0."""
    return _KERNELS[kind].amount(settings, label, nth)


# THE SAME, COMPILED: SOURCES FROM THE REGISTRY

_STATE = "weights, moments, scores"
#: Arguments of each function after the model's number, and what each of its branches does.
_BRANCHES = {
    "predict": (f"{_STATE}, settings, sample", f"return predict_{{k}}({_STATE}, settings, sample)"),
    "learn": (
        f"{_STATE}, initial, settings, sample, label, value, nth",
        f"return learn_{{k}}({_STATE}, initial, settings, sample, label, value, nth)",
    ),
    "judge_and_learn": (
        f"{_STATE}, initial, settings, sample, label, nth",
        f"return learn_{{k}}({_STATE}, initial, settings, sample, label, {{value}}, nth)",
    ),
    "steps_to_flip": ("sample, value", "return steps_to_flip_{k}(value, len(sample))"),
    "amount": ("settings, sample, label, nth", "return amount_{k}(settings, label, nth)"),
}
_ASKED = f"predict_{{k}}({_STATE}, settings, sample)[1]"


def _chain(function: str, kinds: list[int]) -> str:
    """Source of a function that branches over these models; the last of them needs no question."""
    arguments, branch = _BRANCHES[function]
    lines = [f"def {function}(kind, {arguments}):"]
    for kind in kinds:
        value = _ASKED.format(k=kind) if _KERNELS[kind].asks else "0"
        does = branch.format(k=kind, value=value)
        lines += [f"    {does}"] if kind == kinds[-1] else [f"    if kind == {kind}:", f"        {does}"]
    return "\n".join(lines) + "\n"


def _by_dtype() -> dict[np.dtype[Any], list[int]]:
    """Numbers of the models on each type of samples."""
    found: dict[np.dtype[Any], list[int]] = {}
    for kind, model in enumerate(ALL):
        found.setdefault(np.dtype(model.FORMAT.DTYPE), []).append(kind)
    return found


_CHAINS = {dtype: {function: _chain(function, kinds) for function in _BRANCHES} for dtype, kinds in _by_dtype().items()}


def _compile_chains(dtype: np.dtype[Any]) -> dict[str, Callable[..., Any]]:
    """The functions of a type of samples, readable by numba."""
    names: dict[str, Any] = {
        f"{kernel}_{kind}": getattr(kernels, kernel)
        for kind, kernels in enumerate(_KERNELS)
        for kernel in ("predict", "learn", "steps_to_flip", "amount")
    }
    made = {}
    for function, source in _CHAINS[dtype].items():
        file = f"<{function} of models on {dtype}>"
        # for tracebacks
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        space = dict(names)
        exec(compile(source, file, "exec"), space)  # noqa: S102 - written above, of numbers and fixed names
        made[function] = space[function]
    return made


_FUNCTIONS = {dtype: _compile_chains(dtype) for dtype in _CHAINS}


def _of_type(function: str, sample: Any) -> Any:
    return _FUNCTIONS[as_dtype(sample.dtype)][function]


@overload(predict, strict=False)
def _predict(kind: Any, weights: Any, moments: Any, scores: Any, settings: Any, sample: Any) -> Any:
    return _of_type("predict", sample)


@overload(learn, strict=False)
def _learn(
    kind: Any, weights: Any, moments: Any, scores: Any, initial: Any, settings: Any, sample: Any, label: Any,
    value: Any, nth: Any,
) -> Any:  # fmt: skip
    return _of_type("learn", sample)


@overload(judge_and_learn, strict=False)
def _judge_and_learn(
    kind: Any, weights: Any, moments: Any, scores: Any, initial: Any, settings: Any, sample: Any, label: Any, nth: Any
) -> Any:
    return _of_type("judge_and_learn", sample)


@overload(steps_to_flip, strict=False)
def _steps_to_flip(kind: Any, sample: Any, value: Any) -> Any:
    return _of_type("steps_to_flip", sample)


@overload(amount, strict=False)
def _amount(kind: Any, settings: Any, sample: Any, label: Any, nth: Any) -> Any:
    return _of_type("amount", sample)


#: Bit k is set where the model of number k adds up its words' weights, so that bounds judge whole test sets.
_ADDING = sum(1 << kind for kind, kernels in enumerate(_KERNELS) if kernels.adds_words)


@compilable
def adds_words(kind: int) -> bool:
    """Whether a model's score is the sum of its words' weights and the last one; see `kernels.Kernels`."""
    return _ADDING >> kind & 1 == 1


def allocates(kind: int) -> bool:
    """Whether a kernel of a model on this one's type of samples may make arrays."""
    dtype = np.dtype(ALL[kind].FORMAT.DTYPE)
    return any(ALL[other].FORMAT.ALLOCATES for other in _by_dtype()[dtype])


# WHAT COMPILED CODE IS MADE OF


def _sources() -> str:
    """Digest of all that the functions here lead compiled code to: models of ours, guests', and the chains."""
    state = hashlib.sha256()
    _add(state, resources.files("earnest.core.models"))
    for parts in (sorted(MODELS.sources().items()), [sorted(chains.items()) for chains in _CHAINS.values()], _ADDING):
        state.update(repr(parts).encode())
    return state.hexdigest()


def _add(state: Any, folder: Traversable) -> None:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            _add(state, entry)
        elif entry.name.endswith(".py"):
            state.update(f"{entry.name}\0".encode() + entry.read_bytes())


SOURCES = _sources()


def moments_of(kind: int, weights: Weights, classes: int = CLASSES) -> NDArray[np.int64]:
    """What a model keeps beside its weights; zeros where it keeps nothing."""
    return model_of(kind, weights, classes, {}).moments_.copy()


def trained(name: str, X: Any, y: NDArray[np.uint8]) -> Weights:
    """Weights of the model that a pool starts from.

    Args:
        name: of the model.
        X: the samples' matrix, as its format takes them.
        y: labels of shape (n,).

    Raises:
        RuleViolation: a parameter is out of the contract's range.
        WeightsOutOfRange: the model does not fit the contract.
    """
    return MODELS[name].trained(X, y).weights_.copy()
