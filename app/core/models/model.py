"""What every model offers: the twin of a contract's model, with scikit-learn's estimator interface.

A model is one file: its rules as kernels, a subclass of `Model` that declares them, and the decorator `registry.model`.
Nothing else names it. Samples are arrays to the model and bytes to the contract; which bytes are a sample is its
format's to say.
"""

import hashlib
import inspect
import struct
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from earnest.core.errors import RuleViolation, SampleInvalid, WeightsOutOfRange
from earnest.core.keccak import keccak256
from earnest.core.models.formats.sample_format import SampleFormat
from earnest.core.models.kernels import Kernels
from earnest.core.parameters import Parameter

#: What `learn_one` answers where the model learns from every sample and is not asked for its prediction.
NOT_PREDICTED = 2**16 - 1
#: What is answered where another class than the label was predicted, and nobody knows which; no model has so many.
OTHER_CLASS = 2**16 - 2

_CHECKSUM_LENGTH = 32
#: Gas of a weight in a seal, of two bytes.
_SEALED_WEIGHT = 800

Weights = NDArray[np.int32]


class Model(ClassifierMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """An integer model; the contract's twin, bit for bit.

    A subclass takes its parameters, whole numbers, as arguments of its constructor, in the order of the contract's
    `modelParameters()`. What it learns is in `weights_`; anything else is worked out from them in `_moments`, and kept
    up to date by its kernels.

    Attributes:
        MODEL_ID: what `modelId()` answers: its name, a slash, its version.
        TITLE: what it is called on pages.
        ABOUT: what it does, in a sentence.
        SOURCE: where the literature describes it.
        FORMAT: of its samples.
        KERNELS: its rules.
        CONTRACT: name of the contract in `contracts/src/models`; None where there is none, so that it can be simulated
            and not deployed.
        HAS_JUDGE: whether a contract in `contracts/src/sealed` seals it, so that pools of it can have a sealed judge.
        PAID_WEIGHT_GAS: gas that a seal takes for each weight at least, a fifth of it refunded (EIP-3529); what a seal
            is paid follows it.
        CHOICES: the parameters that whoever starts a run or a pool may choose; data decide the others.
        DERIVED: the names of those that the initial samples decide, in `trained`, beside how wide they are and of how
            many classes.
        PARAMETERS_LENGTH: bytes of the packed parameters.
        MOST_CLASSES: that it can tell apart.
        UNIT_LENGTH: whether it refuses contributions that are vectors longer than 1, up to rounding: its pools take
            encoders that give none.
        TAKES_WHITE: whether it judges by distances alone, so that its pools take encoders that whiten where nothing is
            said.
        weights_: int32 array of the logical weights, in the order of `weights()` and `digest()`.
        moments_: int64 array of what is kept beside the weights, and follows from them.
        initial_weights_: what `weights_` started from.
        accepted_: samples learned from or judged right so far.
        classes_: 0 to `class_count` less one.
    """

    MODEL_ID: ClassVar[str]
    TITLE: ClassVar[str]
    ABOUT: ClassVar[str]
    SOURCE: ClassVar[str]
    FORMAT: ClassVar[type[SampleFormat]]
    KERNELS: ClassVar[Kernels]
    CONTRACT: ClassVar[str | None] = None
    HAS_JUDGE: ClassVar[bool] = False
    PAID_WEIGHT_GAS: ClassVar[int] = 400
    CHOICES: ClassVar[tuple[Parameter, ...]] = ()
    DERIVED: ClassVar[tuple[str, ...]] = ()
    PARAMETERS_LENGTH: ClassVar[int] = 10
    MOST_CLASSES: ClassVar[int] = 2
    UNIT_LENGTH: ClassVar[bool] = False
    TAKES_WHITE: ClassVar[bool] = False
    #: Whether the committed snapshot's rows, which incentives name in `gas`, were taken with this model.
    GAS_MEASURED: ClassVar[bool] = False
    #: Whether `moments_` are a state of their own, and do not follow from the weights alone.
    KEEPS_MOMENTS: ClassVar[bool] = False
    #: `struct` format of the parameters and `accepted_` in a snapshot; eight bytes each unless a model says otherwise.
    _SNAPSHOT: ClassVar[str] = ""
    #: The same of earlier releases, which knew the first parameters only.
    _OLDER_SNAPSHOTS: ClassVar[tuple[str, ...]] = ()

    weights_: Weights
    moments_: NDArray[np.int64]
    initial_weights_: Weights
    accepted_: int
    classes_: NDArray[np.int64]

    # PARAMETERS AND INITIAL WEIGHTS

    @classmethod
    def name(cls) -> str:
        """Its id without the version: what requests and scenarios call it."""
        return cls.MODEL_ID.partition("/")[0]

    @property
    def format(self) -> SampleFormat:
        """Its samples' format, as wide as they are."""
        return self.FORMAT.of(self)

    @property
    def class_count(self) -> int:
        """How many classes there are; labels run from 0 to this less one."""
        return 2

    @property
    def parameters(self) -> list[int]:
        """The parameters, as `modelParameters()` gives them."""
        return [getattr(self, name) for name in parameter_names(type(self))]

    @property
    def derived(self) -> dict[str, int]:
        """The parameters that the initial samples decided, by name."""
        return {name: getattr(self, name) for name in self.DERIVED}

    @property
    def explained(self) -> list[str]:
        """What the initial samples decided, in sentences for whoever owns the pool."""
        return []

    @property
    def most_change(self) -> int:
        """How far learning can move a weight from where it started; of a model that does not say, as far as int16."""
        return 2**15 - 1

    @property
    def settings(self) -> NDArray[np.int64]:
        """What its kernels need to know besides weights; its parameters, unless a model says otherwise."""
        return np.array(self.parameters, dtype=np.int64)

    @property
    @abstractmethod
    def weight_count(self) -> int:
        """How many logical weights there are."""

    @classmethod
    @abstractmethod
    def of_weights(cls, weights: Weights, classes: int, choices: Mapping[str, int]) -> Self:
        """A model that starts from these logical weights.

        Args:
            weights: as `weights_`.
            classes: how many.
            choices: by the names of `CHOICES` and of `DERIVED`; those that are left out are the constructor's.

        Raises:
            WeightsOutOfRange: they fit no such model.
            RuleViolation: a parameter is out of range.
        """

    @classmethod
    @abstractmethod
    def trained(cls, X: Any, y: ArrayLike) -> Self:
        """A pool's initial model: scikit-learn's original, fitted on the samples, as integers; see `training`."""

    # CONTRACT: ALL OF THESE, OR NONE

    def pack_parameters(self) -> bytes:
        """The bytes that `PoolFactory.createPool` takes as `model`.

        Raises:
            RuleViolation: one of the parameters is out of range, or the model has no contract.
        """
        raise self._without_contract()

    def initial_chunks(self) -> list[bytes]:
        """What the factory stores as code for a pool that starts from this model's weights.

        Raises:
            WeightsOutOfRange: one does not fit the contract's storage.
            RuleViolation: the model has no contract.
        """
        raise self._without_contract()

    @classmethod
    def from_code(cls, parameters: bytes, chunks: Sequence[bytes]) -> Self:
        """The model that a pool starts from, out of `pack_parameters()` and `initial_chunks()`.

        Raises:
            RuleViolation: a parameter is out of range, or the model has no contract.
            WeightsOutOfRange: a chunk is missing or has another length, or a weight is out of range.
        """
        raise cls._without_contract()

    def learning_gas(self, samples: Sequence[bytes]) -> int:
        """Bound of the gas that the contract's model takes to judge these samples and learn from all; O(features).

        They come in one call and change slots that are fresh. The samples' own slots and events are included, as far as
        the call's own costs, which are not, leave them out.

        Args:
            samples: packed.

        Raises:
            RuleViolation: the model has no contract.
        """
        raise self._without_contract()

    def judging_gas(self, sample: bytes) -> int:
        """Bound of the gas that the contract's model takes to judge a sample; O(features).

        Raises:
            RuleViolation: the model has no contract.
        """
        raise self._without_contract()

    def sealing_gas(self) -> int:
        """Bound of the gas that a sealed judge's weights take in a seal: read, moved, hashed, written as code; O(1)."""
        return self.weight_count * _SEALED_WEIGHT

    @classmethod
    def _without_contract(cls) -> RuleViolation:
        return RuleViolation(f"The model {cls.name()} has no contract: it can be simulated, and not deployed.")

    # SAMPLES

    def sample_from_bytes(self, packed: bytes) -> NDArray[Any]:
        """The sample that these bytes are.

        Raises:
            SampleInvalid: with the name and the values of the contract's error.
        """
        return self.format.unpack(packed)

    def sample_to_bytes(self, sample: NDArray[Any]) -> bytes:
        """The bytes that the contract takes."""
        return self.format.pack(sample)

    def sample_from_features(self, features: Iterable[Any]) -> NDArray[Any]:
        """The sample of a list of numbers, as a request gives it.

        Raises:
            SampleInvalid: with the name and the values of the contract's error.
        """
        return self.format.from_features(features)

    def samples(self, X: Any) -> list[NDArray[Any]]:
        """The rows of a matrix as samples.

        Raises:
            SampleInvalid: it has another number of columns than the model.
        """
        return self.format.samples(X)

    def require_size(self, sample: NDArray[Any]) -> None:
        """Refuse a valid sample that is larger than a contribution may be; its prediction may be asked for.

        Raises:
            SampleInvalid: with the name and the values of the contract's error.
        """

    def require_sealable(self) -> None:
        """Refuse a model of which a seal, one contract's code, has no room for all weights.

        Raises:
            RuleViolation: with how many it has.
        """

    def limited(self, X: Any) -> tuple[Self, tuple[str, ...]]:
        """As new pools start: with limits to samples, and to initial weights, that these suggest.

        Args:
            X: the samples that it was trained on, a matrix.

        Returns:
            the model, and sentences on what was changed of its weights.
        """
        return self, ()

    # ONE SAMPLE

    def predict_one(self, sample: NDArray[Any]) -> tuple[int, int]:
        """Class and score of one valid sample; between two classes a score above 0 is class 1."""
        scores = np.zeros(self.class_count, dtype=np.int64)
        label, value = self.KERNELS.predict(self.weights_, self.moments_, scores, self.settings, sample)
        return int(label), int(value)

    def predict_many(self, samples: Sequence[NDArray[Any]]) -> list[tuple[int, int]]:
        """The same of each of several."""
        return [self.predict_one(sample) for sample in samples]

    def learn_one(self, sample: NDArray[Any], label: int) -> int:
        """Learn from one sample.

        Args:
            sample: a valid sample; see `sample_from_bytes`.
            label: below `class_count`.

        Returns:
            the prediction before the update, or `NOT_PREDICTED`.

        Raises:
            SampleInvalid: there is no such label.
        """
        classes = self.class_count
        if not 0 <= label < classes:
            raise SampleInvalid(
                f"Label {label} is unknown: use 0 to {classes - 1}.", "LabelOutOfRange", label=label, classes=classes
            )
        kernels = self.KERNELS
        predicted, value = self.predict_one(sample) if kernels.asks else (NOT_PREDICTED, 0)
        scores = np.zeros(classes, dtype=np.int64)
        kernels.learn(
            self.weights_, self.moments_, scores, self.initial_weights_, self.settings, sample, label, value,
            self.accepted_,
        )  # fmt: skip
        self.accepted_ += 1
        return predicted

    # SCIKIT-LEARN'S INTERFACE

    def fit(self, X: Any, y: ArrayLike) -> Self:
        """Learn from the samples in order, once, starting from zero weights."""
        self._start(np.zeros(self.weight_count, dtype=np.int32))
        return self.partial_fit(X, y)

    def partial_fit(self, X: Any, y: ArrayLike, classes: ArrayLike | None = None) -> Self:
        """Learn from further samples in order.

        Args:
            X: matrix of shape (n, columns).
            y: labels of shape (n,).
            classes: accepted for scikit-learn's sake; always 0 to `class_count` less one.

        Raises:
            SampleInvalid: the shapes do not fit, or there is no such label; samples before it are learned.
        """
        if not hasattr(self, "weights_"):
            self._start(np.zeros(self.weight_count, dtype=np.int32))
        samples = self.samples(X)
        labels = np.asarray(y)
        if labels.shape != (len(samples),):
            raise SampleInvalid(
                f"{len(samples)} samples came with labels of shape {labels.shape}.", "BatchLengthInvalid"
            )
        for sample, label in zip(samples, labels.tolist(), strict=True):
            self.learn_one(sample, int(label))
        return self

    @abstractmethod
    def decision_function(self, X: Any) -> NDArray[np.int64]:
        """Scores of shape (n,) between two classes, of shape (n, class_count) between more."""

    def predict(self, X: Any) -> NDArray[np.int64]:
        """Classes of shape (n,); of equal scores the lower class."""
        scores = self.decision_function(X)
        if scores.ndim == 1:
            return (scores > 0).astype(np.int64)
        best: NDArray[np.int64] = scores.argmax(axis=1)
        return best

    # STATE

    def _start(self, weights: Weights) -> None:
        """Begin from these weights, which are valid."""
        self.initial_weights_ = weights
        self._restore(weights.copy(), 0)

    def _restore(self, weights: Weights, accepted: int) -> None:
        self.weights_ = weights
        self.accepted_ = accepted
        self.classes_ = np.arange(self.class_count)
        self.moments_ = self._moments()

    def _moments(self) -> NDArray[np.int64]:
        """What is kept beside the weights, worked out from them; zeros where nothing is."""
        return np.zeros(self.class_count, dtype=np.int64)

    def digest(self) -> bytes:
        """keccak256 of the weights as big-endian int32; as the contract's `digest()`."""
        return digest(self.weights_)

    def copy(self) -> Self:
        """An independent model in the same state."""
        twin = type(self)(*self.parameters)
        twin.initial_weights_ = self.initial_weights_
        twin._restore(self.weights_.copy(), self.accepted_)
        twin.moments_ = self.moments_.copy()
        return twin

    def restarted(self) -> Self:
        """An independent model that starts from this one's weights."""
        twin = type(self)(*self.parameters)
        twin._start(self.weights_.copy())
        return twin

    def judging(self, weights: Weights) -> Self:
        """A model that answers as this one does, by these weights in place of its own."""
        twin = type(self)(*self.parameters)
        twin.initial_weights_ = self.initial_weights_
        twin._restore(np.asarray(weights, dtype=np.int32).copy(), self.accepted_)
        return twin

    def to_bytes(self) -> bytes:
        """The whole state and its checksum, for a snapshot."""
        head = struct.pack(self._layout(), *self.parameters, self.accepted_)
        state = head + self.initial_weights_.astype(">i4").tobytes() + self.weights_.astype(">i4").tobytes()
        if self.KEEPS_MOMENTS:
            state += self.moments_.astype(">i8").tobytes()
        return state + hashlib.sha256(state).digest()

    @classmethod
    def _layout(cls) -> str:
        return cls._SNAPSHOT or f">{len(parameter_names(cls)) + 1}Q"

    @classmethod
    def from_bytes(cls, state: bytes) -> Self:
        """The model of a snapshot.

        Raises:
            WeightsOutOfRange: the snapshot is damaged, or is another model's.
        """
        state, checksum = state[:-_CHECKSUM_LENGTH], state[-_CHECKSUM_LENGTH:]
        if hashlib.sha256(state).digest() == checksum:
            for layout in (cls._layout(), *cls._OLDER_SNAPSHOTS):
                head = struct.calcsize(layout)
                if len(state) < head:
                    continue
                *parameters, accepted = struct.unpack_from(layout, state)
                model = cls(*parameters)
                end = head + 8 * model.weight_count
                # earlier releases left the moments out, which followed from the weights then
                kept = model.class_count if cls.KEEPS_MOMENTS and len(state) != end else 0
                if len(state) == end + 8 * kept:
                    values = np.frombuffer(state[head:end], dtype=">i4").astype(np.int32)
                    model.initial_weights_ = values[: model.weight_count].copy()
                    model._restore(values[model.weight_count :].copy(), accepted)
                    if kept:
                        model.moments_ = np.frombuffer(state[end:], dtype=">i8").astype(np.int64)
                    return model
        raise WeightsOutOfRange(f"A model snapshot of {len(state)} bytes is damaged: rebuild it from the chain.")


@cache
def parameter_names(model: type[Model]) -> tuple[str, ...]:
    """The parameters of a model's constructor, in order."""
    return tuple(inspect.signature(model).parameters)


def require_range(name: str, value: int, low: int, high: int) -> None:
    """Refuse a parameter that does not fit.

    Raises:
        RuleViolation: it is out of range.
    """
    if not low <= value <= high:
        raise RuleViolation(f"{name} is {value}; it must be from {low} to {high}.")


def digest(weights: Weights) -> bytes:
    """keccak256 of the weights as big-endian int32; as the contract's `digest()`."""
    return keccak256(np.asarray(weights).astype(">i4").tobytes())


def join_chunks(chunks: Sequence[bytes], lengths: Sequence[int]) -> bytes:
    """The chunks' content, if each has its length, in bytes.

    Raises:
        WeightsOutOfRange: one has another length, or there are too few or too many.
    """
    for number, length in enumerate(lengths):
        found = len(chunks[number]) if number < len(chunks) else 0
        if found != length:
            raise WeightsOutOfRange(f"Chunk {number} of the initial weights has {found} bytes, not {length}.")
    if len(chunks) > len(lengths):
        raise WeightsOutOfRange(f"There are {len(chunks)} chunks of initial weights; {len(lengths)} are needed.")
    return b"".join(chunks)
