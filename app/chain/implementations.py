"""What pools are clones of: each model under each incentive, and which of them a contract's code was built as."""

from typing import NamedTuple

from earnest.contracts import load_artifact
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
        RuleViolation: the incentive has no contract.
    """
    return f"{incentive.require_contract()}{model.CONTRACT}"


#: Implementations whose sources are here, by name.
IMPLEMENTATIONS: dict[str, Implementation] = {
    implementation_name(incentive, model): Implementation(incentive, model)
    for model in deployable().values()
    for incentive in INCENTIVES.values()
    if incentive.contract is not None
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
