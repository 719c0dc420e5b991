"""What pools are clones of: each model under each incentive; and whose code a contract has."""

from collections.abc import Callable
from typing import NamedTuple

from eth_utils.crypto import keccak

from earnest.contracts import Artifact, Code, load_artifact
from earnest.core.errors import RuleViolation
from earnest.core.incentives.base import Incentive
from earnest.core.incentives.registry import INCENTIVES
from earnest.core.models.model import Model
from earnest.core.models.registry import deployable


class Implementation(NamedTuple):
    """The parts that an implementation inherits."""

    incentive: Incentive
    model: type[Model]


def implementation_name(incentive: Incentive, model: type[Model]) -> str:
    """The artifact of this model under this incentive.

    Raises:
        RuleViolation: the incentive has no contract, or none of it seals such a model.
    """
    prefix = incentive.require_contract()
    if not goes_with(incentive, model):
        sealable = [name for name, one in deployable().items() if goes_with(incentive, one)]
        raise RuleViolation(
            f"The model {model.name()} has no contract under {incentive.name}, whose judge is sealed: use "
            f"{', '.join(sealable)}, or another incentive."
        )
    return f"{prefix}{model.CONTRACT}"


def goes_with(incentive: Incentive, model: type[Model]) -> bool:
    """Whether there is a contract of this model under this incentive."""
    deployed = incentive.contract is not None and model.CONTRACT is not None
    return deployed and (model.HAS_JUDGE or not incentive.is_sealed)


#: Implementations whose sources are here, by name.
IMPLEMENTATIONS: dict[str, Implementation] = {
    implementation_name(incentive, model): Implementation(incentive, model)
    for model in deployable().values()
    for incentive in INCENTIVES.values()
    if goes_with(incentive, model)
}
#: An implementation's immutables, and the one of what it creates, as Solidity names them.
_MOVES, _FORWARDER, _SELF = "_MOVES", "_trustedForwarder", "_SELF"
#: The one that is deployed where none is named.
FIRST_IMPLEMENTATION = next(iter(IMPLEMENTATIONS))


def recognise(address: str, code_of: Callable[[str], bytes]) -> tuple[str, str] | None:
    """The artifact's name and the trusted forwarder in its immutables; None when it is none of ours.

    Its other immutable is the contract that moves tokens for it, by `delegatecall`: at each place where it is called it
    must be the first that the implementation created, and of this version's code, or it could do anything with what the
    pools hold; a call of nobody would pay nobody out.

    Args:
        address: of the contract.
        code_of: what the chain has as code at an address.
    """
    code, moves = code_of(address), first_created(address)
    for name in IMPLEMENTATIONS:
        artifact = load_artifact(name)
        masked, values = _masked(code, artifact)
        if masked == artifact.deployed_bytecode and values is not None:
            known = values.get(_MOVES) == moves and _is(artifact.creates, moves, code_of("0x" + moves.hex()))
            return (name, "0x" + values[_FORWARDER].hex()) if known else None
    return None


def first_created(address: str) -> bytes:
    """Where the first contract is that a contract creates: RLP of its address and the number 1, hashed."""
    return keccak(b"\xd6\x94" + bytes.fromhex(address[2:]) + b"\x01")[12:]


def _is(created: Code | None, address: bytes, code: bytes) -> bool:
    """Whether code is that of what an implementation creates, which knows its own address."""
    if created is None:
        return False
    masked, values = _masked(code, created)
    return masked == created.deployed_bytecode and values == {_SELF: address}


def _masked(code: bytes, artifact: Artifact | Code) -> tuple[bytes, dict[str, bytes] | None]:
    """Code with zeros where its immutables are, and the address that was at all places of each.

    None in place of these where one has different ones at its places, or more than an address: no compiler made that.
    """
    masked = bytearray(code)
    values: dict[str, bytes] | None = {}
    for name, places in artifact.immutables.items():
        found = {bytes(masked[start : start + length]) for start, length in places}
        for start, length in places:
            masked[start : start + length] = bytes(length)
        value = found.pop()
        if found or value[:-20].strip(b"\0") or len(value) < 20:
            values = None
        elif values is not None:
            values[name] = value[-20:]
    return bytes(masked), values


def is_factory(code: bytes) -> bool:
    """Whether this is the code of this version's `PoolFactory`, as it is on chain."""
    return code == load_artifact("PoolFactory").deployed_bytecode
