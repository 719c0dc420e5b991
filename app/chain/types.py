"""What the gateway answers with."""

from dataclasses import dataclass
from typing import Self

from earnest.chain.events import Log
from earnest.core.pool.events import Contributed, Event


@dataclass(frozen=True)
class Block:
    """A block's place and time."""

    number: int
    hash: str
    parent_hash: str
    timestamp: int


@dataclass(frozen=True)
class PoolState:
    """A pool's totals: escrow in wei, the time of the last accepted contribution in seconds of chain time."""

    count: int
    last_accepted: int
    escrow: int
    total_verified: int


@dataclass(frozen=True)
class PoolDescription:
    """What never changes about a pool."""

    owner: str
    encoder_hash: str
    incentive_id: str
    incentive_parameters: tuple[int, ...]
    model_id: str
    sample_format: str
    model_parameters: tuple[int, ...]
    class_count: int


@dataclass(frozen=True)
class BatchProof:
    """Where a contribution of a committed batch is.

    Attributes:
        first_index: of the batch's first contribution.
        proof: the hashes beside the path from the contribution's commitment to the batch's root, 32 bytes each.
    """

    first_index: int
    proof: tuple[bytes, ...]


@dataclass(frozen=True)
class ContributionKey:
    """The struct that claims bring back (`IPool.Contribution`)."""

    index: int
    contributor: str
    label: int
    time: int
    deposit: int

    @classmethod
    def of(cls, log: Log[Contributed]) -> Self:
        """Of the contribution that a log tells of."""
        made = log.event
        return cls(made.index, made.contributor, made.label, log.block_time, made.deposit)

    def as_tuple(self) -> tuple[int, str, int, int, int]:
        """In the order of the struct."""
        return (self.index, self.contributor, self.label, self.time, self.deposit)


@dataclass(frozen=True)
class Call:
    """A call to send or to try; `gas` is an upper bound of what it needs."""

    to: str | None
    data: bytes
    value: int
    gas: int


@dataclass(frozen=True)
class Prepared:
    """A signed transaction that was not sent yet."""

    raw: bytes
    hash: str
    sender: str
    nonce: int
    gas: int


@dataclass(frozen=True)
class Receipt:
    """What became of a mined transaction; status 1 is success. Amounts are in wei."""

    transaction_hash: str
    status: int
    block_number: int
    block_hash: str
    block_time: int
    gas_used: int
    gas_price: int
    contract_address: str | None
    logs: tuple[Log[Event], ...]
