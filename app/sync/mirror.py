"""The model mirrors: what a pool serves and learns, at the block of the pool's cursor."""

from collections.abc import Callable
from typing import Protocol, Self

from earnest.chain.events import Log
from earnest.chain.gateway import Gateway
from earnest.core.models.model import Model
from earnest.core.pool.events import Contributed, Event

#: A contribution's sample and label by its index.
SampleOf = Callable[[int], tuple[bytes, int]]


class Mirror(Protocol):
    """What the service knows of a pool's models; changed by logs alone, and never once it was handed out."""

    @property
    def served(self) -> Model:
        """What predictions are made with."""

    @property
    def learner(self) -> Model:
        """What learns, which may be the same."""

    @property
    def accepted(self) -> int:
        """Contributions so far."""

    def copy(self) -> Self:
        """An independent one in the same state."""

    def changes_by(self, event: Event) -> bool:
        """Whether an event changes anything here."""

    def take(self, log: Log[Event], sample_of: SampleOf) -> str | None:
        """Live through what a log tells; returns what is wrong with it, or None."""

    def differs(self, gateway: Gateway, pool: str, block: int) -> bool:
        """Whether the contract's digests at a block are others."""

    def kept(self) -> tuple[bytes, bytes | None]:
        """What a snapshot holds: `state` and `judge`."""


class LearnerMirror:
    """Of a pool that serves the model that learns."""

    def __init__(self, model: Model) -> None:
        self.served = model

    @property
    def learner(self) -> Model:
        """The same that is served."""
        return self.served

    @property
    def accepted(self) -> int:
        """Contributions so far."""
        return self.served.accepted_

    def copy(self) -> Self:
        """See `Mirror`."""
        return type(self)(self.served.copy())

    def changes_by(self, event: Event) -> bool:
        """Each contribution is learned from, or judged right."""
        return isinstance(event, Contributed)

    def take(self, log: Log[Event], sample_of: SampleOf) -> str | None:
        """See `Mirror`."""
        event = log.event
        if not isinstance(event, Contributed):
            return None
        predicted = self.served.learn_one(self.served.sample_from_bytes(event.sample), event.label)
        if predicted != event.predicted:
            return f"mirror and contract predict differently for contribution {event.index}"
        return None

    def differs(self, gateway: Gateway, pool: str, block: int) -> bool:
        """See `Mirror`."""
        return gateway.digest(pool, block) != self.served.digest()

    def kept(self) -> tuple[bytes, bytes | None]:
        """See `Mirror`."""
        return self.served.to_bytes(), None
