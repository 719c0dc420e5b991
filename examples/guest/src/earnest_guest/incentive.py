"""Half of a bad deposit at most goes to reporters; the rest is burned. It has no contract."""

from typing import Any

from earnest import Incentive, Parameter
from earnest.core.compilable import compilable
from earnest.core.incentives.base import Kernels, Slot, Terms, Words
from earnest.core.incentives.ledger import MAX_AMOUNT
from earnest.core.incentives.windows import (
    COLLECT_WAIT,
    HEAD_START,
    REFUND_WAIT,
    SAFEGUARDS,
    require_order,
    windows,
)

FEE = Parameter("fee", "amount", "what each contribution costs", 1, MAX_AMOUNT, default=10, money=True)

# places among a pool's numbers
_FEE, _REFUND_WAIT, _COLLECT_WAIT, _SAFEGUARDS, _HEAD_START = range(5)


@compilable
def price_rounded_down(p: Any, elapsed: int) -> int:
    """The fee, whenever."""
    fee: int = p[_FEE]
    return fee


@compilable
def share_rounded_down(p: Any, deposit: int, left: int, verified: int, total_verified: int) -> int:
    """The reporter's part of half the deposit; what is left once that is 0 or more, so that a report always closes."""
    share = deposit // 2 * verified // total_verified
    return left if share == 0 or share > left else share


@compilable
def burns_leftover(p: Any) -> bool:
    """Nobody gains by waiting."""
    return True


def _check(terms: Terms) -> None:
    require_order(terms["refund_wait"], terms["collect_wait"], terms["head_start"], terms["safeguards"])


def _products(terms: Terms, contributions: int) -> dict[tuple[str, ...], int]:
    return {("fee",): terms["fee"] * contributions}


HALF_BACK = Incentive(
    name="half-back",
    version=1,
    kernels=Kernels(
        price_rounded_down=price_rounded_down,
        share_rounded_down=share_rounded_down,
        burns_leftover=burns_leftover,
        **windows(_REFUND_WAIT, _COLLECT_WAIT, _SAFEGUARDS, _HEAD_START)._asdict(),
    ),
    parameters=(FEE, REFUND_WAIT, HEAD_START, COLLECT_WAIT, SAFEGUARDS),
    slots=(
        Slot("fee", 0, 12),
        Slot("refund_wait", 12, 4),
        Slot("collect_wait", 16, 4),
        Slot("safeguards", 20, 1),
        Slot("head_start", 21, 4),
    ),
    length=25,
    words=Words(
        title="Half back",
        sentence="Deposit, refund, take, where reporters share half of a bad deposit and the other half is burned.",
        brief="a deposit goes back to its author, or half of it to those who report it",
        rules=(
            "Every contribution costs the same fee, which is its deposit.",
            "While the window is open, the author has it back if the model agrees with the label then.",
            "While the model disagrees, verified others share half of it.",
            "What is left after the window is burned.",
        ),
        risks=("The judge is the model as it is when it is asked: whoever turns it for a moment can take.",),
        agrees="the deposit should come back if it still agrees then",
        disagrees="the deposit is lost, half of it to those who report it",
        late=lambda terms: f"A deposit that is not refunded within {terms['collect_wait']} s is burned.",
        leftover=lambda terms: "what is left is burned",
    ),
    moves_money=True,
    check=_check,
    products=_products,
)
