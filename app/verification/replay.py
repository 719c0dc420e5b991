"""A pool's history, replayed on its twin, whose events must be the logs.

Each call that the logs tell of is made at its block's time. The rules are the twin's; none is here.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import zip_longest
from typing import Any

from earnest.chain.events import Log
from earnest.core.keccak import keccak256
from earnest.core.pool import PoolTwin, Refusal
from earnest.core.pool.events import (
    BatchCommitted,
    Collected,
    Contributed,
    CreditChanged,
    Event,
    OwnershipTransferred,
    OwnershipTransferStarted,
    Paused,
    Refunded,
    Reported,
    Unpaused,
    Withdrawn,
)
from earnest.verification.errors import CheckFailed

_ANY_PRICE = 2**256 - 1


def calls(logs: Iterable[Log[Event]]) -> Iterator[list[Log[Event]]]:
    """Split a pool's logs into the calls that wrote them.

    Contributions that follow each other in one transaction, by one account, count as one call up to the change of
    credit that pays them: whether they came alone or as a batch, the pool does the same.
    """
    paid: list[Log[Event]] = []
    for log in logs:
        event = log.event
        if isinstance(event, BatchCommitted) and _same_transaction(paid, log):
            alone = [one for one in paid if isinstance(one.event, Contributed) and one.event.index < event.first_index]
            batch = [*paid[len(alone) :], log]
            paid = []
            if alone:
                yield alone
            yield batch
        elif isinstance(event, Contributed | CreditChanged):
            if paid and not _goes_on(paid, log, event):
                yield paid
                paid = []
            paid.append(log)
        else:
            if paid:
                yield paid
            paid = []
            yield [log]
    if paid:
        yield paid


def _same_transaction(paid: Sequence[Log[Event]], log: Log[Event]) -> bool:
    return bool(paid) and paid[-1].transaction_hash == log.transaction_hash


def _goes_on(paid: Sequence[Log[Event]], log: Log[Event], event: Contributed | CreditChanged) -> bool:
    last = paid[-1].event
    account = event.account if isinstance(event, CreditChanged) else event.contributor
    return isinstance(last, Contributed) and _same_transaction(paid, log) and last.contributor == account


class Replaying(ABC):
    """A twin that lives through a pool's history.

    Attributes:
        accounts: whoever called or was paid.
    """

    def __init__(self) -> None:
        self.accounts: set[str] = set()
        self._samples: list[bytes] = []

    def replay(self, logs: Iterable[Log[Event]]) -> None:
        """Take further logs in, those of a transaction at once; O(features of each + weights a call).

        Raises:
            CheckFailed: one of them is not what the twin emits; says which, and what the twin says.
        """
        left = deque(self._calls(logs))
        while left:
            call = left.popleft()
            known = len(self._emitted)
            try:
                self._make(call)
            except Refusal as refusal:
                values = ", ".join(f"{name} {value}" for name, value in refusal.values.items())
                raise CheckFailed(f"{_where(call[0])}: the twin refuses it with {refusal.name}({values})") from None
            except CheckFailed as failure:
                raise CheckFailed(f"{_where(call[0])}: {failure}") from None
            emitted = self._emitted[known:]
            # what else a call tells comes after what it is known by
            while len(call) < len(emitted) and left and _same_transaction(call, left[0][0]):
                call += left.popleft()
            # a change of credit that this call did not make is a deposit of tokens, a call of its own
            while len(call) > max(1, len(emitted)) and isinstance(call[-1].event, CreditChanged):
                left.appendleft([call.pop()])
            for told, expected in zip_longest(call, emitted):
                _compare(told, expected, call)

    @property
    @abstractmethod
    def _emitted(self) -> list[Event]:
        """All that the twin has emitted."""

    @abstractmethod
    def _calls(self, logs: Iterable[Log[Event]]) -> Iterator[list[Log[Event]]]:
        """The logs by the calls that wrote them."""

    @abstractmethod
    def _make(self, call: Sequence[Log[Event]]) -> None:
        """Make a call on the twin.

        Raises:
            CheckFailed: no call writes this.
            Refusal: the twin refuses it.
        """

    def _sample(self, index: int) -> bytes:
        if index >= len(self._samples):
            raise CheckFailed(f"there is no contribution {index} before it")
        return self._samples[index]


class Replay(Replaying):
    """Of a pool of the published life.

    Args:
        twin: of the pool, as it was created.

    Attributes:
        twin: as it is now.
    """

    def __init__(self, twin: PoolTwin) -> None:
        super().__init__()
        self.twin = twin

    @property
    def _emitted(self) -> list[Event]:
        return self.twin.events

    def _calls(self, logs: Iterable[Log[Event]]) -> Iterator[list[Log[Event]]]:
        return calls(logs)

    def _make(self, call: Sequence[Log[Event]]) -> None:
        twin, first, now = self.twin, call[0].event, call[0].block_time
        match first:
            case Contributed():
                self._contribute(call, first.contributor)
            case Refunded():
                sample = self._sample(first.index)
                # the logs do not tell who called; the author always may
                author = twin.contributions[first.index].contributor
                self._claim(twin.refund, twin.refund_from_batch, author, first.index, sample, now)
            case Reported():
                sample = self._sample(first.index)
                self._claim(twin.report, twin.report_from_batch, first.reporter, first.index, sample, now)
            case Collected():
                known = keccak256(self._sample(first.index))
                self._claim(twin.collect, twin.collect_from_batch, first.collector, first.index, known, now)
            case CreditChanged() if twin.in_token:
                self.accounts.add(first.account)
                twin.deposit(first.account, deposited(first, twin.account(first.account)[0]))
            case Withdrawn():
                self.accounts.add(first.account)
                twin.withdraw_to(first.account, first.receiver)
            case Paused():
                twin.pause(first.account, now=now)
            case Unpaused():
                twin.unpause(first.account, now=now)
            case OwnershipTransferStarted():
                twin.transfer_ownership(first.owner, first.pending_owner)
            case OwnershipTransferred():
                twin.accept_ownership(first.owner)
            case _:
                raise CheckFailed("it follows no contribution of the same account and transaction")

    def _contribute(self, call: Sequence[Log[Event]], contributor: str) -> None:
        twin, now = self.twin, call[0].block_time
        events = [log.event for log in call]
        made = [event for event in events if isinstance(event, Contributed)]
        samples, labels = [event.sample for event in made], [event.label for event in made]
        price = twin.price(now) + (len(made) - 1) * twin.price_after(1)
        changes = [event for event in events if isinstance(event, CreditChanged)]
        value = paid(price, twin.account(contributor)[0], changes, in_token=twin.in_token)
        commits = isinstance(events[-1], BatchCommitted)
        verb = twin.commit_batch if commits else twin.contribute_batch
        verb(contributor, samples, labels, _ANY_PRICE, value=value, now=now)
        self._samples += samples
        self.accounts.add(contributor)

    def _claim(
        self,
        alone: Callable[..., int],
        from_batch: Callable[..., int],
        caller: str,
        index: int,
        known: bytes,
        now: int,
    ) -> None:
        contribution = self.twin.contributions[index]
        self.accounts.add(caller)
        if (first := self.twin.batch_of(index)) is None:
            alone(caller, contribution, known, now=now)
        else:
            _, size, _ = self.twin.batch(first)
            from_batch(caller, contribution, known, first, self.twin.batch_proof(first, size, index), now=now)


def paid(price: int, credit: int, changes: Sequence[CreditChanged], *, in_token: bool) -> int:
    """What was paid beside an account's credit for contributions, in wei or the token's units.

    Args:
        price: of all of them.
        credit: of the account before.
        changes: of its credit that are told behind them.
        in_token: whether deposits are paid in a token: a pool takes what is missing of it, and no more.

    Raises:
        CheckFailed: no payment makes such a change.
    """
    if in_token:
        return max(0, price - credit)
    # logs do not tell what was sent; it is what makes the credit what they tell, and exactly the price otherwise
    value = price + sum(change.credit - credit for change in changes)
    if value < 0:
        raise CheckFailed(f"no payment leaves its account with that credit: {value} would have been paid")
    return value


def deposited(changed: CreditChanged, credit: int) -> int:
    """What was deposited by a change of credit that pays no contribution.

    Raises:
        CheckFailed: less is there than before.
    """
    if changed.credit < credit:
        raise CheckFailed(f"a deposit does not lower the credit of {changed.account} from {credit} to {changed.credit}")
    return changed.credit - credit


def _where(log: Log[Event]) -> str:
    return f"{type(log.event).__name__} in block {log.block_number}, log {log.log_index}"


def _compare(told: Log[Event] | None, emitted: Event | None, call: Sequence[Log[Event]]) -> None:
    """Hold an event against what the twin emitted in its place.

    Raises:
        CheckFailed: they differ.
    """
    if told is None:
        raise CheckFailed(f"{_where(call[-1])}: the twin emits {type(emitted).__name__} after it, the logs do not")
    if emitted is None:
        raise CheckFailed(f"{_where(told)}: the twin emits nothing here, since nothing changes")
    if type(told.event) is not type(emitted):
        raise CheckFailed(f"{_where(told)}: the twin emits {type(emitted).__name__} here")
    for field in fields(emitted):
        found, expected = getattr(told.event, field.name), getattr(emitted, field.name)
        if found != expected:
            raise CheckFailed(f"{_where(told)}: {field.name} is {_shown(found)}, the twin says {_shown(expected)}")


def _shown(value: Any) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
