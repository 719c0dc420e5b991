"""The part of the contract ABI that driving a pool takes, from the committed artifacts.

https://docs.soliditylang.org/en/latest/abi-spec.html
"""

from dataclasses import dataclass
from typing import Any

from earnest.contracts import load_artifact
from earnest.core.keccak import keccak256

_WORD = 32


def type_of(parameter: dict[str, Any]) -> str:
    """A parameter's canonical type, tuples written out."""
    if not parameter["type"].startswith("tuple"):
        return str(parameter["type"])
    return f"({','.join(type_of(part) for part in parameter['components'])}){parameter['type'][5:]}"


def signature_hash(item: dict[str, Any]) -> bytes:
    """keccak256 of a function's, event's or error's signature."""
    signature = f"{item['name']}({','.join(type_of(part) for part in item['inputs'])})"
    return keccak256(signature.encode())


def encode(parameters: list[dict[str, Any]], values: Any) -> bytes:
    """Values of these parameters: static ones in the head, dynamic ones in the tail."""
    heads: list[bytes | None] = []
    tails: list[bytes] = []
    for parameter, value in zip(parameters, values, strict=True):
        encoded = _encode_one(parameter, value)
        heads.append(None if _is_dynamic(parameter) else encoded)
        tails.append(encoded if _is_dynamic(parameter) else b"")
    place = sum(_WORD if head is None else len(head) for head in heads)
    written = []
    for head, tail in zip(heads, tails, strict=True):
        written.append(place.to_bytes(_WORD, "big") if head is None else head)
        place += len(tail)
    return b"".join(written + tails)


def _is_dynamic(parameter: dict[str, Any]) -> bool:
    kind = parameter["type"]
    if kind == "tuple":
        return any(_is_dynamic(part) for part in parameter["components"])
    return kind in ("bytes", "string") or kind.endswith("[]")


def _encode_one(parameter: dict[str, Any], value: Any) -> bytes:
    kind = parameter["type"]
    if kind.endswith("[]"):
        element = parameter | {"type": kind[:-2]}
        return len(value).to_bytes(_WORD, "big") + encode([element] * len(value), value)
    if kind == "tuple":
        return encode(parameter["components"], value)
    if kind == "bytes":
        return len(value).to_bytes(_WORD, "big") + bytes(value) + bytes(-len(value) % _WORD)
    if kind == "address":
        return int(value, 16).to_bytes(_WORD, "big")
    if kind.startswith("bytes"):
        return bytes(value).ljust(_WORD, b"\0")
    return int(value).to_bytes(_WORD, "big", signed=kind.startswith("int"))


def words(data: bytes) -> list[int]:
    """The data as unsigned words; what is left over at the end is dropped."""
    return [int.from_bytes(data[at : at + _WORD], "big") for at in range(0, len(data) - _WORD + 1, _WORD)]


@dataclass(frozen=True)
class Log:
    """An event: its name, and its indexed values, then the words of its data."""

    name: str
    values: list[int]


@dataclass(frozen=True)
class Revert(Exception):
    """A custom error, with its values by name; no name where the revert carried no known error."""

    name: str
    values: dict[str, int]


class Interface:
    """Writes calls to, and reads answers, events and errors of, the contracts of these artifacts."""

    def __init__(self, *artifacts: str) -> None:
        items = [item for name in artifacts for item in load_artifact(name).abi]
        self._functions = {
            item["name"]: (signature_hash(item)[:4], item["inputs"]) for item in items if item["type"] == "function"
        }
        self._errors = {signature_hash(item)[:4]: item for item in items if item["type"] == "error"}
        self._events = {signature_hash(item): str(item["name"]) for item in items if item["type"] == "event"}

    def call(self, function: str, *values: Any) -> bytes:
        """Calldata."""
        selector, inputs = self._functions[function]
        return selector + encode(inputs, values)

    def log(self, topics: list[bytes], data: bytes) -> Log | None:
        """An event, or None if it is not of these contracts."""
        name = self._events.get(topics[0])
        return Log(name, [int.from_bytes(topic, "big") for topic in topics[1:]] + words(data)) if name else None

    def revert(self, data: bytes) -> Revert:
        """The error that a reverted call answered."""
        item = self._errors.get(data[:4])
        if item is None:
            return Revert("", {})
        return Revert(item["name"], dict(zip((i["name"] for i in item["inputs"]), words(data[4:]), strict=True)))
