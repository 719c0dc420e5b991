"""What a pool's code says: the clone, what it is a clone of, and its immutable arguments (`CloneArguments.sol`)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.incentives import points, self_assessment
from app.core.learning.sparse_perceptron import CHUNK_WEIGHTS, FIRST_CHUNK_WEIGHTS
from app.core.pool.twin import Parameters
from app.verification.errors import CheckFailed

_HEAD, _TAIL = bytes.fromhex("363d3d373d3d3d363d73"), bytes.fromhex("5af43d82803e903d91602b57fd5bf3")
_OWNER, _ENCODER, _INCENTIVE, _MODEL, _CHUNKS = 0, 20, 52, 86, 96


@dataclass(frozen=True)
class PoolCode:
    """A clone's code, read.

    Attributes:
        implementation: address of what it is a clone of.
        owner: who deployed it.
        encoder_hash: of the encoder's file.
        incentive: the incentive's packed parameters.
        num_words: words of the encoder.
        eta0: first step.
        tau: contributions over which the step halves.
        chunks: addresses of the initial weights.
    """

    implementation: str
    owner: str
    encoder_hash: str
    incentive: bytes
    num_words: int
    eta0: int
    tau: int
    chunks: tuple[str, ...]


def read_clone(code: bytes) -> PoolCode:
    """Take a clone's code apart.

    Raises:
        CheckFailed: it is no clone, or its arguments are cut off.
    """
    if not code:
        raise CheckFailed("there is no contract at this address")
    start = len(_HEAD) + 20 + len(_TAIL)
    if code[: len(_HEAD)] != _HEAD or code[len(_HEAD) + 20 : start] != _TAIL:
        raise CheckFailed("the code is not that of a clone as the factory makes it")
    arguments = code[start:]
    rest = len(arguments) - _CHUNKS
    if rest < 20 or rest % 20:
        raise CheckFailed(f"the clone carries {len(arguments)} bytes of arguments; {_CHUNKS} and 20 a chunk are needed")
    model = arguments[_MODEL:_CHUNKS]
    return PoolCode(
        implementation="0x" + code[len(_HEAD) : len(_HEAD) + 20].hex(),
        owner="0x" + arguments[_OWNER:_ENCODER].hex(),
        encoder_hash="0x" + arguments[_ENCODER:_INCENTIVE].hex(),
        incentive=arguments[_INCENTIVE:_MODEL],
        num_words=int.from_bytes(model[:3], "big"),
        eta0=int.from_bytes(model[3:5], "big"),
        tau=int.from_bytes(model[5:], "big"),
        chunks=tuple("0x" + arguments[i : i + 20].hex() for i in range(_CHUNKS, len(arguments), 20)),
    )


def parameters_of(implementation: str, packed: bytes) -> Parameters:
    """The incentive's parameters, read from their packing.

    Raises:
        CheckFailed: no pool could have been created with them.
    """
    refund_wait, collect_wait = int.from_bytes(packed[2:6], "big"), int.from_bytes(packed[6:10], "big")
    parameters: Parameters
    if implementation.startswith("Points"):
        parameters = points.Parameters(refund_wait, collect_wait)
    else:
        amounts = int.from_bytes(packed[10:22], "big"), int.from_bytes(packed[22:34], "big")
        parameters = self_assessment.Parameters(packed[0], packed[1], refund_wait, collect_wait, *amounts)
    try:
        parameters.validate()
    except ValueError as error:
        raise CheckFailed(f"the parameters are out of range: {error}") from None
    return parameters


def initial_weights(pool: PoolCode, chunks: list[bytes]) -> NDArray[np.int64]:
    """The initial weights out of the chunks' code, bias last.

    Raises:
        CheckFailed: a chunk is missing, has another length, or could change.
    """
    positions: list[NDArray[np.int64]] = []
    missing = pool.num_words + 1
    for number, code in enumerate(chunks):
        count = min(missing, FIRST_CHUNK_WEIGHTS if number == 0 else CHUNK_WEIGHTS)
        if len(code) != 1 + 2 * count or code[0] != 0:
            raise CheckFailed(f"chunk {number} of the initial weights has {len(code)} bytes, not {1 + 2 * count}")
        positions.append(np.frombuffer(code, dtype=">i2", offset=1).astype(np.int64))
        missing -= count
    if missing:
        raise CheckFailed(f"{missing} of {pool.num_words + 1} initial weights are in no chunk")
    bias_first = np.concatenate(positions)
    return np.concatenate([bias_first[1:], bias_first[:1]])
