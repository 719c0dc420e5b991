"""What a pool's code says: the clone, what it is a clone of, and its immutable arguments (`CloneArguments.sol`)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from eth_utils.address import to_checksum_address
from numpy.typing import NDArray

from earnest.chain.implementations import Implementation
from earnest.core.incentives.base import Terms
from earnest.core.incentives.sealed_rules import ADDRESS_LENGTH, pack_address, unpack_address, unpack_rules
from earnest.core.models.model import Model
from earnest.verification.errors import CheckFailed

_HEAD, _TAIL = bytes.fromhex("363d3d373d3d3d363d73"), bytes.fromhex("5af43d82803e903d91602b57fd5bf3")
_OWNER, _ENCODER, _INCENTIVE, _MODEL = 0, 20, 52, 91
#: A byte, and the token's address.
_TOKEN_LENGTH = 21


@dataclass(frozen=True)
class PoolCode:
    """A clone's code, read.

    Attributes:
        implementation: address of what it is a clone of.
        owner: who deployed it.
        encoder_hash: of the encoder's file.
        incentive: the incentive's packed parameters.
        model: the model's packed parameters, and what follows them: the addresses of the initial weights, and in a
            token's pool a byte and the token's address.
    """

    implementation: str
    owner: str
    encoder_hash: str
    incentive: bytes
    model: bytes

    def parameters_of(self, model: type[Model]) -> bytes:
        """The model's packed parameters."""
        return self.model[: model.PARAMETERS_LENGTH]

    def token_of(self, model: type[Model]) -> str | None:
        """The ERC-20 token that deposits are paid in, by the length of the arguments; None for native coin.

        Raises:
            CheckFailed: the clone's arguments are cut off.
        """
        behind = self._behind(model)
        self.chunks_of(model)
        return to_checksum_address(behind[-ADDRESS_LENGTH:]) if len(behind) % ADDRESS_LENGTH else None

    def _behind(self, model: type[Model]) -> bytes:
        return self.model[model.PARAMETERS_LENGTH :]

    def chunks_of(self, model: type[Model]) -> tuple[str, ...]:
        """The addresses of the initial weights.

        Raises:
            CheckFailed: the clone's arguments are cut off.
        """
        addresses = self._behind(model)
        if len(addresses) % 20 == _TOKEN_LENGTH % 20 and addresses[-_TOKEN_LENGTH:][:1] == b"\x01":
            addresses = addresses[:-_TOKEN_LENGTH]
        if not addresses or len(addresses) % 20:
            raise CheckFailed(
                f"the clone carries {len(self.model)} bytes for its model; "
                f"{model.PARAMETERS_LENGTH} and 20 a chunk are needed"
            )
        return tuple("0x" + addresses[i : i + 20].hex() for i in range(0, len(addresses), 20))


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
    if len(arguments) <= _MODEL:
        raise CheckFailed(f"the clone carries {len(arguments)} bytes of arguments; more than {_MODEL} are needed")
    return PoolCode(
        implementation="0x" + code[len(_HEAD) : len(_HEAD) + 20].hex(),
        owner="0x" + arguments[_OWNER:_ENCODER].hex(),
        encoder_hash="0x" + arguments[_ENCODER:_INCENTIVE].hex(),
        incentive=arguments[_INCENTIVE:_MODEL],
        model=arguments[_MODEL:],
    )


def terms_of(implementation: Implementation, packed: bytes) -> Terms:
    """The incentive with its numbers, read from their packing.

    Raises:
        CheckFailed: no pool could have been created with them.
    """
    return _validated(implementation.incentive.unpack(packed))


def rules_address(packed: bytes) -> str:
    """Where a pool whose judge is sealed has its rules.

    Raises:
        CheckFailed: the clone's arguments hold more than an address, so that no factory made them for such a pool.
    """
    if packed != pack_address(address := unpack_address(packed)):
        raise CheckFailed(
            f"behind the address of its rules the clone carries {packed[ADDRESS_LENGTH:].hex()}, not zeros"
        )
    return address


def sealed_rules_of(implementation: Implementation, code: bytes) -> tuple[Terms, NDArray[np.int32]]:
    """The incentive with its numbers, and the reference, out of the code of the chunk of rules.

    Raises:
        CheckFailed: it is missing or could change, or no pool could have been created with it.
    """
    if code[:1] != b"\0" or len(code) <= implementation.incentive.length:
        raise CheckFailed("the chunk of the pool's rules is missing, or could change")
    terms, reference = unpack_rules(implementation.incentive, code[1:])
    return _validated(terms), reference


def _validated(terms: Terms) -> Terms:
    try:
        terms.validate()
    except ValueError as error:
        raise CheckFailed(f"the parameters are out of range: {error}") from None
    return terms


def initial_model(model: type[Model], parameters: bytes, codes: Sequence[bytes]) -> Model:
    """The model that the pool started from, out of the code of its chunks.

    Raises:
        CheckFailed: a chunk is missing or could change.
        CoreError: the content is not this model's.
    """
    for number, code in enumerate(codes):
        if code[:1] != b"\0":
            raise CheckFailed(f"chunk {number} of the initial weights is missing, or could change")
    return model.from_code(parameters, [code[1:] for code in codes])
