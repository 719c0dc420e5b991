"""A pool's events, with the names and fields of `IPool`'s."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Contributed:
    """A contribution was accepted; the model was updated exactly if `predicted` differs from `label`."""

    index: int
    contributor: str
    label: int
    predicted: int
    deposit: int
    sample: bytes


@dataclass(frozen=True, slots=True)
class BatchCommitted:
    """The `count` contributions from `firstIndex` on share one commitment."""

    firstIndex: int  # noqa: N815 - the contract's name
    contributor: str
    count: int


@dataclass(frozen=True, slots=True)
class Paused:
    """The owner paused contributions."""

    account: str


@dataclass(frozen=True, slots=True)
class Unpaused:
    """The owner let contributions go on."""

    account: str


@dataclass(frozen=True, slots=True)
class OwnershipTransferStarted:
    """The owner offered the pool to another account."""

    owner: str
    pendingOwner: str  # noqa: N815 - the contract's name


@dataclass(frozen=True, slots=True)
class OwnershipTransferred:
    """The pool changed hands."""

    previousOwner: str  # noqa: N815 - the contract's name
    owner: str


@dataclass(frozen=True, slots=True)
class Refunded:
    """A contributor's own deposit went back to it, as credit; its verified count rose by one."""

    index: int
    contributor: str
    amount: int


@dataclass(frozen=True, slots=True)
class Reported:
    """A reporter took `amount` of a bad contribution's deposit, as credit; `remaining` is left."""

    index: int
    reporter: str
    amount: int
    remaining: int


@dataclass(frozen=True, slots=True)
class Collected:
    """What was left of a contribution after its windows went to `collector` as credit, or was burned."""

    index: int
    collector: str
    amount: int
    burned: bool


@dataclass(frozen=True, slots=True)
class CreditChanged:
    """A payment changed an account's credit to `credit` (change kept, or credit used)."""

    account: str
    credit: int


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """An account's credit was paid out."""

    account: str
    amount: int


MoneyEvent = Contributed | Refunded | Reported | Collected | CreditChanged | Withdrawn
Event = MoneyEvent | BatchCommitted | Paused | Unpaused | OwnershipTransferStarted | OwnershipTransferred
