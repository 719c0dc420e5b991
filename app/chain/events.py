"""Logs as the events that they tell; raw logs stop here.

What an event is made of stands in the committed ABI, and its class in `earnest.core.pool`; nothing here knows one by
its name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from earnest.contracts import load_artifact
from earnest.core.pool.events import EVENTS, Event
from earnest.core.pool.sealed_events import SEALED_EVENTS

E_co = TypeVar("E_co", bound=Event, covariant=True)
E = TypeVar("E", bound=Event)


@dataclass(frozen=True, kw_only=True)
class Log(Generic[E_co]):
    """An event, and where it stands on the chain.

    Attributes:
        event: what happened.
        address: the contract that says so, checksummed.
        block_number: of its block, as the next two.
        block_hash: 0x-prefixed lower-case hex, as the transaction's.
        block_time: in seconds.
        transaction_hash: of the transaction in which it was written.
        transaction_index: that transaction's place in the block.
        log_index: the log's own place in the block.
    """

    event: E_co
    address: str
    block_number: int
    block_hash: str
    block_time: int
    transaction_hash: str
    transaction_index: int
    log_index: int


def logs_of(kind: type[E], logs: Iterable[Log[Event]]) -> list[Log[E]]:
    """Those that tell of this event, in the order given."""
    return [cast(Log[E], log) for log in logs if isinstance(log.event, kind)]


def snake_case(name: str) -> str:
    """A name of the contracts as Python writes it."""
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)


def _by_topic() -> dict[str, tuple[dict[str, Any], type[Event]]]:
    entries = {}
    for artifact, classes in (("ISealedPool", EVENTS | SEALED_EVENTS), ("IPool", EVENTS), ("IPoolFactory", EVENTS)):
        for entry in load_artifact(artifact).abi:
            if entry["type"] == "event":
                signature = f"{entry['name']}({','.join(item['type'] for item in entry['inputs'])})"
                entries["0x" + keccak(text=signature).hex()] = (entry, classes[entry["name"]])
    return entries


_ENTRIES = _by_topic()


def topic_of(kind: type[Event]) -> str:
    """The first topic of an event's logs."""
    return next(topic for topic, (_, found) in _ENTRIES.items() if found is kind)


def _hex(value: Any) -> str:
    """Hashes and data as nodes or web3 give them."""
    text: str = value if isinstance(value, str) else "0x" + bytes(value).hex()
    return text.lower()


def _number(value: Any) -> int:
    return int(value, 16) if isinstance(value, str) else int(value)


def _value(kind: str, value: Any) -> Any:
    """A value as the events have it."""
    if kind == "address":
        return to_checksum_address(value)
    if kind == "address[]":
        return tuple(map(to_checksum_address, value))
    return "0x" + value.hex() if kind == "bytes32" else value


def decode_log(log: Mapping[str, Any], block_time: int) -> Log[Event] | None:
    """A raw JSON-RPC log; None when it tells of no event of ours, whatever its topic says: anybody may write any log.

    Args:
        log: the log, numbers and data as hex strings or as web3 formats them.
        block_time: timestamp of its block.
    """
    topics = [_hex(topic) for topic in log["topics"]]
    known = _ENTRIES.get(topics[0]) if topics else None
    if known is None:
        return None
    entry, kind = known
    indexed = [item for item in entry["inputs"] if item["indexed"]]
    plain = [item for item in entry["inputs"] if not item["indexed"]]
    if len(topics) != len(indexed) + 1:
        return None
    values: dict[str, Any] = {}
    data = bytes.fromhex(_hex(log["data"])[2:])
    try:
        for item, topic in zip(indexed, topics[1:], strict=True):
            (values[item["name"]],) = decode([item["type"]], bytes.fromhex(topic[2:]))
        values |= zip((item["name"] for item in plain), decode([item["type"] for item in plain], data), strict=True)
    except (DecodingError, OverflowError):
        return None
    fields = {snake_case(item["name"]): _value(item["type"], values[item["name"]]) for item in entry["inputs"]}
    return Log(
        event=kind(**fields),
        address=to_checksum_address(_hex(log["address"])),
        block_number=_number(log["blockNumber"]),
        block_hash=_hex(log["blockHash"]),
        block_time=block_time,
        transaction_hash=_hex(log["transactionHash"]),
        transaction_index=_number(log["transactionIndex"]),
        log_index=_number(log["logIndex"]),
    )
