"""A pool's history, replayed: every event must be what the rules make of the events before it."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from earnest.chain.events import (
    BatchCommitted,
    ChainEvent,
    Collected,
    Contributed,
    CreditChanged,
    Paused,
    Refunded,
    Reported,
    Unpaused,
    Withdrawn,
)
from earnest.core.errors import SampleInvalid
from earnest.core.incentives import ledger, refusals
from earnest.core.incentives.base import Terms
from earnest.core.incentives.ledger import elapsed_since, totals_of
from earnest.core.models.model import Model
from earnest.verification.errors import CheckFailed


@dataclass
class Ledger:
    """What the events so far amount to; amounts in wei, times in seconds.

    Attributes:
        model: as the contributions trained it.
        terms: the rules.
        last: time of the last accepted contribution; None before there is one.
        pauses: totals, of which only what is of pauses is kept.
        left: what is left of each contribution.
        credit: by account.
        verified: by account.
        total_verified: refunds in all.
        burned: so far.
    """

    model: Model
    terms: Terms
    last: int | None = None
    pauses: list[int] = field(default_factory=lambda: totals_of(0))
    left: list[int] = field(default_factory=list)
    credit: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    verified: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    total_verified: int = 0
    burned: int = 0
    _made: list[Contributed] = field(default_factory=list)
    _open: list[bool] = field(default_factory=list)
    _reported: set[tuple[int, str]] = field(default_factory=set)

    @property
    def escrow(self) -> int:
        """All that is claimable plus all credit."""
        return sum(self.left) + sum(self.credit.values())

    def replay(self, events: Iterable[ChainEvent]) -> None:
        """Take further events in; O(features of each).

        Raises:
            CheckFailed: one of them is not what the rules say; names it.
        """
        for event in events:
            try:
                self._take(event)
            except CheckFailed as failure:
                where = f"{type(event).__name__} in block {event.block_number}, log {event.log_index}"
                raise CheckFailed(f"{where}: {failure}") from None

    def _take(self, event: ChainEvent) -> None:
        match event:
            case Contributed():
                self._contributed(event)
            case BatchCommitted():
                members = self._made[event.first_index :]
                origins = {(member.contributor, member.transaction_hash) for member in members}
                _require(
                    len(members) == event.count and origins == {(event.contributor, event.transaction_hash)},
                    "it does not hold the contributions that were made just before it",
                )
            case CreditChanged():
                self.credit[event.account] = event.credit
            case Refunded():
                made, agrees = self._claimed(event.index, event.block_time, self.terms.refund_window)
                _require(made.contributor == event.contributor, "it went to somebody else than the author")
                _require(agrees, "the model disagreed with the label")
                _require(event.amount == self.left[event.index], f"{self.left[event.index]} wei were left")
                self._pay(event.index, event.contributor, event.amount, 0)
                self.verified[event.contributor] += 1
                self.total_verified += 1
            case Reported():
                self._reported_share(event)
            case Collected():
                made = self._known(event.index)
                _require(event.amount == self.left[event.index], f"{self.left[event.index]} wei were left")
                self._require_unguarded(event.block_time)
                first = self.terms.collect_from(self._totals(), made.block_time, event.block_time)
                _require(event.block_time >= first, f"its window opens at {first}")
                _require(event.burned == self.terms.burns_leftover, "the leftover rule says otherwise")
                self._pay(event.index, None if event.burned else event.collector, event.amount, 0)
            case Withdrawn():
                credit = self.credit[event.account]
                _require(event.amount == credit and credit > 0, f"the account's credit was {credit} wei")
                self.credit[event.account] = 0
            case Paused():
                _require(ledger.settle_pause(self.pauses, event.block_time), "the pool was paused already")
            case Unpaused():
                _require(ledger.settle_unpause(self.pauses, event.block_time), "the pool was not paused")

    def _contributed(self, event: Contributed) -> None:
        _require(self._paused_since == 0, f"the pool was paused since {self._paused_since}")
        _require(event.index == len(self._made), f"its index should be {len(self._made)}")
        # the clock starts when the pool is created, of which its own events say nothing: any price up to the highest
        # will do for the first contribution
        elapsed = elapsed_since(event.block_time, self.last) if self.last is not None else 1
        price = self.terms.price_after(elapsed)
        fits = event.deposit == price if self.last is not None else 0 <= event.deposit <= price
        _require(fits, f"the price was {price} wei, not {event.deposit}")
        try:
            predicted = self.model.learn_one(self.model.sample_from_bytes(event.sample), event.label)
        except SampleInvalid as error:
            raise CheckFailed(str(error)) from None
        _require(predicted == event.predicted, f"the model predicts {predicted}, not {event.predicted}")
        self._made.append(event)
        self._open.append(True)
        self.left.append(event.deposit)
        self.last = event.block_time

    def _reported_share(self, event: Reported) -> None:
        made, agrees = self._claimed(event.index, event.block_time, self.terms.report_window)
        verified = self.verified[event.reporter]
        code = self.terms.incentive.kernels.report_refusal(
            self.terms.numbers, self._totals(), event.block_time, made.block_time, True, False, 1, False, False
        )
        _require(code != refusals.REPORTS_PAUSED, f"the pool was paused since {self._paused_since}")
        _require(event.reporter != made.contributor, "an author reported its own")
        _require(verified > 0, "the reporter had no refunded contribution")
        _require((event.index, event.reporter) not in self._reported, "it was the reporter's second")
        _require(not agrees, "the model agreed with the label")
        share = self.terms.incentive.kernels.share_rounded_down(
            self.terms.numbers, made.deposit, self.left[event.index], verified, self.total_verified
        )
        remaining = self.left[event.index] - share
        _require((event.amount, event.remaining) == (share, remaining), f"{share} wei were due, {remaining} remain")
        self._reported.add((event.index, event.reporter))
        self._pay(event.index, event.reporter, share, remaining)

    def _known(self, index: int) -> Contributed:
        _require(index < len(self._made), "there is no such contribution")
        _require(self._open[index], "it was closed")
        return self._made[index]

    def _totals(self) -> list[int]:
        totals = totals_of(self.last or 0)
        for place in (ledger.PAUSED_SINCE, ledger.RESUMED, ledger.PAUSED):
            totals[place] = self.pauses[place]
        return totals

    @property
    def _paused_since(self) -> int:
        return self.pauses[ledger.PAUSED_SINCE]

    def _require_unguarded(self, now: int) -> None:
        code = self.terms.incentive.kernels.guard_refusal(self.terms.numbers, self._totals(), now)
        _require(code == refusals.OK, f"a contribution was accepted at {self.last}, and the guard allows no claim then")

    def _claimed(self, index: int, now: int, window: Callable[..., tuple[int, int]]) -> tuple[Contributed, bool]:
        made = self._known(index)
        self._require_unguarded(now)
        first, last = window(self._totals(), made.block_time, now)
        _require(first <= now <= last, f"its window is {first} to {last}")
        predicted, _ = self.model.predict_one(self.model.sample_from_bytes(made.sample))
        return made, predicted == made.label

    def _pay(self, index: int, account: str | None, amount: int, remaining: int) -> None:
        self.left[index] = remaining
        self._open[index] = remaining != 0
        if account is None:
            self.burned += amount
        else:
            self.credit[account] += amount


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise CheckFailed(otherwise)
