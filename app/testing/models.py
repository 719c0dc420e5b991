"""What every model must do, as checks for anybody's pytest.

    @pytest.mark.parametrize("check", model_checks(MyModel), ids=str)
    def test_my_model_conforms(check):
        check()

The checks draw what they need from the model's sample format, with a fixed seed; they say nothing of a contract, which
agreement tests compare with the model.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from itertools import pairwise
from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from earnest.core.errors import CoreError, SampleInvalid, WeightsOutOfRange
from earnest.core.keccak import keccak256
from earnest.core.models.formats.sample_format import SampleFormat
from earnest.core.models.kernels import NOTHING_LEARNED, UNKNOWN, Kernels, unknown_worth
from earnest.core.models.model import NOT_PREDICTED, Model, parameter_names
from earnest.core.models.registry import check as check_declaration
from earnest.core.registry import GuestRefused
from earnest.testing.checks import Check, Nonconforming, refuses, require

#: How wide samples are, and how many a sequence has, where nothing else is said.
WIDTH, LENGTH = 12, 60
#: What a parameter that may be chosen is set to in one of the examples.
CHOSEN = 40


def model_checks(model: type[Model], examples: Iterable[Model] | None = None) -> list[Check]:
    """The conformance suite of a model.

    Args:
        model: the class.
        examples: models of that class without weights; by default with two and three classes, where it takes
            `num_classes`, and with its `CHOICES` and `DERIVED` at their defaults and at 40.
    """
    checks = [Check("declares what it has to", partial(_declares, model))]
    for number, example in enumerate(examples_of(model) if examples is None else examples):
        checks += [
            Check(f"{what}, example {number}: {example}", partial(run, example, number))
            for what, run in _CHECKS.items()
        ]
    return checks


def examples_of(model: type[Model]) -> Iterator[Model]:
    """Small models of a class, without weights."""
    fixed = {model.FORMAT.WIDTH: WIDTH}
    classes = (2, 3) if "num_classes" in parameter_names(model) and model.MOST_CLASSES > 2 else (None,)
    for count in classes:
        yield model(**fixed, **({} if count is None else {"num_classes": count}))
    chosen = (*(choice.name for choice in model.CHOICES), *model.DERIVED)
    if chosen:
        yield model(**fixed, **dict.fromkeys(chosen, CHOSEN))


# THE CHECKS


def _declares(model: type[Model]) -> None:
    try:
        check_declaration(model.name(), model)
    except GuestRefused as error:
        raise Nonconforming(str(error)) from error


def _estimator(example: Model, seed: int) -> None:
    bare = clone(example)
    require(bare.parameters == example.parameters, "A clone has other parameters.")
    require(not hasattr(bare, "weights_"), "A clone has learned something.")
    model, samples, labels = _trained(example, seed)
    require(len(model.weights_) == model.weight_count, "weights_ is not as long as weight_count says.")
    require(_are(model.weights_, np.int32), "weights_ is not of int32.")
    require(model.classes_.tolist() == list(range(model.class_count)), "classes_ is not 0 to class_count less one.")
    again = clone(example).fit(matrix_of(model.format, samples), labels)
    require(again.digest() == model.digest(), "Fitting the same samples again gives other weights.")
    X = matrix_of(model.format, samples)
    one_by_one = [model.predict_one(sample)[0] for sample in model.samples(X)]
    require(model.predict(X).tolist() == one_by_one, "predict and predict_one differ.")
    at_once = model.predict_many(model.samples(X))
    require(
        at_once == [model.predict_one(sample) for sample in model.samples(X)], "predict_many and predict_one differ."
    )
    scores = model.decision_function(X)
    shape = (len(samples),) if model.class_count == 2 else (len(samples), model.class_count)
    require(scores.shape == shape, f"decision_function gives shape {scores.shape}, not {shape}.")
    if model.class_count == 2:
        values = [model.predict_one(sample)[1] for sample in samples]
        require(scores.tolist() == values, "decision_function and predict_one give other scores.")
        require([value > 0 for value in values] == [label == 1 for label in one_by_one], "Score > 0 is not class 1.")


def _digest(example: Model, seed: int) -> None:
    model, _, _ = _trained(example, seed)
    expected = keccak256(np.asarray(model.weights_).astype(">i4").tobytes())
    require(model.digest() == expected, "digest() is not keccak256 of the weights as big-endian int32.")


def _snapshots(example: Model, seed: int) -> None:
    model, samples, labels = _trained(example, seed)
    state = model.to_bytes()
    for other in (type(model).from_bytes(state), model.copy()):
        require(other.to_bytes() == state, "A copy, or what is read back from a snapshot, is another model.")
        _require_same_going_on(model, other, samples, labels)
        require(model.to_bytes() == state, "A copy that learns changes the model that it was made from.")
    fresh = model.restarted()
    require((fresh.accepted_, fresh.digest()) == (0, model.digest()), "A restarted model starts from other weights.")
    damaged = (b"", state[:-1], state[1:], bytes([state[0] ^ 1]) + state[1:], state[:40] + state)
    for content in damaged:
        refuses(WeightsOutOfRange, partial(type(model).from_bytes, content), "A damaged snapshot is taken")


def _of_weights(example: Model, seed: int) -> None:
    model, samples, labels = _trained(example, seed)
    choices = model.derived | {choice.name: getattr(model, choice.name) for choice in model.CHOICES}
    again = type(model).of_weights(model.weights_, model.class_count, choices)
    require(again.to_bytes() == model.restarted().to_bytes(), "of_weights does not give the model of these weights.")
    _require_same_going_on(model.restarted(), again, samples, labels)


def _code(example: Model, seed: int) -> None:
    model, _, _ = _trained(example, seed)
    if model.CONTRACT is None:
        return
    packed, chunks = model.pack_parameters(), model.initial_chunks()
    require(len(packed) == model.PARAMETERS_LENGTH, f"pack_parameters() gives {len(packed)} bytes.")
    require(
        type(model).from_code(packed, chunks).to_bytes() == model.restarted().to_bytes(),
        "from_code does not give the model that was packed.",
    )
    for wrong in ([], [chunks[0][:-1], *chunks[1:]], [*chunks, b"\0"]):
        refuses(CoreError, partial(type(model).from_code, packed, wrong), "Chunks that are cut, or too many, are taken")


def _samples(example: Model, seed: int) -> None:
    rng, format_ = np.random.default_rng(seed), example.format
    samples = [format_.drawn(rng) for _ in range(LENGTH)]
    for sample in samples:
        require(_are(sample, format_.DTYPE), f"A sample is of {sample.dtype}, and its format says otherwise.")
        same = example.sample_from_bytes(example.sample_to_bytes(sample))
        require(np.array_equal(same, sample), "Packing and unpacking gives another sample.")
    X = matrix_of(format_, samples)
    _require_samples(samples, format_.samples(X), "as a matrix")
    _require_samples(samples, format_.samples(format_.from_stored(*format_.to_stored(X))), "stored and read")
    starts, flat = format_.flat(X)
    require(_are(flat, format_.DTYPE), f"flat gives {flat.dtype}, and the format says otherwise.")
    parts = [flat[start:end] for start, end in pairwise(starts)]
    _require_samples(samples, parts, "flat")
    places, values = format_.trigger(starts, flat, 3)
    require(len(places) == len(values), "A trigger has other numbers of places and of values.")
    for sample in samples if len(places) else []:
        marked = format_.marked(sample, places, values)
        require(marked is None or _are(marked, format_.DTYPE), "A sample with a trigger is of other numbers.")
        if marked is not None:
            again = example.sample_from_bytes(example.sample_to_bytes(marked))
            require(np.array_equal(again, marked), "A sample with a trigger is none that the contract takes.")
    for sample in format_.crafted(starts, flat, np.arange(len(samples)) % 2 == 0, 3, 160):
        again = example.sample_from_bytes(example.sample_to_bytes(sample))
        require(np.array_equal(again, sample), "A crafted sample is none that the contract takes.")
    for packed in format_.malformed():
        told = f"The bytes 0x{packed.hex()[:80]} are taken as a sample"
        error = refuses(SampleInvalid, partial(example.sample_from_bytes, packed), told)
        require(str(getattr(error, "name", "")).startswith("Sample"), f"{told}, or the contract's error is not named.")


def _labels(example: Model, seed: int) -> None:
    model, samples, _ = _trained(example, seed)
    before = model.to_bytes()
    for label in (-1, model.class_count):
        error = refuses(SampleInvalid, partial(model.learn_one, samples[0], label), f"The label {label} is learned")
        require(getattr(error, "name", "") == "LabelOutOfRange", "Another error than LabelOutOfRange is named.")
    require(model.to_bytes() == before, "A label that is refused leaves a trace.")


def _settings(example: Model, seed: int) -> None:
    model, _, _ = _trained(example, seed)
    settings = model.settings
    require(_are(settings, np.int64), "settings is not an int64 array of one dimension.")
    require(np.array_equal(settings, model.restarted().settings), "A restarted model has other settings.")
    require(_are(model.moments_, np.int64), "moments_ is not such an array.")
    again = type(model).from_bytes(model.to_bytes())
    require(np.array_equal(again.moments_, model.moments_), "moments_ do not follow from the weights.")
    written, judging = np.zeros_like(model.moments_), model.judging(model.weights_)
    answer = model.KERNELS.write_moments(model.weights_, written, settings)
    require(answer == 0 and np.array_equal(written, judging.moments_), "write_moments writes other ones.")


def _kernels(example: Model, seed: int) -> None:
    model, samples, labels = _trained(example, seed)
    compiled, theirs = _compiled(type(model)), model.copy()
    for sample, label in zip(samples, labels, strict=True):
        _step(model, theirs, compiled, sample, label)


def _saturation(example: Model, seed: int) -> None:
    model, samples, _ = _trained(example, seed)
    compiled, theirs = _compiled(type(model)), model.copy()
    for sample in samples[:3]:
        for turn in range(200):
            label = turn // 100 % model.class_count
            _step(model, theirs, compiled, sample, label)


def _flips(example: Model, seed: int) -> None:
    """Whoever trusts the bound has to be right at every point of a sequence."""
    model, samples, labels = _trained(example, seed)
    model = model.restarted()
    kernels, settings = model.KERNELS, model.settings
    learned = {True: 0, False: 0}
    trusted: list[tuple[NDArray[Any], int, bool, int]] = []
    for nth, (sample, label) in enumerate(zip(samples * 3, labels * 3, strict=True)):
        for seen, class_, upwards, due in trusted:
            if learned[upwards] < due:
                require(
                    model.predict_one(seen)[0] == class_, "A class changed before steps_to_flip said that it could."
                )
        class_, value = model.predict_one(sample)
        steps = int(kernels.steps_to_flip(settings, value, sample))
        require(steps >= 1, f"steps_to_flip of a score of {value} is {steps}; it must be at least 1.")
        upwards = class_ != 1
        trusted.append((sample, class_, upwards, learned[upwards] + steps))
        before = model.weights_.copy()
        model.learn_one(sample, label)
        if not np.array_equal(before, model.weights_):
            state = model.weights_, model.moments_, settings
            up, down = (int(part) for part in kernels.amount(*state, sample, label, nth))
            require(min(up, down) >= 0 and up + down >= 1, f"amount is {up} up and {down} down.")
            learned[True] += up
            learned[False] += down


def _start(example: Model, seed: int) -> None:
    rng, format_ = np.random.default_rng(seed + 1), example.format
    drawn: dict[bytes, NDArray[Any]] = {}
    while len(drawn) < example.class_count:
        sample = format_.drawn(rng)
        drawn[format_.pack(sample)] = sample
    samples, labels = list(drawn.values()) * 20, list(range(example.class_count)) * 20
    model = type(example).trained(matrix_of(format_, samples), np.array(labels))
    require(model.class_count == example.class_count, f"trained on {example.class_count} classes, it has others.")
    found = [model.predict_one(sample)[0] for sample in drawn.values()]
    require(found == labels[: len(found)], f"trained on one sample a class, twenty times each, it predicts {found}.")


def _gas(example: Model, seed: int) -> None:
    model, samples, _ = _trained(example, seed)
    if model.CONTRACT is None:
        return
    packed = [model.sample_to_bytes(sample) for sample in samples[:8]]
    bounds = [model.learning_gas(packed[:size]) for size in range(1, len(packed) + 1)]
    require(bounds == sorted(set(bounds)), f"The bounds of longer batches do not grow: {bounds}.")
    require(0 < model.judging_gas(packed[0]) <= bounds[0], "Judging takes more gas than judging and learning.")


_CHECKS: dict[str, Callable[[Model, int], None]] = {
    "is an estimator of scikit-learn's": _estimator,
    "digests its weights": _digest,
    "survives snapshots and copies": _snapshots,
    "starts again from its weights": _of_weights,
    "is the model that its code holds": _code,
    "takes its format's samples and no others": _samples,
    "refuses labels of no class": _labels,
    "has settings and moments that follow from its parameters and weights": _settings,
    "learns and predicts the same interpreted and compiled": _kernels,
    "saturates alike interpreted and compiled": _saturation,
    "never changes a class before it says that it may": _flips,
    "starts from scikit-learn's own": _start,
    "bounds its gas": _gas,
}


# WHAT THEY NEED


def matrix_of(format_: SampleFormat, samples: list[NDArray[Any]]) -> Any:
    """Samples as the matrix that models are trained on."""
    starts = np.zeros(len(samples) + 1, dtype=np.int64)
    np.cumsum([len(sample) for sample in samples], out=starts[1:])
    flat = np.concatenate([*samples, np.zeros(0, dtype=format_.DTYPE)])
    return format_.matrix(starts, flat)


def _are(numbers: NDArray[Any], kind: type[np.integer[Any]]) -> bool:
    """Whether numbers are a list of this type."""
    return numbers.ndim == 1 and np.issubdtype(numbers.dtype, kind)


def _trained(example: Model, seed: int) -> tuple[Model, list[NDArray[Any]], list[int]]:
    """A model that has learned a random sequence from nothing, and the sequence."""
    rng = np.random.default_rng(seed)
    model: Model = clone(example)
    samples = [model.format.drawn(rng) for _ in range(LENGTH)]
    labels = rng.integers(0, model.class_count, LENGTH).tolist()
    return model.fit(matrix_of(model.format, samples), labels), samples, labels


def _require_samples(samples: list[NDArray[Any]], others: list[NDArray[Any]], how: str) -> None:
    same = len(samples) == len(others) and all(map(np.array_equal, samples, others))
    require(same, f"Samples are others once they went {how}.")


def _require_same_going_on(model: Model, other: Model, samples: list[NDArray[Any]], labels: list[int]) -> None:
    twin = model.copy()
    for sample, label in zip(samples, labels, strict=True):
        require(twin.predict_one(sample) == other.predict_one(sample), "Two equal models predict differently.")
        require(twin.learn_one(sample, label) == other.learn_one(sample, label), "Two equal models answer differently.")
    require(twin.to_bytes() == other.to_bytes(), "Two equal models learn differently.")


class _Compiled(NamedTuple):
    kernels: Kernels
    predict: Callable[..., tuple[int, int]]
    learn: Callable[..., int]
    steps_to_flip: Callable[..., int]
    amount: Callable[..., tuple[int, int]]
    worth: Callable[..., int]
    rest: Callable[..., tuple[int, int]]


@cache
def _compiled(model: type[Model]) -> _Compiled:
    """A model's kernels as the engines compile them: where they do not say so, nothing in them may make an array."""
    kernels = model.KERNELS
    options: dict[str, Any] = {"_nrt": kernels.allocates}
    compile_ = numba.njit(**options)
    functions = (kernels.predict, kernels.learn, kernels.steps_to_flip, kernels.amount, kernels.worth, kernels.rest)
    return _Compiled(kernels, *map(compile_, functions))


