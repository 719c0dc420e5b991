"""Twin of the bookkeeping in `Pool.sol`, which all incentives share: payments, contributions, claims, withdrawals.

Everything here is a plain function of integers and of things that are indexed by integers (or, interpreted, by any
key): the service calls it as it stands, on exact Python integers; engines call the same source compiled by numba, on
int64. Amounts are wei, times are seconds of chain time, "now" is the timestamp of the block that includes the call.

The ledgers that the `settle_` functions change:

    claimable[contribution]   what is left to claim
    credit[account]           what the pool owes an account
    verified[account]         its refunded contributions
    totals                    ESCROW, TOTAL_VERIFIED, COUNT, LAST_ACCEPTED, and of pauses PAUSED_SINCE, RESUMED, PAUSED

They move money and check nothing: ask the refusal of the same verb first. What a contribution costs, when it can be
claimed, and what a report pays says the incentive.
"""

from typing import Any, Protocol

from earnest.core.compilable import compilable
from earnest.core.incentives.refusals import (
    NOTHING_TO_WITHDRAW,
    OK,
    PAYMENT_TOO_HIGH,
    PAYMENT_TOO_LOW,
    PRICE_ABOVE_MAXIMUM,
)

#: Amounts are uint96 on chain.
MAX_AMOUNT = 2**96 - 1

#: Seconds for which a guarded pool, or one whose judge is sealed as soon as it may be, keeps a deposit at most before
#: it can come back: 366 days.
LONGEST_WAIT = 31_622_400

#: Positions in `totals`.
ESCROW = 0
TOTAL_VERIFIED = 1
COUNT = 2
LAST_ACCEPTED = 3
#: When the running pause began, 0 when there is none; when the last one ended, 0 when none has; and how long those that
#: have ended lasted together.
PAUSED_SINCE = 4
RESUMED = 5
PAUSED = 6
#: How many there are.
TOTALS = 7


class Ledger(Protocol):
    """Integers by key: a list, a numpy array or a mapping."""

    def __getitem__(self, key: Any, /) -> Any: ...

    def __setitem__(self, key: Any, value: Any, /) -> None: ...


def totals_of(last_accepted: int, pauses: tuple[int, int, int] = (0, 0, 0)) -> list[int]:
    """Totals of which nothing but the price clock and the pauses is known: what an incentive's functions need of them.

    Args:
        last_accepted: seconds.
        pauses: PAUSED_SINCE, RESUMED and PAUSED, as `IPool.pauses` tells them.
    """
    return [0, 0, 0, last_accepted, *pauses]


# PAYMENT


@compilable
def elapsed_since(now: int, last: int) -> int:
    """Seconds since the last accepted contribution, at least 1."""
    return now - last if now > last else 1


@compilable
def value_needed(price: int, credit: int) -> int:
    """The least value to send with a payment of `price`: credit is taken first."""
    return price - credit if price > credit else 0


@compilable
def price_refusal(price: int, max_price: int) -> int:
    """OK or PRICE_ABOVE_MAXIMUM."""
    return PRICE_ABOVE_MAXIMUM if price > max_price else OK


@compilable
def payment_refusal(due: int, credit: int, value: int, escrow: int, max_amount: int) -> int:
    """OK, PAYMENT_TOO_HIGH or PAYMENT_TOO_LOW.

    Args:
        due: price, or the sum of a batch's prices.
        credit: what the pool owes the payer.
        value: what the payer sends.
        escrow: what the pool owes in all.
        max_amount: `MAX_AMOUNT` as on chain; compiled code, which cannot hold that, passes its own bound.
    """
    if value > max_amount - escrow:
        return PAYMENT_TOO_HIGH
    if credit + value < due:
        return PAYMENT_TOO_LOW
    return OK


@compilable
def withdraw_refusal(credit: int) -> int:
    """OK or NOTHING_TO_WITHDRAW."""
    return NOTHING_TO_WITHDRAW if credit == 0 else OK


# PAUSES


@compilable
def settle_pause(totals: Ledger, now: int) -> bool:
    """Begin a pause, unless one runs. Returns whether that changed something."""
    if totals[PAUSED_SINCE] != 0:
        return False
    totals[PAUSED_SINCE] = now
    return True


@compilable
def settle_unpause(totals: Ledger, now: int) -> bool:
    """End the running pause, if one runs. Returns whether that changed something."""
    if totals[PAUSED_SINCE] == 0:
        return False
    totals[PAUSED] += max(0, now - totals[PAUSED_SINCE])
    totals[PAUSED_SINCE] = 0
    totals[RESUMED] = now
    return True


# SETTLEMENT: what each verb does to the ledgers once nothing refuses it


@compilable
def settle_payment(credit: Ledger, totals: Ledger, account: Any, due: int, value: int) -> int:
    """Take `due` from the account's credit first, then from `value`; the rest becomes credit. Returns that credit."""
    remaining: int = credit[account] + value - due
    credit[account] = remaining
    totals[ESCROW] += value
    return remaining


@compilable
def settle_contribution(claimable: Ledger, totals: Ledger, index: int, deposit: int, now: int) -> None:
    """Open contribution `index`, and move the price clock."""
    claimable[index] = deposit
    totals[COUNT] += 1
    totals[LAST_ACCEPTED] = now


@compilable
def settle_refund(claimable: Ledger, credit: Ledger, verified: Ledger, totals: Ledger, index: int, account: Any) -> int:
    """Give all that is left back to the author, and raise its verified count. Returns the amount."""
    amount: int = claimable[index]
    claimable[index] = 0
    credit[account] += amount
    verified[account] += 1
    totals[TOTAL_VERIFIED] += 1
    return amount


@compilable
def settle_report(claimable: Ledger, credit: Ledger, index: int, account: Any, amount: int) -> int:
    """Give the reporter its share of contribution `index`, which the incentive says. Returns the amount.

    Who has reported what is the caller's to remember; nothing need be remembered of a contribution that this closes.
    """
    claimable[index] -= amount
    credit[account] += amount
    return amount


@compilable
def settle_collect(claimable: Ledger, credit: Ledger, totals: Ledger, index: int, account: Any, is_burned: bool) -> int:
    """Burn what is left of contribution `index`, or give it to the collector. Returns the amount."""
    amount: int = claimable[index]
    claimable[index] = 0
    if is_burned:
        totals[ESCROW] -= amount
    else:
        credit[account] += amount
    return amount


@compilable
def settle_withdrawal(credit: Ledger, totals: Ledger, account: Any) -> int:
    """Pay an account's credit out. Returns the amount."""
    amount: int = credit[account]
    credit[account] = 0
    totals[ESCROW] -= amount
    return amount
