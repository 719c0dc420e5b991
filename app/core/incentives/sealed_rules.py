"""What a pool whose judge is sealed keeps of its rules: a chunk of parameters and reference, and where that is.

A clone's arguments have less room for an incentive than these parameters need. They hold the chunk's address and zeros;
the chunk holds the parameters, packed, and behind them the reference, int16 and big-endian, the bias first.
"""

import numpy as np
from numpy.typing import NDArray

from earnest.core.errors import RuleViolation
from earnest.core.incentives.base import Incentive, Terms

#: Bytes that a clone's arguments have for an incentive (`CloneArguments.sol`), and those of an address.
ARGUMENTS_LENGTH, ADDRESS_LENGTH = 39, 20
#: Bytes of a chunk at most (`PoolFactory.sol`).
MOST_BYTES = 24_575


def pack_reference(reference: NDArray[np.int32]) -> bytes:
    """int16, big-endian, the bias first."""
    return np.concatenate([reference[-1:], reference[:-1]]).astype(">i2").tobytes()


def unpack_reference(packed: bytes) -> NDArray[np.int32]:
    """int32, the bias last; empty where there is not one whole weight."""
    bias_first = np.frombuffer(packed[: len(packed) // 2 * 2], dtype=">i2").astype(np.int32)
    return np.concatenate([bias_first[1:], bias_first[:1]])


def rules_chunk(terms: Terms, reference: NDArray[np.int32]) -> bytes:
    """What `PoolFactory.storeChunk` takes for a pool of these rules.

    Raises:
        RuleViolation: the terms are out of range, or there are more weights than fit.
    """
    chunk = terms.pack() + pack_reference(reference)
    if len(chunk) > MOST_BYTES:
        most = (MOST_BYTES - terms.incentive.length) // 2 - 1
        raise RuleViolation(
            f"{terms.incentive.name} keeps a reference of each word in one contract, which has room for {most:,} "
            f"words: lower num_words, which is {len(reference) - 1:,}."
        )
    return chunk


def require_no_bounty(terms: Terms) -> None:
    """Refuse a bounty where deposits are paid in a token: what a seal costs is wei, which says nothing of tokens.

    Raises:
        RuleViolation: seals would be paid.
    """
    bounty = terms.by_slot().get("seal_bounty", 0)
    if bounty:
        raise RuleViolation(
            f"seal_bounty is {bounty}, and deposits are paid in a token: what a seal costs is wei, so that no token is "
            "paid for one. Set seal_bounty to 0; whoever waits for a refund can always seal."
        )


def pack_address(chunk: str) -> bytes:
    """What `PoolFactory.createPool` takes as `incentive`, from the chunk's address."""
    return bytes.fromhex(chunk.removeprefix("0x")).ljust(ARGUMENTS_LENGTH, b"\0")


def unpack_address(arguments: bytes) -> str:
    """The chunk's address out of a clone's arguments."""
    return "0x" + arguments[:ADDRESS_LENGTH].hex()


def unpack_rules(incentive: Incentive, chunk: bytes) -> tuple[Terms, NDArray[np.int32]]:
    """Terms and reference out of `rules_chunk`; whether they are in range is not looked at."""
    return incentive.unpack(chunk[: incentive.length]), unpack_reference(chunk[incentive.length :])
