"""Upper bounds of the gas that a call needs, from the call alone; unused gas costs nothing.

A bound beats an estimate: estimating runs the call many times over on the embedded chain, and an estimate made on one
state may be too low on the next.
"""

from collections.abc import Sequence

#: Osaka's cap on one transaction (EIP-7825).
MAX_TRANSACTION_GAS = 2**24

_BASE = 21_000
#: One non-zero byte of calldata, by the floor price of EIP-7623.
_CALLDATA_BYTE = 40
#: Entry, account, totals and event of one contribution or claim, all slots fresh.
_VERB = 120_000
#: A slot of changes that is written for the first time.
_FRESH_SLOT = 22_200
_WARM_FEATURE = 500
_CHANGES_PER_SLOT = 25
_CODE_BYTE = 260


def sample_gas(sample: bytes, writes: bool) -> int:
    """Bound for judging one packed sample, and learning from it where `writes`; O(features)."""
    features = len(sample) // 2
    slots = len(
        {(int.from_bytes(sample[i : i + 2], "big") + 1) // _CHANGES_PER_SLOT for i in range(0, 2 * features, 2)}
    )
    per_slot = _FRESH_SLOT if writes else 2_200
    return _VERB + (slots + 1) * per_slot + features * _WARM_FEATURE + 60_000


def contribute_gas(samples: Sequence[bytes]) -> int:
    """Bound for contributing these samples in one transaction."""
    fresh: set[int] = set()
    total = _BASE + 60_000
    for sample in samples:
        features = len(sample) // 2
        slots = {(int.from_bytes(sample[i : i + 2], "big") + 1) // _CHANGES_PER_SLOT for i in range(0, 2 * features, 2)}
        total += _VERB + len(slots) * 400 + features * _WARM_FEATURE + len(sample) * (_CALLDATA_BYTE + 8) + 20_000
        fresh |= slots
    return total + (len(fresh) + 1) * _FRESH_SLOT


def claim_gas(sample: bytes) -> int:
    """Bound for refunding or reporting a contribution of this sample."""
    return _BASE + sample_gas(sample, writes=False) + len(sample) * _CALLDATA_BYTE + 20_000


def code_gas(size: int) -> int:
    """Bound for storing `size` bytes as code."""
    return 250_000 + size * _CODE_BYTE
