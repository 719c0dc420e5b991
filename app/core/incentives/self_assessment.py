"""Twin of `SelfAssessment.sol` and of the bookkeeping in `Pool.sol`.

Deposit, Refund, Take with self-assessment (Harris & Waggoner 2019; Ding & Hu, arXiv 2209.05017). Solidity is the
authority; the agreement tests hold this file to it.

Everything here is a plain function of integers and of things that are indexed by integers (or, interpreted, by any
key): the service calls it as it stands, on exact Python integers; engines call the same source compiled by numba, on
int64. Amounts are wei, times are seconds of chain time, "now" is the timestamp of the block that includes the call.

The ledgers that the `settle_` functions change:

    claimable[contribution]   what is left to claim
    credit[account]           what the pool owes an account
    verified[account]         its refunded contributions
    totals                    ESCROW, TOTAL_VERIFIED, COUNT, LAST_ACCEPTED

They move money and check nothing: ask the `_refusal` function of the same verb first.
"""

from typing import Any, NamedTuple, Protocol

from earnest.core.compilable import compilable
from earnest.core.errors import RuleViolation

KIND = "self-assessment"
#: What `incentiveId()` answers.
INCENTIVE_ID = "self-assessment/1"
#: What names of implementations begin with.
CONTRACT = "SelfAssessed"

PRICE_DECAYING = 0
PRICE_FIXED = 1

LEFTOVER_BURN = 0
LEFTOVER_ANYONE = 1

#: Safeguards, bits of one number; the published rules have none (`ClaimRules.sol`). No claim in a second in which a
#: contribution was accepted; anyone may send an author's refund for it; no report while the pool is paused nor in the
#: head start after that, and windows end as much later as it was paused.
GUARD = 1
REFUND_BY_ANYONE = 2
PAUSES_EXTEND = 4
ALL_SAFEGUARDS = GUARD | REFUND_BY_ANYONE | PAUSES_EXTEND

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
GUARDED = 14
REPORTS_PAUSED = 15

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


@compilable
def report_wait(time: int, refund_wait: int, head_start: int, resumed: int) -> int:
    """Seconds that reports of a contribution of `time` wait, for `claim_window` and `report_refusal`.

    Args:
        time: when it was accepted.
        refund_wait: seconds.
        head_start: seconds that refunds open before reports, and that reports stay closed after a pause.
        resumed: when the pool's last pause ended; 0 before there was one, or where pauses do not extend.
    """
    return max(refund_wait, resumed - time) + head_start


@compilable
def paused_seconds(now: int, since: int, total: int) -> int:
    """Seconds of all of a pool's pauses, by which `collect_wait` is longer where pauses extend.

    Args:
        now: chain time.
        since: when the running pause began; 0 when there is none.
        total: seconds of the pauses that have ended.
    """
    return total + max(0, now - since) if since else total


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
def guard_refusal(now: int, last_accepted: int, safeguards: int) -> int:
    """OK or GUARDED; asked before anything else about a claim of something that is open."""
    return GUARDED if safeguards & GUARD and now <= last_accepted else OK


@compilable
def refund_refusal(
    now: int, time: int, refund_wait: int, collect_wait: int, claimable: int, is_author: bool, agrees: bool
) -> int:
    """OK, CLOSED, NOT_CONTRIBUTOR, TOO_EARLY, TOO_LATE or MODEL_DISAGREES.

    Pass `is_author` true where anyone may refund, and a `collect_wait` that pauses have made longer.

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

    Pass `report_wait` in the place of `refund_wait`, and a `collect_wait` that pauses have made longer.

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


# WINDOWS OF A CONTRIBUTION


class Pauses(NamedTuple):
    """A pool's pauses, as `IPool.pauses` tells them; in seconds of chain time.

    Attributes:
        since: when the running one began; 0 when there is none.
        resumed: when the last one ended; 0 when none has.
        total: how long those that have ended lasted together.
    """

    since: int = 0
    resumed: int = 0
    total: int = 0

    def begun(self, now: int) -> "Pauses":
        """After a pause began, where none ran."""
        return self._replace(since=now)

    def ended(self, now: int) -> "Pauses":
        """After the running pause ended."""
        return Pauses(0, now, paused_seconds(now, self.since, self.total))


class Waits(NamedTuple):
    """Seconds that a contribution's claims wait, for the functions above; refunds and reports end with `collect`."""

    refund: int
    report: int
    collect: int


class ClaimRules(Protocol):
    """What of an incentive's parameters says when, and by whom, contributions can be claimed."""

    @property
    def refund_wait(self) -> int:
        """Seconds before refunds open."""

    @property
    def head_start(self) -> int:
        """Seconds that reports open later."""

    @property
    def collect_wait(self) -> int:
        """Seconds until both end."""

    @property
    def safeguards(self) -> int:
        """Bits GUARD, REFUND_BY_ANYONE and PAUSES_EXTEND."""


def waits(given: ClaimRules, time: int, now: int, pauses: Pauses) -> Waits:
    """What the claims of a contribution of `time` wait for, as far as is known at `now`.

    While a pause runs, the end moves with `now`; reports then wait for its end, see `stops_reports`.
    """
    if not given.safeguards & PAUSES_EXTEND:
        pauses = Pauses()
    return Waits(
        given.refund_wait,
        report_wait(time, given.refund_wait, given.head_start, pauses.resumed),
        given.collect_wait + paused_seconds(now, pauses.since, pauses.total),
    )


def stops_reports(given: ClaimRules, pauses: Pauses) -> bool:
    """Whether a running pause stops reports."""
    return bool(given.safeguards & PAUSES_EXTEND and pauses.since)


# PARAMETERS


