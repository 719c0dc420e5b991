"""Events of a pool whose judge is sealed, by `ISealedPool`; those that all pools share stand in `events`."""

from dataclasses import dataclass

from earnest.core.pool.events import Event


@dataclass(frozen=True, slots=True)
class Contributed(Event):
    """A contribution was accepted as a case of `incentives.sealed`; its author's standing is `standing` now."""

    index: int
    contributor: str
    label: int
    outcome: int
    epoch: int
    deposit: int
    standing: int
    sample: bytes


@dataclass(frozen=True, slots=True)
class Settled(Event):
    """A deposit became its author's credit; the sample was given to the learner if `taught`."""

    index: int
    contributor: str
    amount: int
    taught: bool
    standing: int


@dataclass(frozen=True, slots=True)
class Sealed(Event):
    """The judge was sealed anew; deposits of `burned` wei expired with it."""

    epoch: int
    sealer: str
    bounty: int
    burned: int
    digest: str


@dataclass(frozen=True, slots=True)
class Funded(Event):
    """Somebody gave to the budget that seals are paid from, which is `budget` now."""

    account: str
    amount: int
    budget: int


#: Each event's class, by the contracts' name of it.
SEALED_EVENTS: dict[str, type[Event]] = {kind.__name__: kind for kind in (Contributed, Settled, Sealed, Funded)}
