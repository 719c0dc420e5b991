"""The mirror of a pool whose judge is sealed: judge and learner, by the functions that the twin has too."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from earnest.chain.events import Log
from earnest.chain.gateway import Gateway
from earnest.chain.sealed import judge_digest
from earnest.core.incentives.base import Terms
from earnest.core.incentives.sealed_rules import pack_judge
from earnest.core.models.model import Model, Weights
from earnest.core.pool.events import Event
from earnest.core.pool.sealed_events import Contributed, Sealed, Settled
from earnest.sync.mirror import SampleOf


class SealedMirror:
    """See `Mirror`.

    Args:
        terms: the pool's.
        learner: learns from what is settled.
        judge: int32, the judge's weights.
        reference: int32; what samples are held against before they teach.
        epoch: seals so far.
        accepted: contributions so far.

    Attributes:
        served: the judge: the learner's model with the judge's weights.
        learner: the learner.
        epoch: seals so far.
        accepted: contributions so far.
    """

    def __init__(
        self, terms: Terms, learner: Model, judge: Weights, reference: Weights, *, epoch: int, accepted: int
    ) -> None:
        self._terms, self._reference = terms, reference
        self.learner, self.served = learner, learner.judging(judge)
        self.epoch, self.accepted = epoch, accepted

    def copy(self) -> Self:
        """See `Mirror`."""
        return type(self)(
            self._terms,
            self.learner.copy(),
            self.served.weights_,
            self._reference,
            epoch=self.epoch,
            accepted=self.accepted,
        )

    def changes_by(self, event: Event) -> bool:
        """Contributions are counted, settlings teach, seals move the judge."""
        return isinstance(event, Contributed | Settled | Sealed)

    def take(self, log: Log[Event], sample_of: SampleOf) -> str | None:
        """See `Mirror`."""
        event = log.event
        if isinstance(event, Contributed):
            self.accepted = event.index + 1
        elif isinstance(event, Settled) and event.taught:
            self.learn(*sample_of(event.index))
        elif isinstance(event, Sealed):
            self.seal()
            if "0x" + self.served.digest().hex() != event.digest:
                return f"mirror and contract seal differently in epoch {event.epoch}"
        return None

    def learn(self, sample: bytes, label: int) -> None:
        """The learner learns from a sample that the contract gave it."""
        self.learner.accepted_ = self.accepted
        self.learner.learn_one(self.learner.sample_from_bytes(sample), label)

    def seal(self) -> None:
        """The judge goes a part of the way to the learner."""
        self.served = self.served.judging(self.next_judge())
        self.epoch += 1

    def next_judge(self) -> Weights:
        """The judge's weights after the next seal; O(weights)."""
        moved, p = self._terms.incentive.sealed.moved, self._terms.numbers
        pairs = zip(self.served.weights_.tolist(), self.learner.weights_.tolist(), strict=True)
        most = self.learner.KERNELS.most_judged
        return np.array([moved(p, self.epoch, *pair, most) for pair in pairs], dtype=np.int32)

    def is_at_rest(self) -> bool:
        """Whether a seal now would move nothing."""
        return bool((self.next_judge() == self.served.weights_).all())

    def teaches(self, sample: NDArray[Any], label: int) -> bool:
        """Whether the reference lets a sample with this label teach."""
        gap = self.learner.format.gap(self._reference, self.learner.class_count, sample, label)
        return self._terms.incentive.sealed.may_teach(self._terms.numbers, 0, 0, gap)

    def differs(self, gateway: Gateway, pool: str, block: int) -> bool:
        """Judge and learner are compared both."""
        return (
            gateway.digest(pool, block) != self.learner.digest()
            or judge_digest(gateway, pool, block) != self.served.digest()
        )

    def kept(self) -> tuple[bytes, bytes | None]:
        """See `Mirror`."""
        return self.learner.to_bytes(), pack_judge(self.served.weights_)
