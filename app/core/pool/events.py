"""The contracts' events, each declared once: what the twin emits, and what the chain's logs are read into.

The names are the contracts'; a field is the parameter of that name as Python writes it (`firstIndex` is
`first_index`). `tests/chain/test_events.py` holds them to the committed ABI, in both directions, and reads each from a
log. Addresses and hashes are 0x-prefixed hex, amounts are in wei.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a contract says has happened."""


# OF A POOL


@dataclass(frozen=True, slots=True)
class Contributed(Event):
    """A contribution was accepted; the model was updated exactly if `predicted` differs from `label`."""

    index: int
    contributor: str
    label: int
    predicted: int
    deposit: int
    sample: bytes


@dataclass(frozen=True, slots=True)
class BatchCommitted(Event):
    """The `count` contributions from `first_index` on share one commitment; they were accepted just before.

    `root` is that of the tree over their commitments.
    """

    first_index: int
    contributor: str
    count: int
    root: str


@dataclass(frozen=True, slots=True)
class Refunded(Event):
    """A contributor's own deposit went back to it, which has `credit` now; its verified count rose by one."""

    index: int
    contributor: str
    amount: int
    credit: int


@dataclass(frozen=True, slots=True)
class Reported(Event):
    """A reporter took `amount` of a bad contribution's deposit, and has `credit` now; `remaining` is left."""

    index: int
    reporter: str
    amount: int
    remaining: int
    credit: int


@dataclass(frozen=True, slots=True)
class Collected(Event):
    """What was left of a contribution after its windows went to `collector`, who has `credit` now, or was burned."""

    index: int
    collector: str
    amount: int
    burned: bool
    credit: int


@dataclass(frozen=True, slots=True)
class CreditChanged(Event):
    """A payment changed an account's credit to `credit` (change kept, or credit used)."""

    account: str
    credit: int


@dataclass(frozen=True, slots=True)
class Withdrawn(Event):
    """All of an account's credit was paid out to `receiver`."""

    account: str
    receiver: str
    amount: int


@dataclass(frozen=True, slots=True)
class Paused(Event):
    """The owner paused contributions, which were not paused."""

    account: str


@dataclass(frozen=True, slots=True)
class Unpaused(Event):
    """The owner let contributions go on, which were paused."""

    account: str


@dataclass(frozen=True, slots=True)
class OwnershipTransferStarted(Event):
    """The owner offered the pool to another account."""

    owner: str
    pending_owner: str


@dataclass(frozen=True, slots=True)
class OwnershipTransferred(Event):
    """The pool changed hands."""

    previous_owner: str
    owner: str


# OF THE FACTORY


@dataclass(frozen=True, slots=True)
class PoolCreated(Event):
    """The factory created `pool`, of these packed parameters and the initial weights at `chunks`.

    `token` is the ERC-20 token of its deposits, the zero address for native coin.
    """

    pool: str
    implementation: str
    owner: str
    encoder_hash: str
    weights_hash: str
    incentive: bytes
    model: bytes
    chunks: tuple[str, ...]
    token: str


@dataclass(frozen=True, slots=True)
class ChunkStored(Event):
    """Initial weights, of this many bytes, are at `chunk`."""

    chunk: str
    length: int


#: Each event's class, by the contracts' name of it.
EVENTS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in list(vars().values())
    if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
}
