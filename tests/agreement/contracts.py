"""The contracts on the tests' EVM, with the verbs and views of their twin."""

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from eth_abi.abi import encode

from earnest.chain.events import snake_case
from earnest.contracts import load_artifact
from earnest.core.incentives.base import Terms
from earnest.core.keccak import keccak256
from earnest.core.models.formats.words import MAX_FEATURES
from earnest.core.models.model import Model
from earnest.core.pool import Contribution, Refusal
from earnest.core.pool.events import EVENTS
from earnest.core.pool.events import Event as TwinsEvent
from earnest.core.pool.twin import Claim
from tests.agreement.evm import INTERFACE, Event, Evm, RevertedError, address

DEPLOYER = address(0xD0)
FORWARDER = address(0xF0)
NO_FORWARDER = address(0)
NO_TOKEN = address(0)
GENESIS = 1_700_000_000
ENCODER_HASH = bytes(range(32))


@dataclass(frozen=True)
class Via:
    """How a caller's command reaches the pool: who sends it, and what is appended to its calldata."""

    sender: str | None = None
    suffix: bytes = b""


DIRECT = Via()


def forwarded(caller: str) -> Via:
    """Through the trusted forwarder, which appends who signed."""
    return Via(FORWARDER, bytes.fromhex(caller[2:]))


def pack_model(num_words: int, eta0: int, tau: int, size: int = MAX_FEATURES) -> bytes:
    widths = zip((num_words, eta0, tau, size), (3, 2, 5, 2), strict=True)
    return b"".join(value.to_bytes(width, "big") for value, width in widths)


class Factory:
    """A factory and an implementation."""

    def __init__(
        self,
        forwarder: str = NO_FORWARDER,
        timestamp: int = GENESIS,
        implementation: str = "SelfAssessedSparsePerceptron",
        base_fee: int = 0,
        tokens: Sequence[str] = (),
        evm: Evm | None = None,
    ) -> None:
        self.evm = evm or Evm(timestamp, base_fee)
        allowed = encode(["address[]"], [list(tokens)])
        self.address = self.evm.deploy(DEPLOYER, load_artifact("PoolFactory").bytecode + allowed)
        argument = bytes(12) + bytes.fromhex(forwarder[2:])
        code = load_artifact(implementation).bytecode + argument
        self.implementation = self.evm.deploy(DEPLOYER, code)
        self.stored: dict[str, bytes] = {}

    def store_chunk(self, data: bytes) -> str:
        output, _ = self.evm.send(DEPLOYER, self.address, INTERFACE.call("storeChunk", data))
        chunk = str(INTERFACE.answer("storeChunk", output))
        self.stored[chunk] = data
        return chunk

    def create(
        self,
        incentive: bytes,
        model: bytes,
        chunks: Sequence[str] = (),
        tail: bytes = b"",
        implementation: str | None = None,
        owner: str = DEPLOYER,
        weights_hash: bytes | None = None,
        token: str = NO_TOKEN,
    ) -> tuple["PoolContract", list[Event]]:
        """Create a pool from packed parameters; events are those of the transaction. The weights' hash is the right one
        unless another is given."""
        stored = b"".join(self.stored.get(chunk, b"") for chunk in chunks) + tail
        seal = keccak256(stored) if weights_hash is None else weights_hash
        parameters = (implementation or self.implementation, ENCODER_HASH, seal, incentive, model, token)
        data = INTERFACE.call("createPool", parameters, chunks, tail)
        output, events = self.evm.send(owner, self.address, data)
        return PoolContract(self.evm, INTERFACE.answer("createPool", output)), events

    def create_for(self, model: Model, terms: Terms, token: str = NO_TOKEN) -> "PoolContract":
        """Create the pool that a twin of these two describes."""
        chunks = model.initial_chunks()
        stored = [self.store_chunk(chunk) for chunk in chunks[:-1]]
        return self.create(terms.pack(), model.pack_parameters(), stored, chunks[-1], token=token)[0]


