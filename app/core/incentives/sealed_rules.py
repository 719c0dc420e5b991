"""What a pool whose judge is sealed keeps of its rules: a chunk of parameters and reference, and where that is.

A clone's arguments have less room for an incentive than these parameters need. They hold the chunk's address and zeros;
the chunk holds the parameters, packed, and behind them the reference, int16 and big-endian, the bias first.
"""

import numpy as np
from numpy.typing import NDArray

from earnest.core.errors import RuleViolation
from earnest.core.incentives.base import Incentive, Terms
from earnest.core.models.model import Model

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


def pack_judge(judge: NDArray[np.int32]) -> bytes:
    """int32, big-endian, in order; for a snapshot."""
    return judge.astype(">i4").tobytes()


def unpack_judge(packed: bytes, count: int) -> NDArray[np.int32]:
    """The judge's weights in a snapshot; earlier releases, of which all weights fit, wrote int16.

    Args:
        packed: what was kept.
        count: of the weights.
    """
    return np.frombuffer(packed, dtype=">i2" if len(packed) == 2 * count else ">i4").astype(np.int32)


def require_sealable(incentive: Incentive, model: Model) -> None:
    """Refuse a model that is too large for its judge, which a seal writes as the code of one contract.

    Raises:
        RuleViolation: its initial weights, which a seal is as long as, are in several; a model that counts says how
            many words or classes there can be.
    """
    model.require_sealable()
    chunks = len(model.initial_chunks())
    if chunks > 1:
        what = model.format.UNIT
        raise RuleViolation(
            f"{incentive.name} keeps its judge in one contract of {MOST_BYTES:,} bytes: {model.weight_count:,} weights "
            f"of {model.name()} need {chunks}. Take fewer {what}s, or fewer classes."
        )


def rules_chunk(terms: Terms, reference: NDArray[np.int32]) -> bytes:
    """What `PoolFactory.storeChunk` takes for a pool of these rules.

    Raises:
        RuleViolation: the terms are out of range, or there are more weights than fit.
    """
    chunk = terms.pack() + pack_reference(reference)
    if len(chunk) > MOST_BYTES:
        most = (MOST_BYTES - terms.incentive.length) // 2 - 1
        raise RuleViolation(
            f"{terms.incentive.name} keeps a reference of all weights but one, a bias, in one contract, which has room "
            f"for {most:,}: there are {len(reference) - 1:,}. Take fewer words or shorter vectors."
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
