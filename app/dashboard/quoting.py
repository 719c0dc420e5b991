"""What a quote shows: outcomes as often as they were, and how an account's money changes."""

from collections.abc import Sequence
from dataclasses import dataclass

from earnest.core.incentives.base import Terms
from earnest.dashboard.charts import interval
from earnest.pools.overview import OverviewService
from earnest.pools.schemas import PoolShown, Quote
from earnest.wallet.covering import Covering
from earnest.wallet.schemas import PreparedShown

#: By which colour an outcome is known.
_TONES = {"refunded": "refunded", "taken": "shared", "collected": "burned", None: "waiting"}


@dataclass(frozen=True)
class OutcomeShown:
    """An outcome, and how often it came.

    Attributes:
        tone: its colour's name.
        name: in two or three words.
        when: a sentence.
        keeps: whether the deposit comes back.
        often: such as "88 of 100"; None where it was never counted, or is up to the author.
        between: the 95 % interval of that.
    """

    tone: str
    name: str
    when: str
    keeps: bool
    often: str | None
    between: str | None


@dataclass(frozen=True)
class Expected:
    """What a contribution can expect.

    Attributes:
        outcomes: the best first.
        cases: how many earlier contributions were counted.
        loses: whether a loss was more likely than not.
    """

    outcomes: Sequence[OutcomeShown]
    cases: int
    loses: bool


def expected(overviews: OverviewService, which: str, terms: Terms, quote: Quote) -> Expected:
    """Out of the pool's own history: contributions that the model agreed with when they came, or did not, as now."""
    fates = overviews.fates(which, agrees=quote.agrees)
    cases = sum(fates.values())
    shown, lost = [], 0
    for one in terms.incentive.words.outcomes:
        count = fates[one.status] if one.status is not None else 0
        lost += 0 if one.keeps or one.status is None else count
        low, high = interval(count, cases)
        counted = one.status is not None and cases > 0
        shown.append(
            OutcomeShown(
                tone=_TONES.get(one.status, "burned"),
                name=one.name,
                when=one.when,
                keeps=one.keeps,
                often=f"{100 * count / cases:.0f} of 100" if counted else None,
                between=f"{100 * max(0, low):.0f} to {100 * min(1, high):.0f}" if counted else None,
            )
        )
    return Expected(shown, cases, 2 * lost > cases)


@dataclass(frozen=True)
class Line:
    """A line of an account's money, in wei, or in the smallest unit of the pool's token."""

    name: str
    before: int
    change: int

    @property
    def after(self) -> int:
        """What is there then."""
        return self.before + self.change


@dataclass(frozen=True)
class Balance:
    """An account's money before and after, line by line; the sum changes by the fee at most, and not in a token.

    Attributes:
        lines: wallet, credit in the pool, open deposits in the pool.
        fee: the most that gas costs, in wei.
        gas: how much of it at most.
        lacks_coins: what is missing for the fee where the deposit is paid in a token, in wei; 0 for nothing.
    """

    lines: Sequence[Line]
    fee: int
    gas: int
    lacks_coins: int = 0

    @property
    def total(self) -> Line:
        """All lines together."""
        return Line("Sum", sum(line.before for line in self.lines), sum(line.change for line in self.lines))

    @property
    def lacks(self) -> int:
        """What the wallet lacks for it, in the lines' unit; 0 for nothing."""
        return max(0, -self.lines[0].after)

    @property
    def is_possible(self) -> bool:
        """Whether the wallet has enough, of the deposit's unit and of coins."""
        return not self.lacks and not self.lacks_coins


def balance_of(
    prepared: PreparedShown, open_now: int, deposit: int, covering: Covering | None = None, *, relayed: bool = False
) -> Balance:
    """What a prepared contribution changes.

    Args:
        prepared: the transaction.
        open_now: the account's open deposits in the pool before.
        deposit: what is added to them.
        covering: what the pool has to be let take before, by a transaction that costs gas too.
        relayed: whether the service sends it all, and pays the gas.
    """
    gas, fee = (0, 0) if relayed else (prepared.gas, prepared.gas_cost_most)
    if covering is not None and not relayed:
        gas, fee = gas + covering.gas, fee + covering.gas_cost_most
    in_token = prepared.token is not None
    return Balance(
        lines=(
            Line("Wallet", prepared.balance, prepared.balance_change - (0 if in_token else fee)),
            Line("Credit in this pool", prepared.credit, prepared.credit_change),
            Line("Open deposits here", open_now, deposit),
        ),
        fee=fee,
        gas=gas,
        lacks_coins=max(0, fee - prepared.coins) if in_token else 0,
    )


def not_before(pool: PoolShown, epoch: int) -> int | None:
    """First second in which a pool can be at an epoch, if each seal comes as soon as it may; None if it is there."""
    sealed = pool.sealed
    if sealed is None or epoch <= sealed.epoch:
        return None
    return sealed.next_seal_from + (epoch - sealed.epoch - 1) * int(pool.rules["epoch_length"])
