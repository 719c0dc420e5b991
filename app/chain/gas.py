"""Upper bounds of the gas that a call needs, from the call alone; unused gas costs nothing.

A bound beats an estimate: estimating runs the call many times over on the embedded chain, and an estimate made on one
state may be too low on the next.
"""

from collections.abc import Sequence

from earnest.core.models.model import Model
from earnest.core.models.registry import DEFAULT, MODELS

#: Osaka's cap on one transaction (EIP-7825).
MAX_TRANSACTION_GAS = 2**24

_BASE = 21_000
#: One non-zero byte of calldata, by the floor price of EIP-7623; and copying it.
_CALLDATA_BYTE, _COPIED_BYTE = 40, 8
#: Account, totals, a batch's or a claim's slots and events, all slots fresh.
_VERB = 120_000
#: What a claim does besides.
_CLAIM = 20_000
_CODE_BYTE = 260
#: Of a word of a sample that a judge in code is asked about; one that counts takes as much again for each class, and
#: some for the class itself.
_ASKED_WORD, _ASKED_CLASS = 150, 4_000


def least_gas(data: bytes) -> int:
    """What a transaction with these data uses before any of it runs (EIP-2028); no chain takes one that has less."""
    zeros = data.count(0)
    return _BASE + 4 * zeros + 16 * (len(data) - zeros)


def contribute_gas(samples: Sequence[bytes], model: Model | None = None) -> int:
    """Bound for contributing these samples in one transaction; O(features).

    Args:
        samples: packed.
        model: the pool's, with or without weights; the default one unless given.
    """
    learning = (model or MODELS[DEFAULT]()).learning_gas(samples)
    return _BASE + _VERB + learning + sum(map(len, samples)) * (_CALLDATA_BYTE + _COPIED_BYTE)


def claim_gas(sample: bytes, model: Model | None = None) -> int:
    """Bound for refunding or reporting a contribution of this sample; O(features). See `contribute_gas`."""
    judging = (model or MODELS[DEFAULT]()).judging_gas(sample)
    return _BASE + _VERB + judging + len(sample) * _CALLDATA_BYTE + _CLAIM


#: Of each weight of a judge: copied from its code; what a seal does with it is the model's.
_ASKED_WEIGHT = 5
#: What a seal does besides.
_SEAL = 250_000


def sealed_contribute_gas(sample: bytes, model: Model) -> int:
    """Bound for contributing a sample to a pool whose judge is sealed, and of this model; O(features)."""
    return _BASE + _VERB + _asked(sample, model) + len(sample) * (_CALLDATA_BYTE + _COPIED_BYTE)


def settle_gas(sample: bytes, model: Model) -> int:
    """Bound for settling such a contribution: judge and reference are asked, and the learner learns; O(features)."""
    return contribute_gas([sample], model) + model.judging_gas(sample) + 2 * _asked(sample, model)


def _asked(sample: bytes, model: Model) -> int:
    words = len(sample) // 2 * _ASKED_WORD
    by_class = 0 if model.KERNELS.is_linear else model.class_count * (words + _ASKED_CLASS)
    return model.weight_count * _ASKED_WEIGHT + words + by_class


def seal_gas(model: Model) -> int:
    """Bound for a seal; O(weights)."""
    return _SEAL + model.sealing_gas()


def code_gas(size: int) -> int:
    """Bound for storing `size` bytes as code."""
    return 250_000 + size * _CODE_BYTE
