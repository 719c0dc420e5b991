"""Logs as the events that they tell; raw logs stop here.

What an event is made of stands in the committed ABI, and its class in `earnest.core.pool`; nothing here knows one by
its name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.crypto import keccak

from earnest.chain.words_of_logs import Reader, checksummed, reader_of
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


class _Entry:
    """An event of the ABI, its class, and how its logs are read."""

    def __init__(self, entry: Mapping[str, Any], kind: type[Event]) -> None:
        self.kind = kind
        self.inputs: list[Mapping[str, Any]] = entry["inputs"]
        self.indexed = [item for item in self.inputs if item["indexed"]]
        self.plain = [item for item in self.inputs if not item["indexed"]]
        self._names = [snake_case(item["name"]) for item in (*self.indexed, *self.plain)]
        self._topics: Reader | None = reader_of([item["type"] for item in self.indexed])
        self._data: Reader | None = reader_of([item["type"] for item in self.plain])

    def read(self, topics: list[str], data: bytes) -> Event | None:
        """The event, unless the log is laid out in a way that only the library reads.

        Args:
            topics: those of the indexed values, as lower-case hex.
            data: of the others.
        """
        if self._topics is None or self._data is None or any(len(topic) != _TOPIC for topic in topics):
            return None
        indexed = self._topics(bytes.fromhex("".join(topic[2:] for topic in topics)))
        plain = self._data(data)
        if indexed is None or plain is None:
            return None
        return self.kind(**dict(zip(self._names, indexed + plain, strict=True)))

    def judged(self, topics: list[str], data: bytes) -> Event | None:
        """The event by the library, which reads every layout; None where it refuses this one."""
        values: dict[str, Any] = {}
        try:
            for item, topic in zip(self.indexed, topics, strict=True):
                (values[item["name"]],) = decode([item["type"]], bytes.fromhex(topic[2:]))
            told = decode([item["type"] for item in self.plain], data)
        except (DecodingError, OverflowError):
            return None
        values |= zip((item["name"] for item in self.plain), told, strict=True)
        fields = {snake_case(item["name"]): _value(item["type"], values[item["name"]]) for item in self.inputs}
        return self.kind(**fields)


def _by_topic() -> dict[str, _Entry]:
    entries = {}
    for artifact, classes in (("ISealedPool", EVENTS | SEALED_EVENTS), ("IPool", EVENTS), ("IPoolFactory", EVENTS)):
        for entry in load_artifact(artifact).abi:
            if entry["type"] == "event":
                signature = f"{entry['name']}({','.join(item['type'] for item in entry['inputs'])})"
                entries["0x" + keccak(text=signature).hex()] = _Entry(entry, classes[entry["name"]])
    return entries


_ENTRIES = _by_topic()
#: Characters of a topic: two for each byte, and 0x.
_TOPIC = 66


def topic_of(kind: type[Event]) -> str:
    """The first topic of an event's logs."""
    return next(topic for topic, entry in _ENTRIES.items() if entry.kind is kind)


def _hex(value: Any) -> str:
    """Hashes and data as nodes or web3 give them."""
    text: str = value if isinstance(value, str) else "0x" + bytes(value).hex()
    return text.lower()


def _number(value: Any) -> int:
    return int(value, 16) if isinstance(value, str) else int(value)


def _value(kind: str, value: Any) -> Any:
    """A value as the events have it."""
    if kind == "address":
        return checksummed(value)
    if kind == "address[]":
        return tuple(map(checksummed, value))
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
    if len(topics) != len(known.indexed) + 1:
        return None
    data = bytes.fromhex(_hex(log["data"])[2:])
    event = known.read(topics[1:], data) or known.judged(topics[1:], data)
    if event is None:
        return None
    return Log(
        event=event,
        address=checksummed(_hex(log["address"])),
        block_number=_number(log["blockNumber"]),
        block_hash=_hex(log["blockHash"]),
        block_time=block_time,
        transaction_hash=_hex(log["transactionHash"]),
        transaction_index=_number(log["transactionIndex"]),
        log_index=_number(log["logIndex"]),
    )
