"""What pools are clones of: each model under each incentive; and whose code a contract has."""

from typing import NamedTuple

from earnest.contracts import load_artifact
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
#: The one that is deployed where none is named.
FIRST_IMPLEMENTATION = next(iter(IMPLEMENTATIONS))


def recognise(code: bytes) -> tuple[str, str] | None:
    """The artifact's name and the trusted forwarder in its immutables; None when it is none of ours.

    Args:
        code: of the contract, as it is on chain.
    """
    for name in IMPLEMENTATIONS:
        artifact = load_artifact(name)
        masked = bytearray(code)
        forwarders = set()
        for start, length in artifact.immutable_references:
            forwarders.add(bytes(masked[start : start + length])[-20:])
            masked[start : start + length] = bytes(length)
        if bytes(masked) == artifact.deployed_bytecode and len(forwarders) <= 1:
            return name, "0x" + next(iter(forwarders), bytes(20)).hex()
    return None


def is_factory(code: bytes) -> bool:
    """Whether this is the code of this version's `PoolFactory`, as it is on chain."""
    return code == load_artifact("PoolFactory").deployed_bytecode
