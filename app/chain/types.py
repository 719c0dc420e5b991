"""What the gateway answers with."""

from dataclasses import dataclass
from typing import Self

from earnest.chain.events import Log
from earnest.core.keccak import keccak256
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
class SealedState:
    """Totals of a pool whose judge is sealed: escrow and budget in wei, the time of the last seal in seconds.

    `epoch` is the number of seals so far, which is such a pool's clock.
    """

    count: int
    epoch: int
    sealed_at: int
    escrow: int
    budget: int


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
class Claimed:
    """A contribution that a claim brings back, with its sample, and its place if it is in a committed batch."""

    key: ContributionKey
    sample: bytes
    batch: BatchProof | None = None

    @property
    def sample_hash(self) -> bytes:
        """What is left of the sample where it is needed no more."""
        return keccak256(self.sample)


@dataclass(frozen=True)
class Call:
    """A call to send or to try; `gas` is an upper bound of what it needs."""

    to: str | None
    data: bytes
    value: int
    gas: int


@dataclass(frozen=True)
class Fees:
    """What a transaction bids for gas, in wei.

    Attributes:
        base: what each unit of the newest block cost.
        most: at most for each unit.
        tip: of it for whoever makes the block.
    """

    base: int
    most: int
    tip: int


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