#: Price rule, leftover rule, refund wait, collect wait, weight or cost, step, safeguards, head start: what the
#: functions above take of a pool.
Arguments = tuple[int, int, int, int, int, int, int, int]


class Parameters(NamedTuple):
    """A pool's rules, in the order of `incentiveParameters()`; amounts in wei, waits in seconds.

    Safeguards that a pool does not list are off.
    """

    price_rule: int
    leftover_rule: int
    refund_wait: int
    collect_wait: int
    weight_or_cost: int
    step: int
    safeguards: int = 0
    head_start: int = 0

    @property
    def burns_leftover(self) -> bool:
        """Whether nobody gets what is left at the end."""
        return self.leftover_rule == LEFTOVER_BURN

    def price_after(self, elapsed: int) -> int:
        """What a contribution costs `elapsed` seconds (at least 1) after the last accepted one, in wei."""
        return price_rounded_down(self.price_rule, self.weight_or_cost, self.step, elapsed)

    @property
    def arguments(self) -> Arguments:
        """What the functions here take."""
        return self

    def validate(self) -> None:
        """Refuse what does not fit the contract; see `validate_parameters`."""
        validate_parameters(*self)


def validate_waits(refund_wait: int, collect_wait: int, safeguards: int = 0, head_start: int = 0) -> None:
    """Refuse windows that no pool may have.

    Raises:
        RuleViolation: a wait is not from 0 to `MAX_WAIT`, they are not in order, or a safeguard is unknown.
    """
    for name, value in (("refund_wait", refund_wait), ("collect_wait", collect_wait), ("head_start", head_start)):
        if not 0 <= value <= MAX_WAIT:
            raise RuleViolation(f"{name} is {value} s; it must be from 0 to {MAX_WAIT} s.")
    if not 0 <= safeguards <= ALL_SAFEGUARDS:
        raise RuleViolation(f"Safeguards {safeguards} are unknown; add up 1 (guard), 2 (refund by anyone), 4 (pauses).")
    if refund_wait + head_start >= collect_wait:
        ahead = f" and head_start ({head_start} s) together" if head_start else ""
        raise RuleViolation(f"refund_wait ({refund_wait} s){ahead} must be below collect_wait ({collect_wait} s).")


def validate_parameters(
    price_rule: int,
    leftover_rule: int,
    refund_wait: int,
    collect_wait: int,
    weight_or_cost: int,
    step: int,
    safeguards: int = 0,
    head_start: int = 0,
) -> None:
    """Refuse what the contract refuses at deployment, or what does not fit its packing.

    Args:
        price_rule: PRICE_DECAYING or PRICE_FIXED.
        leftover_rule: LEFTOVER_BURN or LEFTOVER_ANYONE.
        refund_wait: seconds, below `collect_wait`.
        collect_wait: seconds, below 2**32.
        weight_or_cost: wei; decaying: 1 to (2**96 - 1) // 60; fixed: 1 to 2**96 - 1.
        step: wei; decaying: 1 to 2**96 - 1; fixed: 0.
        safeguards: bits GUARD, REFUND_BY_ANYONE and PAUSES_EXTEND.
        head_start: seconds; with `refund_wait` below `collect_wait`.

    Raises:
        RuleViolation: one of them is out of range; the message says which and what is allowed.
    """
    validate_waits(refund_wait, collect_wait, safeguards, head_start)
    if price_rule not in (PRICE_DECAYING, PRICE_FIXED):
        raise RuleViolation(f"Price rule {price_rule} is unknown; use 0 (decaying) or 1 (fixed).")
    if leftover_rule not in (LEFTOVER_BURN, LEFTOVER_ANYONE):
        raise RuleViolation(f"Leftover rule {leftover_rule} is unknown; use 0 (burn) or 1 (anyone).")
    if price_rule == PRICE_FIXED:
        if not 1 <= weight_or_cost <= MAX_AMOUNT:
            raise RuleViolation(f"The submission cost is {weight_or_cost} wei; it must be from 1 to {MAX_AMOUNT} wei.")
        if step != 0:
            raise RuleViolation(f"The step is {step} wei; a fixed price has none, pass 0.")
        return
    if not 1 <= weight_or_cost <= MAX_AMOUNT // WEIGHT_FACTOR:
        raise RuleViolation(
            f"The weight is {weight_or_cost} wei; it must be from 1 to {MAX_AMOUNT // WEIGHT_FACTOR} wei."
        )
    if not 1 <= step <= MAX_AMOUNT:
        raise RuleViolation(f"The step is {step} wei; it must be from 1 to {MAX_AMOUNT} wei.")


def pack_parameters(
    price_rule: int,
    leftover_rule: int,
    refund_wait: int,
    collect_wait: int,
    weight_or_cost: int,
    step: int,
    safeguards: int = 0,
    head_start: int = 0,
) -> bytes:
    """The 39 bytes that `PoolFactory.createPool` takes as `incentive`.

    Raises:
        RuleViolation: see `validate_parameters`.
    """
    validate_parameters(
        price_rule, leftover_rule, refund_wait, collect_wait, weight_or_cost, step, safeguards, head_start
    )
    widths = (
        (price_rule, 1),
        (leftover_rule, 1),
        (safeguards, 1),
        (refund_wait, 4),
        (head_start, 4),
        (collect_wait, 4),
        (weight_or_cost, 12),
        (step, 12),
    )
    return b"".join(value.to_bytes(width, "big") for value, width in widths)


def unpack_parameters(packed: bytes) -> Parameters:
    """The parameters out of `pack_parameters`; whether they are in range is not looked at."""
    places = ((0, 1), (1, 2), (3, 7), (11, 15), (15, 27), (27, 39), (2, 3), (7, 11))
    return Parameters(*(int.from_bytes(packed[start:end], "big") for start, end in places))
