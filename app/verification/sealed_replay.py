"""The calls that the logs of a pool tell of whose judge is sealed, made on its twin."""

from collections.abc import Iterable, Iterator, Sequence

from earnest.chain.events import Log
from earnest.core.pool.events import (
    CreditChanged,
    Event,
    OwnershipTransferred,
    OwnershipTransferStarted,
    Paused,
    Unpaused,
    Withdrawn,
)
from earnest.core.pool.sealed_events import Contributed, Funded, Sealed, Settled
from earnest.core.pool.sealed_twin import SealedPoolTwin
from earnest.verification.errors import CheckFailed
from earnest.verification.replay import Replaying, deposited, paid

_ANY_PRICE = 2**256 - 1


class SealedReplay(Replaying):
    """Of a pool whose judge is sealed.

    Args:
        twin: of the pool, as it was created.

    Attributes:
        twin: as it is now.
    """

    def __init__(self, twin: SealedPoolTwin) -> None:
        super().__init__()
        self.twin = twin

    @property
    def _emitted(self) -> list[Event]:
        return self.twin.events

    def _calls(self, logs: Iterable[Log[Event]]) -> Iterator[list[Log[Event]]]:
        """A change of credit belongs to what was told before it, in the same transaction."""
        call: list[Log[Event]] = []
        for log in logs:
            if _follows(call, log):
                call.append(log)
                continue
            if call:
                yield call
            call = [log]
        if call:
            yield call

    def _make(self, call: Sequence[Log[Event]]) -> None:
        twin, first = self.twin, call[0].event
        match first:
            case Contributed():
                self._contribute(first, [log.event for log in call[1:]])
            case Settled(index=index):
                sample = self._sample(index)
                twin.settle(first.contributor, twin.contributions[index], sample)
            case Sealed():
                self.accounts.add(first.sealer)
                # logs do not tell what gas cost; whatever it did, a bounty is not above what the rules allow
                twin.seal(first.sealer, now=call[0].block_time, cost=first.bounty)
            case Funded():
                twin.fund(first.account, value=first.amount)
            case CreditChanged() if twin.in_token:
                self.accounts.add(first.account)
                twin.deposit(first.account, deposited(first, twin.account(first.account)[0]))
            case Withdrawn():
                self.accounts.add(first.account)
                twin.withdraw_to(first.account, first.receiver)
            case Paused():
                twin.pause(first.account)
            case Unpaused():
                twin.unpause(first.account)
            case OwnershipTransferStarted():
                twin.transfer_ownership(first.owner, first.pending_owner)
            case OwnershipTransferred():
                twin.accept_ownership(first.owner)
            case _:
                raise CheckFailed("no call of such a pool begins with it")

    def _contribute(self, event: Contributed, after: Sequence[Event]) -> None:
        twin, who = self.twin, event.contributor
        price = twin.quote(who, event.sample, event.label).price
        changes = [one for one in after if isinstance(one, CreditChanged)]
        value = paid(price, twin.account(who)[0], changes, in_token=twin.in_token)
        twin.contribute(who, event.sample, event.label, _ANY_PRICE, value=value)
        self._samples.append(event.sample)
        self.accounts.add(who)


def _follows(call: Sequence[Log[Event]], log: Log[Event]) -> bool:
    """Whether a log tells what the call before it did to an account's credit; else it is a deposit of tokens."""
    if not isinstance(log.event, CreditChanged) or len(call) != 1 or call[0].transaction_hash != log.transaction_hash:
        return False
    match call[0].event:
        case Contributed(contributor=who) | Settled(contributor=who):
            return log.event.account == who
        case Sealed(sealer=who, bounty=bounty):
            return bounty != 0 and log.event.account == who
        case _:
            return False
