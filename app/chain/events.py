"""The contracts' events as frozen dataclasses; raw logs stop here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from earnest.contracts import load_artifact


@dataclass(frozen=True, kw_only=True)
class ChainEvent:
    """Where an event stands: hashes are 0x-prefixed lower-case hex, the address is checksummed, the time in seconds."""

    pool: str
    block_number: int
    block_hash: str
    block_time: int
    transaction_hash: str
    transaction_index: int
    log_index: int


@dataclass(frozen=True, kw_only=True)
class Contributed(ChainEvent):
    """A contribution was accepted; the model learned from it if `predicted` differs from `label`."""

    index: int
    contributor: str
    label: int
    predicted: int
    deposit: int
    sample: bytes


@dataclass(frozen=True, kw_only=True)
class BatchCommitted(ChainEvent):
    """The `count` contributions from `first_index` on share one commitment; they were accepted just before."""

    first_index: int
    contributor: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Refunded(ChainEvent):
    """A contributor's own deposit became its credit."""

    index: int
    contributor: str
    amount: int


@dataclass(frozen=True, kw_only=True)
class Reported(ChainEvent):
    """A reporter took a share; `remaining` is left."""

    index: int
    reporter: str
    amount: int
    remaining: int


@dataclass(frozen=True, kw_only=True)
class Collected(ChainEvent):
    """What was left was burned or taken."""

    index: int
    collector: str
    amount: int
    burned: bool


@dataclass(frozen=True, kw_only=True)
class CreditChanged(ChainEvent):
    """A payment changed an account's credit to this."""

    account: str
    credit: int


@dataclass(frozen=True, kw_only=True)
class Withdrawn(ChainEvent):
    """An account's credit was paid out."""

    account: str
    amount: int


@dataclass(frozen=True, kw_only=True)
class Paused(ChainEvent):
    """The owner paused contributions, which were not paused."""

    account: str


@dataclass(frozen=True, kw_only=True)
class Unpaused(ChainEvent):
    """The owner let contributions go on, which were paused."""

    account: str


@dataclass(frozen=True, kw_only=True)
class PoolCreated(ChainEvent):
    """The factory created `pool`."""

    implementation: str
    owner: str
    encoder_hash: str
    weights_hash: str


@dataclass(frozen=True, kw_only=True)
class ChunkStored(ChainEvent):
    """The factory stored initial weights at `chunk`."""

    chunk: str
    length: int


Event = Contributed | BatchCommitted | Refunded | Reported | Collected | CreditChanged | Withdrawn

_CLASSES: dict[str, type[ChainEvent]] = {
    cls.__name__: cls
    for cls in (
        Contributed,
        BatchCommitted,
        Refunded,
        Reported,
        Collected,
        CreditChanged,
        Withdrawn,
        Paused,
        Unpaused,
        PoolCreated,
        ChunkStored,
    )
}


def _snake(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)


def _by_topic() -> dict[str, dict[str, Any]]:
    entries = {}
    for artifact in ("IPool", "IPoolFactory"):
        for entry in load_artifact(artifact).abi:
            if entry["type"] == "event" and entry["name"] in _CLASSES:
                signature = f"{entry['name']}({','.join(item['type'] for item in entry['inputs'])})"
                entries["0x" + keccak(text=signature).hex()] = entry
    return entries


_ENTRIES = _by_topic()


def _hex(value: Any) -> str:
    """Hashes and data as nodes or web3 give them."""
    text: str = value if isinstance(value, str) else "0x" + bytes(value).hex()
    return text.lower()


def _number(value: Any) -> int:
    return int(value, 16) if isinstance(value, str) else int(value)


def decode_log(log: Mapping[str, Any], block_time: int) -> ChainEvent | None:
    """The event in a raw JSON-RPC log; None when it is not one of ours.

    Args:
        log: the log, numbers and data as hex strings or as web3 formats them.
        block_time: timestamp of its block.
    """
    topics = [_hex(topic) for topic in log["topics"]]
    entry = _ENTRIES.get(topics[0]) if topics else None
    if entry is None:
        return None
    indexed = [item for item in entry["inputs"] if item["indexed"]]
    plain = [item for item in entry["inputs"] if not item["indexed"]]
    if len(topics) != len(indexed) + 1:
        return None
    values: dict[str, Any] = {}
    for item, topic in zip(indexed, topics[1:], strict=True):
        (values[item["name"]],) = decode([item["type"]], bytes.fromhex(topic[2:]))
    data = bytes.fromhex(_hex(log["data"])[2:])
    values |= zip((item["name"] for item in plain), decode([item["type"] for item in plain], data), strict=True)
    fields = {}
    for item in entry["inputs"]:
        value = values[item["name"]]
        if item["type"] == "address":
            value = to_checksum_address(value)
        elif item["type"] == "bytes32":
            value = "0x" + value.hex()
        fields[_snake(item["name"])] = value
    fields.setdefault("pool", to_checksum_address(_hex(log["address"])))
    return _CLASSES[entry["name"]](
        block_number=_number(log["blockNumber"]),
        block_hash=_hex(log["blockHash"]),
        block_time=block_time,
        transaction_hash=_hex(log["transactionHash"]),
        transaction_index=_number(log["transactionIndex"]),
        log_index=_number(log["logIndex"]),
        **fields,
    )
