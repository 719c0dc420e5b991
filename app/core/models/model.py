"""What every learner offers: the twin of a contract's model, with scikit-learn's estimator interface.

A learner is one file with its rules as kernels, a subclass of `Learner`, and a name in `registry`. Samples are arrays
to the learner and bytes to the contract; which bytes are a sample is the learner's to say.
"""

import hashlib
import struct
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from earnest.core.errors import SampleInvalid, WeightsOutOfRange
from earnest.core.keccak import keccak256

#: What `learn_one` answers where the learner learns from every sample and is not asked for its prediction.
NOT_PREDICTED = 2**16 - 1

_CHECKSUM_LENGTH = 32

Weights = NDArray[np.int32]


class Learner(ClassifierMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """An integer model; the contract's twin, bit for bit.

    A subclass takes its parameters, whole numbers, as arguments of its constructor, in the order of the contract's
    `modelParameters()`. What it learns is in `weights_` alone; anything else is worked out from them in `_begin`.

    Attributes:
        MODEL_ID: what `modelId()` answers.
        SAMPLE_FORMAT: what `sampleFormat()` answers.
        CONTRACT: name of the contract in `contracts/src/models`.
        PARAMETERS_LENGTH: bytes of the packed parameters.
        MOST_CLASSES: that it can tell apart.
        weights_: int32 array of the logical weights, in the order of `weights()` and `digest()`.
        initial_weights_: what `weights_` started from.
        accepted_: samples learned from or judged right so far.
        classes_: 0 to `class_count` less one.
    """

    MODEL_ID: ClassVar[str]
    SAMPLE_FORMAT: ClassVar[str]
    CONTRACT: ClassVar[str]
    PARAMETERS_LENGTH: ClassVar[int] = 10
    MOST_CLASSES: ClassVar[int] = 2
    #: `struct` format of the parameters and `accepted_` in a snapshot.
    _SNAPSHOT: ClassVar[str]

    weights_: Weights
    initial_weights_: Weights
    accepted_: int
    classes_: NDArray[np.int64]

    # PARAMETERS AND INITIAL WEIGHTS

    @property
    @abstractmethod
    def class_count(self) -> int:
        """How many classes there are; labels run from 0 to this less one."""

    @property
    @abstractmethod
    def parameters(self) -> list[int]:
        """The parameters, as `modelParameters()` gives them."""

    @property
    @abstractmethod
    def weight_count(self) -> int:
        """How many logical weights there are."""

    @abstractmethod
    def pack_parameters(self) -> bytes:
        """The bytes that `PoolFactory.createPool` takes as `model`.

        Raises:
            RuleViolation: one of the parameters is out of range.
        """

    @abstractmethod
    def initial_chunks(self) -> list[bytes]:
        """What the factory stores as code for a pool that starts from this model's weights.

        Raises:
            WeightsOutOfRange: one does not fit the contract's storage.
        """

    @classmethod
    @abstractmethod
    def from_code(cls, parameters: bytes, chunks: Sequence[bytes]) -> Self:
        """The model that a pool starts from, out of `pack_parameters()` and `initial_chunks()`.

        Raises:
            RuleViolation: a parameter is out of range.
            WeightsOutOfRange: a chunk is missing or has another length, or a weight is out of range.
        """

    @classmethod
    @abstractmethod
    def trained(cls, X: Any, y: ArrayLike) -> Self:
        """A pool's initial model: scikit-learn's original, fitted on the samples, as integers; see `training`."""

    # SAMPLES

    @abstractmethod
    def sample_from_bytes(self, packed: bytes) -> NDArray[Any]:
        """The sample that these bytes are.

        Raises:
            SampleInvalid: with the name and the values of the contract's error.
        """

    @abstractmethod
    def sample_to_bytes(self, sample: NDArray[Any]) -> bytes:
        """The bytes that the contract takes."""

    @abstractmethod
    def sample_from_features(self, features: Iterable[Any]) -> NDArray[Any]:
        """The sample of a list of numbers, as a request gives it.

        Raises:
            SampleInvalid: with the name and the values of the contract's error.
        """

    @abstractmethod
    def samples(self, X: Any) -> list[NDArray[Any]]:
        """The rows of a matrix as samples.

        Raises:
            SampleInvalid: it has another number of columns than the model.
        """

    # ONE SAMPLE

    @abstractmethod
    def _learn(self, sample: NDArray[Any], label: int) -> int:
        """Learn from a valid sample; the prediction before, or `NOT_PREDICTED`."""

    @abstractmethod
    def predict_one(self, sample: NDArray[Any]) -> tuple[int, int]:
        """Class and score of one valid sample; between two classes a score above 0 is class 1."""

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
        predicted = self._learn(sample, label)
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
        self._begin()

    def _begin(self) -> None:
        """Work out what is kept beside the weights. Does nothing where nothing is."""

    def digest(self) -> bytes:
        """keccak256 of the weights as big-endian int32; as the contract's `digest()`."""
        return digest(self.weights_)

    def copy(self) -> Self:
        """An independent model in the same state."""
        twin = type(self)(*self.parameters)
        twin.initial_weights_ = self.initial_weights_
        twin._restore(self.weights_.copy(), self.accepted_)
        return twin

    def restarted(self) -> Self:
        """An independent model that starts from this one's weights."""
        twin = type(self)(*self.parameters)
        twin._start(self.weights_.copy())
        return twin

    def to_bytes(self) -> bytes:
        """The whole state and its checksum, for a snapshot."""
        head = struct.pack(self._SNAPSHOT, *self.parameters, self.accepted_)
        state = head + self.initial_weights_.astype(">i4").tobytes() + self.weights_.astype(">i4").tobytes()
        return state + hashlib.sha256(state).digest()

    @classmethod
    def from_bytes(cls, state: bytes) -> Self:
        """The model of a snapshot.

        Raises:
            WeightsOutOfRange: the snapshot is damaged, or is another learner's.
        """
        state, checksum = state[:-_CHECKSUM_LENGTH], state[-_CHECKSUM_LENGTH:]
        head = struct.calcsize(cls._SNAPSHOT)
        if hashlib.sha256(state).digest() == checksum and len(state) >= head:
            *parameters, accepted = struct.unpack_from(cls._SNAPSHOT, state)
            model = cls(*parameters)
            values = np.frombuffer(state, dtype=">i4", offset=head).astype(np.int32)
            if len(values) == 2 * model.weight_count:
                model.initial_weights_ = values[: model.weight_count].copy()
                model._restore(values[model.weight_count :].copy(), accepted)
                return model
        raise WeightsOutOfRange(f"A model snapshot of {len(state)} bytes is damaged: rebuild it from the chain.")


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
