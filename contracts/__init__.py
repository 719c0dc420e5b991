"""The contracts' committed build artifacts, and the script that makes them.

`load_artifact` is all that running Earnest needs; no compiler takes part in it.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, NamedTuple


class Code(NamedTuple):
    """Code on chain.

    Attributes:
        deployed_bytecode: with zeros where immutables go.
        immutable_references: (start, length) of each.
    """

    deployed_bytecode: bytes
    immutable_references: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Artifact:
    """One compiled contract.

    Attributes:
        name: the contract's name in Solidity.
        abi: its interface as the compiler wrote it.
        bytecode: creation code, constructor arguments not included.
        deployed_bytecode: code on chain, with zeros where immutables go.
        immutable_references: (start, length) of each immutable in the code on chain.
        creates: the contract that this one creates when it is deployed, which moves tokens for it; None for others.
    """

    name: str
    abi: list[dict[str, Any]]
    bytecode: bytes
    deployed_bytecode: bytes
    immutable_references: tuple[tuple[int, int], ...]
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
        immutable_references=_places(raw),
        creates=None if made is None else Code(bytes.fromhex(made["deployedBytecode"]), _places(made)),
    )


def _places(raw: dict[str, Any]) -> tuple[tuple[int, int], ...]:
    return tuple((start, length) for start, length in raw["immutableReferences"])
