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
#: Visiting a slot of changes, its place in memory included; reading it for the first time is 2,100 more.
_SLOT = 900
_WARM_FEATURE = 300
#: Model and memory, whatever the sample.
_MODEL = 60_000
#: A batch may unpack up to 128 weights for each of its samples, from at most 6 slots, and pack them again.
_UNPACKED = 128 * 250 + 6 * 2_200
_CODE_BYTE = 260


def _slots(sample: bytes) -> set[int]:
    """Storage slots of the changes of a packed sample's words and of the bias (`SparseWeights`)."""
    positions = [int.from_bytes(sample[i : i + 2], "big") + 1 for i in range(0, len(sample) - 1, 2)]
    return {0} | {place // 25 if place < 450 else (place + 30) // 32 + 3 for place in positions}


def contribute_gas(samples: Sequence[bytes]) -> int:
    """Bound for contributing these samples in one transaction; O(features)."""
    fresh: set[int] = set()
    total = _BASE + _MODEL
    for sample in samples:
        slots = _slots(sample)
        total += _VERB + _UNPACKED + len(slots) * _SLOT + len(sample) // 2 * _WARM_FEATURE
        total += len(sample) * (_CALLDATA_BYTE + 8)
        fresh |= slots
    return total + len(fresh) * _FRESH_SLOT


def claim_gas(sample: bytes) -> int:
    """Bound for refunding or reporting a contribution of this sample; O(features)."""
    judging = _MODEL + len(_slots(sample)) * (_SLOT + 2_100) + len(sample) // 2 * _WARM_FEATURE
    return _BASE + _VERB + judging + len(sample) * _CALLDATA_BYTE + 20_000


def code_gas(size: int) -> int:
    """Bound for storing `size` bytes as code."""
    return 250_000 + size * _CODE_BYTE
