"""Calldata and answers of the contracts' functions, from their ABIs."""

from functools import cache
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.crypto import keccak

from earnest.contracts import load_artifact


def _type(item: dict[str, Any]) -> str:
    """The canonical type of an ABI input, structs as tuples."""
    kind: str = item["type"]
    if kind.startswith("tuple"):
        return f"({','.join(_type(part) for part in item['components'])}){kind.removeprefix('tuple')}"
    return kind


@cache
def _function(artifact: str, name: str) -> tuple[bytes, list[str], list[str]]:
    (entry,) = [e for e in load_artifact(artifact).abi if e["type"] == "function" and e["name"] == name]
    inputs = [_type(item) for item in entry["inputs"]]
    outputs = [_type(item) for item in entry["outputs"]]
    return keccak(text=f"{name}({','.join(inputs)})")[:4], inputs, outputs


def encode_call(artifact: str, name: str, *arguments: Any) -> bytes:
    """Calldata of a function."""
    selector, inputs, _ = _function(artifact, name)
    return selector + encode(inputs, arguments)


def decode_answer(artifact: str, name: str, answer: bytes) -> tuple[Any, ...]:
    """The values that a function returned."""
    _, _, outputs = _function(artifact, name)
    return tuple(decode(outputs, answer))


@cache
def _by_selector(artifact: str) -> dict[bytes, tuple[str, list[str], list[str]]]:
    found = {}
    for entry in load_artifact(artifact).abi:
        if entry["type"] == "function":
            selector, inputs, _ = _function(artifact, entry["name"])
            found[selector] = entry["name"], [item["name"] for item in entry["inputs"]], inputs
    return found


def decode_call(artifact: str, data: bytes) -> tuple[str, dict[str, Any]] | None:
    """The function that calldata calls, and its arguments by name; None when the artifact has none such."""
    known = _by_selector(artifact).get(data[:4])
    if known is None:
        return None
    name, names, inputs = known
    try:
        return name, dict(zip(names, decode(inputs, data[4:]), strict=True))
    except (DecodingError, OverflowError, ValueError):
        return None