class PoolContract:
    """A pool with the twin's verbs; `events` gathers what it emitted."""

    def __init__(self, evm: Evm, where: str) -> None:
        self.evm = evm
        self.address = where
        self.events: list[TwinsEvent] = []

    # VERBS

    def contribute(
        self, caller: str, sample: bytes, label: int, max_price: int, *, value: int, now: int, via: Via = DIRECT
    ) -> int:
        return int(self.send(caller, now, via, value, "contribute", sample, label, max_price))

    def contribute_batch(
        self,
        caller: str,
        samples: Sequence[bytes],
        labels: Sequence[int],
        max_price: int,
        *,
        value: int,
        now: int,
        via: Via = DIRECT,
    ) -> int:
        return int(self.send(caller, now, via, value, "contributeBatch", samples, labels, max_price))

    def refund(self, caller: str, contribution: Contribution, sample: bytes, *, now: int, via: Via = DIRECT) -> int:
        return int(self.send(caller, now, via, 0, "refund", astuple(contribution), sample))

    def report(self, caller: str, contribution: Contribution, sample: bytes, *, now: int, via: Via = DIRECT) -> int:
        return int(self.send(caller, now, via, 0, "report", astuple(contribution), sample))

    def collect(
        self, caller: str, contribution: Contribution, sample_hash: bytes, *, now: int, via: Via = DIRECT
    ) -> int:
        return int(self.send(caller, now, via, 0, "collect", astuple(contribution), sample_hash))

    def commit_batch(
        self,
        caller: str,
        samples: Sequence[bytes],
        labels: Sequence[int],
        max_price: int,
        *,
        value: int,
        now: int,
        via: Via = DIRECT,
    ) -> int:
        return int(self.send(caller, now, via, value, "commitBatch", samples, labels, max_price))

    def refund_from_batch(
        self,
        caller: str,
        what: Contribution,
        sample: bytes,
        first: int,
        proof: Sequence[bytes],
        *,
        now: int,
        via: Via,
    ) -> int:
        return int(self.send(caller, now, via, 0, "refundFromBatch", astuple(what), sample, first, proof))

    def report_from_batch(
        self,
        caller: str,
        what: Contribution,
        sample: bytes,
        first: int,
        proof: Sequence[bytes],
        *,
        now: int,
        via: Via,
    ) -> int:
        return int(self.send(caller, now, via, 0, "reportFromBatch", astuple(what), sample, first, proof))

    def collect_from_batch(
        self,
        caller: str,
        what: Contribution,
        sample_hash: bytes,
        first: int,
        proof: Sequence[bytes],
        *,
        now: int,
        via: Via,
    ) -> int:
        return int(self.send(caller, now, via, 0, "collectFromBatch", astuple(what), sample_hash, first, proof))

    def pause(self, caller: str, *, now: int, via: Via) -> None:
        self.send(caller, now, via, 0, "pause")

    def unpause(self, caller: str, *, now: int, via: Via) -> None:
        self.send(caller, now, via, 0, "unpause")

    def transfer_ownership(self, caller: str, new_owner: str, *, now: int, via: Via) -> None:
        self.send(caller, now, via, 0, "transferOwnership", new_owner)

    def accept_ownership(self, caller: str, *, now: int, via: Via) -> None:
        self.send(caller, now, via, 0, "acceptOwnership")

    def withdraw(self, caller: str, *, now: int, via: Via = DIRECT) -> int:
        return int(self.send(caller, now, via, 0, "withdraw"))

    def withdraw_to(self, caller: str, receiver: str, *, now: int, via: Via = DIRECT) -> int:
        return int(self.send(caller, now, via, 0, "withdrawTo", receiver))

    def refund_many(self, caller: str, claims: Sequence[Claim], *, now: int, via: Via = DIRECT) -> int:
        return int(self.send(caller, now, via, 0, "refundMany", _packed(claims)))

    def report_many(self, caller: str, claims: Sequence[Claim], *, now: int, via: Via = DIRECT) -> int:
        return int(self.send(caller, now, via, 0, "reportMany", _packed(claims)))

    def collect_many(self, caller: str, claims: Sequence[Claim], *, now: int, via: Via = DIRECT) -> int:
        return int(self.send(caller, now, via, 0, "collectMany", _packed(claims)))

    def send(self, caller: str, now: int, via: Via, value: int, function: str, *arguments: Any) -> Any:
        self.evm.timestamp = now
        data = INTERFACE.call(function, *arguments) + via.suffix
        output, events = self.evm.send(via.sender or caller, self.address, data, value)
        for event in events:
            assert event.address == self.address
            values = {snake_case(name): _value(name, value) for name, value in event.values.items()}
            self.events.append(EVENTS[event.name](**values))
        return INTERFACE.answer(function, output)

    # VIEWS

    def view(self, function: str, *arguments: Any) -> Any:
        output, events = self.evm.send(DEPLOYER, self.address, INTERFACE.call(function, *arguments))
        assert events == []
        return INTERFACE.answer(function, output)

    @property
    def balance(self) -> int:
        return self.evm.machine.get_balance(self.address)


def _value(name: str, value: Any) -> Any:
    return "0x" + value.hex() if name == "root" else value


def _packed(claims: Sequence[Claim]) -> list[tuple[Any, ...]]:
    return [
        (astuple(one.contribution), one.known, 2**256 - 1 if one.first_index is None else one.first_index, one.proof)
        for one in claims
    ]


def outcome(command: Callable[[], Any]) -> tuple[str, Any]:
    """What a command of contract or twin came to: ("done", answer), or its refusal's name and values."""
    try:
        return "done", command()
    except (RevertedError, Refusal) as refusal:
        return refusal.name, refusal.values
