"""Upper bounds of the gas that a call needs, from the call alone; unused gas costs nothing.

A bound beats an estimate: estimating runs the call many times over on the embedded chain, and an estimate made on one
state may be too low on the next.
"""

from collections.abc import Sequence

from earnest.core.models.class_counts import PER_SLOT, ClassCounts
from earnest.core.models.dense_model import DenseLearner
from earnest.core.models.dense_nearest_centroid import DenseNearestCentroid
from earnest.core.models.model import Learner

#: Osaka's cap on one transaction (EIP-7825).
MAX_TRANSACTION_GAS = 2**24

_BASE = 21_000
#: One non-zero byte of calldata, by the floor price of EIP-7623.
_CALLDATA_BYTE = 40
#: Account, totals, a batch's or a claim's slots and events, all slots fresh.
_VERB = 120_000
#: A contribution's own slot, fresh, and its event; its model's chunks of code, copied again for each sample.
_SAMPLE = 50_000
#: A slot of changes that is written for the first time.
_FRESH_SLOT = 22_200
#: A slot of counts that is written again, and its carries for the first time.
_CARRYING_SLOT = 27_300
#: Visiting a slot of changes, its place in memory included; reading it for the first time is 2,100 more.
_SLOT = 900
_WARM_FEATURE = 300
#: One number of a dense sample, and how many of them a slot holds at least.
_DENSE_FEATURE, _DENSE_PER_SLOT = 60, 8
#: Model and memory, whatever the sample.
_MODEL = 60_000
#: A batch may unpack up to 128 weights for each sample, from at most 6 slots, and pack them again; memory, whose
#: price grows with its square, included for the largest model that is unpacked.
_UNPACKED = 128 * 150 + 6 * 2_400
_CODE_BYTE = 260


def _slots(sample: bytes, learner: Learner | None) -> set[int]:
    """Storage slots of a packed sample's words: of one class (`ClassCounts`), or with the bias (`SparseWeights`)."""
    words = [int.from_bytes(sample[i : i + 2], "big") for i in range(0, len(sample) - 1, 2)]
    if isinstance(learner, ClassCounts):
        return {word // PER_SLOT for word in words}
    return {0} | {(word + 1) // 25 if word < 449 else (word + 31) // 32 + 3 for word in words}


def _dense_slots(learner: DenseLearner) -> int:
    """Slots of one set of changes, the count or the bias included."""
    return learner.dimensions // _DENSE_PER_SLOT + 3


def _sets(learner: DenseLearner) -> int:
    """Sets of changes: one for each class, or one in all."""
    return learner.class_count if isinstance(learner, DenseNearestCentroid) else 1


def contribute_gas(samples: Sequence[bytes], learner: Learner | None = None) -> int:
    """Bound for contributing these samples in one transaction; O(features).

    Args:
        samples: packed.
        learner: the pool's; a sparse perceptron unless given.
    """
    if isinstance(learner, DenseLearner):
        held = _dense_slots(learner)
        each = _VERB + held * (_SLOT + 2_100) + learner.dimensions * (_DENSE_FEATURE + 2 * (_CALLDATA_BYTE + 8))
        # what a batch of several classes writes for the first time
        return _BASE + _MODEL + len(samples) * each + min(len(samples), _sets(learner)) * held * _FRESH_SLOT
    fresh: set[int] = set()
    total = _BASE + _VERB + _MODEL
    for sample in samples:
        slots = _slots(sample, learner)
        total += _SAMPLE + _UNPACKED + len(slots) * _SLOT + len(sample) // 2 * _WARM_FEATURE
        total += len(sample) * (_CALLDATA_BYTE + 8)
        fresh |= slots
    if isinstance(learner, ClassCounts):
        # each of the classes has slots of its own, and a head
        return total + min(len(samples), learner.class_count) * (len(fresh) + 1) * _CARRYING_SLOT
    return total + len(fresh) * _FRESH_SLOT


def claim_gas(sample: bytes, learner: Learner | None = None) -> int:
    """Bound for refunding or reporting a contribution of this sample; O(features). See `contribute_gas`."""
    if isinstance(learner, DenseLearner):
        judging = _sets(learner) * (_dense_slots(learner) * (_SLOT + 2_100) + learner.dimensions * _DENSE_FEATURE)
        return _BASE + _VERB + _MODEL + judging + len(sample) * _CALLDATA_BYTE + 20_000
    slots, features = len(_slots(sample, learner)), len(sample) // 2
    judging = slots * (_SLOT + 2_100) + features * _WARM_FEATURE
    if isinstance(learner, ClassCounts):
        # the slots of every class, and of their carries
        judging = learner.class_count * (slots * (_SLOT + 2 * 2_100) + features * _WARM_FEATURE + 5_000)
    return _BASE + _VERB + _MODEL + judging + len(sample) * _CALLDATA_BYTE + 20_000


def code_gas(size: int) -> int:
    """Bound for storing `size` bytes as code."""
    return 250_000 + size * _CODE_BYTE
