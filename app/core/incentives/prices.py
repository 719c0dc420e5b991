"""Price rules: what a contribution costs, by the seconds since the last accepted one.

A new rule is a function and an entry in `PRICES` here, beside its branch in `SelfAssessment.sol`. It has one or two
amounts of its own, which pools keep in the same two numbers whatever the rule.
"""

from collections.abc import Callable
from dataclasses import dataclass

from earnest.core.compilable import compilable
from earnest.core.dispatch import dispatched
from earnest.core.incentives.ledger import MAX_AMOUNT
from earnest.core.parameters import Parameter

#: No price stays above this, which nobody could pay: a billion coins of 18 decimals, ten times all ether.
MAX_LOWEST_PRICE = 2**90
#: The decaying price starts from this many times the weight.
WEIGHT_FACTOR = 60


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
def decaying(weight: int, step: int, elapsed: int) -> int:
    """max(step, floor(weight * 60 / isqrt(elapsed) / step) * step): at least a step, a multiple of it."""
    steps = weight * WEIGHT_FACTOR // isqrt(elapsed) // step
    return step if steps == 0 else steps * step


@compilable
def fixed(cost: int, none: int, elapsed: int) -> int:
    """The submission cost, whenever."""
    return cost


@dataclass(frozen=True)
class PriceRule:
    """How a price is made.

    Attributes:
        name: of the rule.
        words: the rule in one sentence.
        parameters: its amounts, one or two.
        price: compilable, of the two amounts (the second 0 where there is one) and the elapsed seconds, at least 1.
        highest: the most that it ever answers or has in between, of the two amounts.
    """

    name: str
    words: str
    parameters: tuple[Parameter, ...]
    price: Callable[[int, int, int], int]
    highest: Callable[[int, int], int]


#: In the order of the numbers that the contract knows them by.
PRICES = (
    PriceRule(
        "decaying",
        "max(step, floor(weight * 60 / isqrt(elapsed) / step) * step).",
        (
            Parameter(
                "weight", "amount", "weight of the decaying price", 1, MAX_AMOUNT // WEIGHT_FACTOR, default=1,
                money=True, only_with=("price", "decaying"),
            ),
            Parameter(
                "step", "amount", "step of the decaying price, which is a multiple of it", 1, MAX_LOWEST_PRICE,
                default=1,
                money=True, only_with=("price", "decaying"),
            ),
        ),
        decaying,
        lambda weight, step: max(weight * WEIGHT_FACTOR, step),
    ),
    PriceRule(
        "fixed",
        "Every contribution costs the same.",
        (
            Parameter(
                "cost", "amount", "the fixed price, which is the submission cost", 1, MAX_LOWEST_PRICE, default=1,
                money=True,
                label="submission cost",
                only_with=("price", "fixed"),
            ),
        ),
        fixed,
        lambda cost, none: cost,
    ),
)  # fmt: skip

#: Which of them a pool has.
PRICE = Parameter(
    "price", "choice", "the price rule", default="decaying", choices=tuple(rule.name for rule in PRICES), money=True
)

#: Price of a contribution, at least 1 wei: `price_of(rule, first amount, second amount, elapsed)`.
price_of = dispatched("price_of", "first, second, elapsed", [rule.price for rule in PRICES])


def amounts_named(place: int) -> tuple[str, ...]:
    """Parameters of all rules that a pool keeps as its first (0) or its second (1) amount."""
    return tuple(rule.parameters[place].name for rule in PRICES if place < len(rule.parameters))