def _check_sum(model: Model, compiled: _Compiled, sample: NDArray[Any], value: int) -> None:
    """Whoever trusts the sum of worths has to be right."""
    given = model.weights_, model.moments_, model.settings
    offset, slack = compiled.rest(*given)
    require((offset, slack) == tuple(compiled.kernels.rest(*given)), "rest differs, interpreted and compiled.")
    worths = [int(compiled.worth(*given, int(word))) for word in sample]
    told = [int(compiled.kernels.worth(*given, int(word))) for word in sample]
    require(worths == told, "worth differs, interpreted and compiled.")
    require(all(-(2**31) <= worth < 2**31 for worth in worths), "A worth does not fit in 32 bits.")
    near = slack * (len(sample) + 4)
    require(
        slack == UNKNOWN or abs(offset + sum(worths) - value) <= near,
        f"A score differs from its words' worths by more than {near}.",
    )


def _step(model: Model, theirs: Model, compiled: _Compiled, sample: NDArray[Any], label: int) -> None:
    """Let a model learn a sample by itself, and another by the compiled kernels, and compare all that they say."""
    kernels, settings, nth = compiled.kernels, theirs.settings, theirs.accepted_
    scores = np.zeros(theirs.class_count, dtype=np.int64)
    state = theirs.weights_, theirs.moments_, scores
    class_, value = compiled.predict(*state, settings, sample)
    require(model.predict_one(sample) == (class_, value), "predict differs, interpreted and compiled.")
    require(0 <= class_ < model.class_count, f"The class {class_} is predicted.")
    require(
        compiled.steps_to_flip(settings, value, sample) == kernels.steps_to_flip(settings, value, sample),
        "steps_to_flip differs, interpreted and compiled.",
    )
    if model.class_count == 2 and kernels.worth is not unknown_worth:
        _check_sum(theirs, compiled, sample, value)
    told = value if kernels.asks else 0
    trial = model.copy()
    interpreted = kernels.learn(
        trial.weights_, trial.moments_, scores, trial.initial_weights_, settings, sample, label, told, nth
    )
    held_back = compiled.learn(*state, theirs.initial_weights_, settings, sample, label, told, nth)
    theirs.accepted_ += 1
    before = model.weights_.copy()
    answer = model.learn_one(sample, label)
    require(answer == (class_ if kernels.asks else NOT_PREDICTED), "learn_one answers another class than predict.")
    require(interpreted == held_back, "learn answers differently, interpreted and compiled.")
    require(NOTHING_LEARNED <= held_back <= model.weight_count, f"learn says that {held_back} weights were held back.")
    for other in (theirs, trial):
        same = np.array_equal(other.weights_, model.weights_) and np.array_equal(other.moments_, model.moments_)
        require(same, "Weights or moments differ, interpreted and compiled.")
    learned = theirs.weights_, theirs.moments_, settings, sample, label, nth
    require(
        held_back == NOTHING_LEARNED or compiled.amount(*learned) == tuple(kernels.amount(*learned)),
        "amount differs, interpreted and compiled.",
    )
    if held_back == NOTHING_LEARNED:
        require(np.array_equal(before, model.weights_), "learn says that nothing was learned, and changed weights.")
