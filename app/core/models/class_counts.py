"""Twin of `ClassCounts.sol`: for each class, its samples and in how many of them each word is present.

A model that counts learns from every sample, and needs no prediction for that. A class of 65,535 samples ages before it
takes one more: its samples, and each of its counts, become half as many, rounded down. So no class is ever full, and
what filled it is outweighed by as many later samples.

The logical weights are all words' counts of class 0, of class 1 and so on, then the samples of each class: an int32
array of shape (classes * (num_words + 1),). Beside them a class has a moment, which follows from its counts as long as
it has not aged: then it is halved, or quartered, as a whole, which is somewhat more than that of the halved counts.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earnest.core.compilable import compilable, compiled_where_possible
from earnest.core.errors import RuleViolation, WeightsOutOfRange
from earnest.core.models import gas
from earnest.core.models.formats.sample_format import SampleFormat
from earnest.core.models.formats.words import MAX_FEATURES, MAX_WORDS, Words, require_at_most, usual_most
from earnest.core.models.model import Model, Weights, join_chunks, require_range

MAX_CLASSES = 16
#: Most samples that a class counts, and so the highest count of a word.
MAX_SAMPLES = 65_535
#: Samples of a class right after it has aged, and counted one more.
AGED_SAMPLES = MAX_SAMPLES // 2 + 1
#: Most slots that a claim may read twice, changes and carries.
MAX_READS = 2_000
#: Words in one slot, and counts in one block of initial values.
PER_SLOT = 32
#: Initial values in one chunk of code.
CHUNK_VALUES = 375 * PER_SLOT

#: Blocks of counts in a seal, which is one chunk, beside the one of the classes' samples.
_SEALED_BLOCKS = CHUNK_VALUES // PER_SLOT - 1

#: Gas of a sample's own slot, fresh, and its event, and of what else a batch does for it.
_SAMPLE_GAS = 50_000 + 128 * 150 + 6 * 2_400
_WORD_GAS = 300
#: A slot of counts that is written again, and its carries for the first time.
_CARRYING_SLOT_GAS = 27_300
#: A class's head.
_CLASS_GAS = 5_000
#: A slot of counts that is halved: its epoch, and all of its carries, for the first time.
_AGED_SLOT_GAS = 2 * 22_100 + gas.COLD_READ
#: A slot of counts in a seal: read cold with its carries and its epoch, squared, hashed, and 64 bytes of code.
_SEALED_SLOT_GAS = 64 * 200 + 3 * gas.COLD_READ + 2_500
#: A class has aged, or may in the next batch, only if it has so many samples.
_AGED_SAMPLES = MAX_SAMPLES // 2

#: Score of a class without samples.
EMPTY = -(2**62)


@compilable
def raise_counts(weights: Any, moments: Any, shift: int, num_words: int, indices: Any, label: int) -> int:
    """One more sample of a class, in place; O(features), and once in 32,768 samples O(words).

    Args:
        weights: see above.
        moments: int64 array of shape (classes,); changed where the class ages.
        shift: by how many bits a moment is shifted to the right then.
        num_words: words of the encoder.
        indices: uint16 array of shape (features,).
        label: below the number of classes.

    Returns:
        the sum of the sample's counts before.
    """
    samples = len(moments) * num_words + label
    if weights[samples] >= MAX_SAMPLES:
        weights[samples] >>= 1
        moments[label] >>= shift
        for place in range(label * num_words, (label + 1) * num_words):
            weights[place] >>= 1
    weights[samples] += 1
    total = 0
    for index in indices:
        place = label * num_words + int(index)
        total += int(weights[place])
        weights[place] += 1
    return total


@compilable
def decide(scores: Any) -> tuple[int, int]:
    """Class and score out of the classes' scores: the highest wins, the lowest class of equal ones.

    Args:
        scores: int64 array of shape (classes,).

    Returns:
        the class, and by how much it won; between two classes, by how much class 1 did.
    """
    best, second, label = int(scores[0]), -(2**63 - 1), 0
    for class_ in range(1, len(scores)):
        value = int(scores[class_])
        if value > best:
            second = best
            best = value
            label = class_
        elif value > second:
            second = value
    if len(scores) == 2 and label == 0:
        return label, second - best
    return label, best - second


def check_parameters(num_words: int, num_classes: int, max_features: int = MAX_FEATURES) -> None:
    """Refuse what the contract refuses.

    Raises:
        RuleViolation: a parameter is out of range, or both together make claims too expensive.
    """
    require_range("num_words", num_words, 1, MAX_WORDS)
    require_range("num_classes", num_classes, 2, MAX_CLASSES)
    require_range("max_features", max_features, 1, MAX_FEATURES)
    reads = num_classes * min(_slots(num_words), MAX_FEATURES)
    if reads > MAX_READS:
        raise RuleViolation(
            f"{num_words} words in {num_classes} classes need {reads} reads for a claim; at most {MAX_READS} are "
            "affordable: take fewer words or classes."
        )


def _slots(num_words: int) -> int:
    return -(-num_words // PER_SLOT)


class ClassCounts(Model):
    """What the models that count share.

    Args:
        num_words: words of the encoder.
        num_classes: from 2 to 16.
        max_features: most words of a contribution.

    Attributes:
        moments_: int64 array of shape (num_classes,), see `_class_moments`.
    """

    FORMAT: ClassVar[type[SampleFormat]] = Words
    MOST_CLASSES: ClassVar[int] = MAX_CLASSES
    KEEPS_MOMENTS: ClassVar[bool] = True
    HAS_JUDGE: ClassVar[bool] = True
    #: A seal's code alone, of two bytes each, less a fifth.
    PAID_WEIGHT_GAS: ClassVar[int] = 320
    _SNAPSHOT: ClassVar[str] = ">IHHQ"
    _OLDER_SNAPSHOTS: ClassVar[tuple[str, ...]] = (">IHQ",)

    def __init__(self, num_words: int = 1000, num_classes: int = 2, max_features: int = MAX_FEATURES) -> None:
        self.num_words = num_words
        self.num_classes = num_classes
        self.max_features = max_features

    # WHAT A SUBCLASS SAYS

    @staticmethod
    @abstractmethod
    def _class_moments(counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """What is kept of each class beside its counts, which are of shape (num_classes, num_words)."""

    @staticmethod
    @abstractmethod
    def _score_kernel(weights: Any, moments: Any, num_words: int, indices: Any, scores: Any) -> None:
        """Write the classes' scores of one sample."""

    # PARAMETERS AND INITIAL WEIGHTS

    @property
    def class_count(self) -> int:
        """As many as the parameter says."""
        return self.num_classes

    @property
    def weight_count(self) -> int:
        """A count for each class and word, and the samples of each class."""
        return self.num_classes * (self.num_words + 1)

    @property
    def counts_(self) -> Weights:
        """In how many samples of a class each word is present: shape (num_classes, num_words)."""
        return self.weights_[: -self.num_classes].reshape(self.num_classes, self.num_words)

    @property
    def samples_(self) -> Weights:
        """Samples of each class: shape (num_classes,)."""
        return self.weights_[-self.num_classes :]

    @classmethod
    def from_counts(cls, counts: ArrayLike, samples: ArrayLike, *, max_features: int = MAX_FEATURES) -> Self:
        """A model that starts from these whole numbers.

        Args:
            counts: of shape (num_classes, num_words).
            samples: of shape (num_classes,).
            max_features: most words of a contribution.

        Raises:
            WeightsOutOfRange: one is not a whole number from 0 to 65,535, or a class has a word in more samples than it
                has.
            RuleViolation: too many words or classes.
        """
        words, totals = np.asarray(counts), np.asarray(samples)
        if words.ndim != 2 or totals.shape != words.shape[:1]:
            raise WeightsOutOfRange(f"Counts of shape {words.shape} do not fit samples of shape {totals.shape}.")
        model = cls(words.shape[1], words.shape[0], max_features)
        check_parameters(*model.parameters)
        values = np.concatenate([words.ravel(), totals])
        rounded = np.rint(values.astype(np.float64))
        if not (np.abs(rounded - values) < 1e-6).all() or rounded.min() < 0 or rounded.max() > MAX_SAMPLES:
            raise WeightsOutOfRange(f"Counts are whole numbers from 0 to {MAX_SAMPLES}: train on fewer samples.")
        weights = rounded.astype(np.int32)
        if (weights[: words.size].reshape(words.shape) > weights[words.size :, None]).any():
            raise WeightsOutOfRange("A class has a word in more samples than it has: features must be 0 or 1.")
        model._start(weights)
        return model

    @classmethod
    def of_weights(cls, weights: Weights, classes: int, choices: Mapping[str, int]) -> Self:
        """See `from_counts`."""
        return cls.from_counts(weights[:-classes].reshape(classes, -1), weights[-classes:])

    @classmethod
    def from_code(cls, parameters: bytes, chunks: Sequence[bytes]) -> Self:
        """The model that a pool starts from, out of its packed parameters and its chunks."""
        num_words, num_classes, max_features = (
            int.from_bytes(parameters[start:end], "big") for start, end in ((0, 3), (3, 5), (5, 7))
        )
        if any(parameters[7:]):
            raise RuleViolation(f"The parameters 0x{parameters.hex()} end with other bytes than zeros.")
        check_parameters(num_words, num_classes, max_features)
        slots = _slots(num_words)
        total = PER_SLOT * (1 + slots * num_classes)
        borders = [*range(0, total, CHUNK_VALUES), total]
        content = join_chunks(chunks, [2 * (end - start) for start, end in pairwise(borders)])
        values = np.frombuffer(content, dtype=">u2").astype(np.int64)
        blocks = values[PER_SLOT:].reshape(slots, num_classes, 2, PER_SLOT // 2)
        counts = blocks.transpose(1, 0, 3, 2).reshape(num_classes, -1)[:, :num_words]
        return cls.from_counts(counts, values[:num_classes], max_features=max_features)

    def require_size(self, sample: NDArray[Any]) -> None:
        """By `max_features`."""
        require_at_most(sample, self.max_features)

    def require_sealable(self) -> None:
        """By the blocks of one chunk."""
        if self.num_classes * _slots(self.num_words) > _SEALED_BLOCKS:
            most = _SEALED_BLOCKS // self.num_classes * PER_SLOT
            raise RuleViolation(
                f"A seal is one contract's code, which has room for the counts of {most:,} words in {self.num_classes} "
                f"classes, and there are {self.num_words:,}: take fewer words, or another incentive."
            )

    def limited(self, X: Any) -> tuple[Self, tuple[str, ...]]:
        """With `max_features` by these samples."""
        return self.from_counts(self.counts_, self.samples_, max_features=usual_most(X)), ()

    def pack_parameters(self) -> bytes:
        """The bytes that `PoolFactory.createPool` takes as `model`."""
        check_parameters(*self.parameters)
        widths = zip(self.parameters, (3, 2, 2), strict=True)
        return b"".join(value.to_bytes(width, "big") for value, width in widths) + bytes(3)

    def initial_chunks(self) -> list[bytes]:
        """Big-endian uint16 in blocks of 32.

        Block 0 holds the samples of each class; block 1 + slot * classes + class the counts of a slot of 32 words, the
        even words' first, then the odd ones'.
        """
        slots = _slots(self.num_words)
        padded = np.zeros((self.num_classes, slots * PER_SLOT), dtype=np.int64)
        padded[:, : self.num_words] = self.counts_
        samples = np.zeros(PER_SLOT, dtype=np.int64)
        samples[: self.num_classes] = self.samples_
        blocks = padded.reshape(self.num_classes, slots, PER_SLOT // 2, 2).transpose(1, 0, 3, 2).ravel()
        values = np.concatenate([samples, blocks]).astype(">u2")
        return [chunk.tobytes() for chunk in np.split(values, range(CHUNK_VALUES, len(values), CHUNK_VALUES))]

    def _start(self, weights: Weights) -> None:
        check_parameters(*self.parameters)
        super()._start(weights)

    def _moments(self) -> NDArray[np.int64]:
        return self._class_moments(self.counts_.astype(np.int64))

    # GAS

    def learning_gas(self, samples: Sequence[bytes]) -> int:
        """Slots that are written again with all their carries; each class has slots of its own, and a head."""
        fresh: set[int] = set()
        total = gas.MODEL
        for sample in samples:
            slots = _word_slots(sample)
            total += _SAMPLE_GAS + len(slots) * gas.SLOT + len(sample) // 2 * _WORD_GAS
            fresh |= slots
        each = _CARRYING_SLOT_GAS + (_AGED_SLOT_GAS if self._may_have_aged else 0)
        return total + min(len(samples), self.num_classes) * (len(fresh) + 1) * each

    def judging_gas(self, sample: bytes) -> int:
        """The slots of every class, and of their carries."""
        reads = 3 if self._may_have_aged else 2
        slots = len(_word_slots(sample)) * (gas.SLOT + reads * gas.COLD_READ)
        return gas.MODEL + self.num_classes * (slots + len(sample) // 2 * _WORD_GAS + _CLASS_GAS)

    def sealing_gas(self) -> int:
        """By the slots of every class, and the block of the classes' samples."""
        return (1 + self.num_classes * _slots(self.num_words)) * _SEALED_SLOT_GAS

    @property
    def _may_have_aged(self) -> bool:
        # a model of which the parameters alone are known may be of any age
        samples = getattr(self, "samples_", None)
        return samples is None or bool(samples.max() >= _AGED_SAMPLES - MAX_FEATURES)

    # MANY SAMPLES

    def decision_function(self, X: Any) -> NDArray[np.int64]:
        """By how much class 1 won, of shape (n,); between more than two classes their scores, (n, num_classes)."""
        rows = Words(self.num_words).presence(X)
        scores = np.zeros((rows.shape[0], self.num_classes), dtype=np.int64)
        score_rows = _compiled(self._score_kernel)
        score_rows(self.weights_, self.moments_, self.num_words, rows.indptr, rows.indices, scores)
        if self.num_classes > 2:
            return scores
        difference: NDArray[np.int64] = scores[:, 1] - scores[:, 0]
        return difference


def _word_slots(sample: bytes) -> set[int]:
    """Storage slots of a packed sample's words, in one class."""
    words = (int.from_bytes(sample[i : i + 2], "big") for i in range(0, len(sample) - 1, 2))
    return {word // PER_SLOT for word in words}


_COMPILED: dict[Any, Any] = {}


def _compiled(kernel: Any) -> Any:
    """The kernel over the rows of a matrix, compiled at its first use."""
    if kernel not in _COMPILED:
        one = compiled_where_possible(kernel)

        @compiled_where_possible
        def score_rows(weights: Any, moments: Any, num_words: int, starts: Any, indices: Any, scores: Any) -> None:
            for row in range(len(starts) - 1):
                one(weights, moments, num_words, indices[starts[row] : starts[row + 1]], scores[row])

        _COMPILED[kernel] = score_rows
    return _COMPILED[kernel]
