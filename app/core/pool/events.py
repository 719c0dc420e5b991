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


Event = Contributed | Refunded | Reported | Collected | CreditChanged | Withdrawn
