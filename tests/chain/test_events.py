"""Each event of the contracts is one Python class, with the same fields, and each class is an event of theirs."""

from dataclasses import fields
from typing import Any, get_origin, get_type_hints

import pytest
from eth_abi.abi import encode

from earnest.chain.events import decode_log, logs_of, snake_case, topic_of
from earnest.contracts import load_artifact
from earnest.core.pool.events import EVENTS, Contributed, Event, Refunded
from earnest.core.pool.sealed_events import SEALED_EVENTS

#: Where a log stands, as a node says it.
PLACE: dict[str, Any] = {
    "address": "0x" + "ab" * 20,
    "blockNumber": "0x10",
    "blockHash": "0x" + "1B" * 32,
    "transactionHash": "0x" + "2c" * 32,
    "transactionIndex": "0x3",
    "logIndex": "0x4",
}
#: For a type of the ABI's: what a contract may say, and what the event then has.
ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"  # of EIP-55's examples: its checksum is right
VALUES: dict[str, tuple[Any, Any]] = {
    "address": (ADDRESS.lower(), ADDRESS),
    "address[]": ([ADDRESS.lower()] * 2, (ADDRESS,) * 2),
    "bool": (True, True),
    "bytes": (b"\1\2", b"\1\2"),
    "bytes32": (b"\7" * 32, "0x" + "07" * 32),
    "uint16": (2**16 - 1, 2**16 - 1),
    "uint8": (2**8 - 1, 2**8 - 1),
    "uint32": (2**32 - 1, 2**32 - 1),
    "uint96": (2**96 - 1, 2**96 - 1),
    "uint256": (2**256 - 1, 2**256 - 1),
}

#: Of a pool of either life, and of the factory; a sealed pool's own are called by its interface.
SEALED = "ISealedPool."
ABI: dict[str, Any] = {
    (SEALED if artifact == "ISealedPool" and entry["name"] in SEALED_EVENTS else "") + entry["name"]: entry
    for artifact in ("ISealedPool", "IPool", "IPoolFactory")
    for entry in load_artifact(artifact).abi
    if entry["type"] == "event"
}
KINDS = EVENTS | {SEALED + name: kind for name, kind in SEALED_EVENTS.items()}


def a_log(name: str) -> dict[str, Any]:
    """A log of an event, as its ABI lays it out."""
    inputs = ABI[name]["inputs"]
    indexed = [item["type"] for item in inputs if item["indexed"]]
    plain = [item["type"] for item in inputs if not item["indexed"]]
    topics = ["0x" + encode([kind], [VALUES[kind][0]]).hex() for kind in indexed]
    data = encode(plain, [VALUES[kind][0] for kind in plain])
    return PLACE | {"topics": [topic_of(KINDS[name]), *topics], "data": "0x" + data.hex()}


def test_log_of_somebody_elses_event_is_none_of_ours():
    assert decode_log(PLACE | {"topics": ["0x" + "9" * 64], "data": "0x"}, 5) is None
    assert decode_log(PLACE | {"topics": [], "data": "0x"}, 5) is None


def test_log_with_another_number_of_indexed_values_is_none_of_ours():
    log = a_log("Refunded")
    assert decode_log(log | {"topics": log["topics"][:-1]}, 5) is None


def test_every_event_of_the_abi_is_declared_and_no_other():
    assert set(KINDS) == set(ABI)


@pytest.mark.parametrize("name", sorted(ABI))
def test_event_has_the_fields_of_the_abi_in_their_order(name):
    assert [field.name for field in fields(KINDS[name])] == [snake_case(item["name"]) for item in ABI[name]["inputs"]]


@pytest.mark.parametrize("name", sorted(ABI))
def test_log_is_read_into_its_event_with_values_of_the_declared_types(name):
    read = decode_log(a_log(name), block_time=5)
    assert read is not None
    kind = KINDS[name]
    expected = [VALUES[item["type"]][1] for item in ABI[name]["inputs"]]
    assert read.event == kind(**{field.name: value for field, value in zip(fields(kind), expected, strict=True)})
    hints = {field: get_origin(hint) or hint for field, hint in get_type_hints(kind).items()}
    assert {field: type(getattr(read.event, field)) for field in hints} == hints


def test_log_says_where_it_stands():
    read = decode_log(a_log("Refunded"), block_time=5)
    assert read is not None
    assert read.address == "0xABaBaBaBABabABabAbAbABAbABabababaBaBABaB"
    assert (read.block_number, read.block_hash, read.block_time) == (16, "0x" + "1b" * 32, 5)
    assert (read.transaction_hash, read.transaction_index, read.log_index) == ("0x" + "2c" * 32, 3, 4)


def test_logs_of_one_event_keep_their_order():
    logs = [decode_log(a_log(name) | {"logIndex": hex(at)}, 5) for at, name in enumerate(["Refunded", "Paused"] * 2)]
    assert None not in logs
    assert [log.log_index for log in logs_of(Refunded, logs)] == [0, 2]
    assert logs_of(Contributed, logs) == []
    assert logs_of(Event, logs) == logs
