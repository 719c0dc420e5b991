"""The published rules as the yardstick knows them: what the engines ran before pools had safeguards.

Nothing else uses them. The yardstick's results are compared with the engine's, so they cannot drift unnoticed.
"""

from typing import Any, Protocol

from earnest.core.compilable import compilable

PRICE_DECAYING = 0
PRICE_FIXED = 1

LEFTOVER_BURN = 0
LEFTOVER_ANYONE = 1

#: The decaying price starts from this many times the weight.
WEIGHT_FACTOR = 60

#: Amounts are uint96 on chain.
MAX_AMOUNT = 2**96 - 1
#: Waits are uint32 on chain.
MAX_WAIT = 2**32 - 1

OK = 0
CLOSED = 1
NOT_CONTRIBUTOR = 2
OWN_CONTRIBUTION = 3
TOO_EARLY = 4
TOO_LATE = 5
NOT_VERIFIED = 6
ALREADY_REPORTED = 7
MODEL_DISAGREES = 8
MODEL_AGREES = 9
PRICE_ABOVE_MAXIMUM = 10
PAYMENT_TOO_HIGH = 11
PAYMENT_TOO_LOW = 12
NOTHING_TO_WITHDRAW = 13

#: Positions in `totals`.
ESCROW = 0
TOTAL_VERIFIED = 1
COUNT = 2
LAST_ACCEPTED = 3


class Ledger(Protocol):
    """Integers by key: a list, a numpy array or a mapping."""

    def __getitem__(self, key: Any, /) -> Any: ...

    def __setitem__(self, key: Any, value: Any, /) -> None: ...


# PRICE


@compilable
def isqrt(n: int) -> int:
    """Square root rounded down, for n >= 0 (Newton's method on integers, as `Math.sqrt`)."""
    if n < 2:
        return n
    root = n // 2 + 1
    better = (root + n // root) // 2
    while better < root:
        root = better
        better = (root + n // root) // 2
    return root


@compilable
def elapsed_since(now: int, last: int) -> int:
    """Seconds since the last accepted contribution, at least 1."""
    return now - last if now > last else 1


@compilable
def price_rounded_down(price_rule: int, weight_or_cost: int, step: int, elapsed: int) -> int:
    """Price of a contribution, at least 1 wei.

    Decaying: max(step, floor(weight * 60 / isqrt(elapsed) / step) * step). Fixed: the submission cost.

    Args:
        price_rule: PRICE_DECAYING or PRICE_FIXED.
        weight_or_cost: weight of the decaying price, or the fixed cost, in wei.
        step: the decaying price is a multiple of it, in wei; not read by the fixed price.
        elapsed: seconds since the last accepted contribution, at least 1.
    """
    if price_rule == PRICE_FIXED:
        return weight_or_cost
    steps = weight_or_cost * WEIGHT_FACTOR // isqrt(elapsed) // step
    return step if steps == 0 else steps * step


@compilable
def value_needed(price: int, credit: int) -> int:
    """The least value to send with a payment of `price`: credit is taken first."""
    return price - credit if price > credit else 0


# TIME


@compilable
def claim_window(time: int, refund_wait: int, collect_wait: int) -> tuple[int, int]:
    """First and last second in which a contribution of `time` can be refunded or reported."""
    return time + refund_wait + 1, time + collect_wait


@compilable
def collect_from(time: int, collect_wait: int) -> int:
    """First second in which what is left of a contribution of `time` can be collected."""
    return time + collect_wait + 1


# REFUSALS: what each verb answers, OK or the first check that fails, in the contract's order


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
def refund_refusal(
    now: int, time: int, refund_wait: int, collect_wait: int, claimable: int, is_author: bool, agrees: bool
) -> int:
    """OK, CLOSED, NOT_CONTRIBUTOR, TOO_EARLY, TOO_LATE or MODEL_DISAGREES.

    The model's answer is looked at last: ask with `agrees` true first where a prediction is worth saving.
    """
    if claimable == 0:
        return CLOSED
    if not is_author:
        return NOT_CONTRIBUTOR
    start, end = claim_window(time, refund_wait, collect_wait)
    if now < start:
        return TOO_EARLY
    if now > end:
        return TOO_LATE
    return OK if agrees else MODEL_DISAGREES


@compilable
def report_refusal(
    now: int,
    time: int,
    refund_wait: int,
    collect_wait: int,
    claimable: int,
    is_author: bool,
    verified: int,
    has_reported: bool,
    agrees: bool,
) -> int:
    """OK, CLOSED, OWN_CONTRIBUTION, TOO_EARLY, TOO_LATE, NOT_VERIFIED, ALREADY_REPORTED or MODEL_AGREES.

    The model's answer is looked at last: ask with `agrees` false first where a prediction is worth saving.
    """
    if claimable == 0:
        return CLOSED
    if is_author:
        return OWN_CONTRIBUTION
    start, end = claim_window(time, refund_wait, collect_wait)
    if now < start:
        return TOO_EARLY
    if now > end:
        return TOO_LATE
    if verified == 0:
        return NOT_VERIFIED
    if has_reported:
        return ALREADY_REPORTED
    return MODEL_AGREES if agrees else OK


@compilable
def collect_refusal(now: int, time: int, collect_wait: int, claimable: int) -> int:
    """OK, CLOSED or TOO_EARLY."""
    if claimable == 0:
        return CLOSED
    return TOO_EARLY if now < collect_from(time, collect_wait) else OK


@compilable
def withdraw_refusal(credit: int) -> int:
    """OK or NOTHING_TO_WITHDRAW."""
    return NOTHING_TO_WITHDRAW if credit == 0 else OK


# AMOUNTS


@compilable
def share_rounded_down(deposit: int, left: int, verified: int, total_verified: int) -> int:
    """What a report pays of `left`: floor(deposit * verified / all verified); all that is left if that is 0 or more."""
    share = deposit * verified // total_verified
    return left if share == 0 or share > left else share


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
def settle_report(
    claimable: Ledger, credit: Ledger, verified: Ledger, totals: Ledger, index: int, account: Any, deposit: int
) -> int:
    """Give the reporter its share of contribution `index`. Returns the amount.

    Who has reported what is the caller's to remember; nothing need be remembered of a contribution that this closes.
    """
    amount = share_rounded_down(deposit, claimable[index], verified[account], totals[TOTAL_VERIFIED])
    claimable[index] -= amount
    credit[account] += amount
    return amount


@compilable
def settle_collect(
    claimable: Ledger, credit: Ledger, totals: Ledger, index: int, account: Any, leftover_rule: int
) -> int:
    """Burn what is left of contribution `index`, or give it to the collector. Returns the amount."""
    amount: int = claimable[index]
    claimable[index] = 0
    if leftover_rule == LEFTOVER_BURN:
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
