"""The contracts' committed build artifacts, and the script that makes them.

`load_artifact` is all that running Earnest needs; no compiler takes part in it.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

#: (start, length) of each place of an immutable in the code on chain, by its name in Solidity.
Immutables = dict[str, tuple[tuple[int, int], ...]]


class Code(NamedTuple):
    """Code on chain.

    Attributes:
        deployed_bytecode: with zeros where immutables go.
        immutables: (start, length) of each place of an immutable, by its name in Solidity.
    """

    deployed_bytecode: bytes
    immutables: Immutables


@dataclass(frozen=True)
class Artifact:
    """One compiled contract.

    Attributes:
        name: the contract's name in Solidity.
        abi: its interface as the compiler wrote it.
        bytecode: creation code, constructor arguments not included.
        deployed_bytecode: code on chain, with zeros where immutables go.
        immutables: (start, length) of each place of an immutable in the code on chain, by its name in Solidity.
        creates: the contract that this one creates when it is deployed, which moves tokens for it; None for others.
    """

    name: str
    abi: list[dict[str, Any]]
    bytecode: bytes
    deployed_bytecode: bytes
    immutables: Immutables
    creates: Code | None = None


@cache
def load_artifact(name: str) -> Artifact:
    """Read a committed artifact.

    Raises:
        FileNotFoundError: no contract of that name was built.
    """
    raw = json.loads(resources.files(__package__).joinpath("artifacts", f"{name}.json").read_text("utf-8"))
    made = raw.get("creates")
    return Artifact(
        name=raw["name"],
        abi=raw["abi"],
        bytecode=bytes.fromhex(raw["bytecode"]),
        deployed_bytecode=bytes.fromhex(raw["deployedBytecode"]),
        immutables=_immutables(raw),
        creates=None if made is None else Code(bytes.fromhex(made["deployedBytecode"]), _immutables(made)),
    )


def _immutables(raw: dict[str, Any]) -> Immutables:
    return {
        name: tuple((start, length) for start, length in places) for name, places in raw["immutableReferences"].items()
    }
