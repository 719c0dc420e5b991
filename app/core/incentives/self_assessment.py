"""Twin of `SelfAssessment.sol`.

Deposit, Refund, Take with self-assessment (Harris & Waggoner 2019; Ding & Hu, arXiv 2209.05017). Solidity is the
authority; the agreement tests hold this file to it.
"""

from typing import Any

from earnest.core.compilable import compilable
from earnest.core.durations import duration
from earnest.core.incentives.base import Incentive, Kernels, Outcome, Slot, Terms, Words
from earnest.core.incentives.prices import PRICE, PRICES, amounts_named, price_of
from earnest.core.incentives.windows import (
    COLLECT_WAIT,
    HEAD_START,
    REFUND_WAIT,
    SAFEGUARDS,
    require_order,
    windows,
)
from earnest.core.parameters import Parameter

PRICE_DECAYING, PRICE_FIXED = range(2)
LEFTOVER_BURN, LEFTOVER_ANYONE = range(2)

LEFTOVER = Parameter(
    "leftover", "choice", "what becomes of what is left after the windows", default="burn", choices=("burn", "anyone"),
    money=True, label="rule for leftovers",
)  # fmt: skip

# places among a pool's numbers
_PRICE_RULE, _LEFTOVER_RULE, _REFUND_WAIT, _COLLECT_WAIT, _WEIGHT_OR_COST, _STEP, _SAFEGUARDS, _HEAD_START = range(8)


@compilable
def price_rounded_down(p: Any, elapsed: int) -> int:
    """By the pool's price rule; at least 1 wei."""
    price: int = price_of(p[_PRICE_RULE], p[_WEIGHT_OR_COST], p[_STEP], elapsed)
    return price


@compilable
def share_rounded_down(p: Any, deposit: int, left: int, verified: int, total_verified: int) -> int:
    """What a report pays of `left`: floor(deposit * verified / all verified); all that is left if that is 0 or more."""
    share = deposit * verified // total_verified
    return left if share == 0 or share > left else share


@compilable
def burns_leftover(p: Any) -> bool:
    """By the pool's leftover rule."""
    burns: bool = p[_LEFTOVER_RULE] == LEFTOVER_BURN
    return burns


def _check(terms: Terms) -> None:
    require_order(terms["refund_wait"], terms["collect_wait"], terms["head_start"], terms["safeguards"])


def _products(terms: Terms, contributions: int) -> dict[tuple[str, ...], int]:
    """A share is deposit * verified, and nobody is verified more often than there are contributions."""
    rule = PRICES[terms["price_rule"]]
    highest = rule.highest(terms["weight_or_cost"], terms["step"])
    return {tuple(one.name for one in rule.parameters): highest * contributions}


def _late(terms: Terms) -> str:
    end = "is burned" if terms.burns_leftover else "goes to whoever collects it first"
    return f"A deposit that is not refunded within {duration(terms['collect_wait'])} {end}, even if the label is right."


def _leftover(terms: Terms) -> str:
    return "what is left is burned" if terms.burns_leftover else "what is left goes to whoever collects it"


SELF_ASSESSMENT = Incentive(
    name="self-assessment",
    version=1,
    kernels=Kernels(
        price_rounded_down=price_rounded_down,
        share_rounded_down=share_rounded_down,
        burns_leftover=burns_leftover,
        **windows(_REFUND_WAIT, _COLLECT_WAIT, _SAFEGUARDS, _HEAD_START)._asdict(),
    ),
    parameters=(
        PRICE,
        *(one for rule in PRICES for one in rule.parameters),
        REFUND_WAIT,
        HEAD_START,
        COLLECT_WAIT,
        LEFTOVER,
        SAFEGUARDS,
    ),
    slots=(
        Slot("price_rule", 0, 1, ("price",)),
        Slot("leftover_rule", 1, 1, ("leftover",)),
        Slot("refund_wait", 3, 4),
        Slot("collect_wait", 11, 4),
        Slot("weight_or_cost", 15, 12, amounts_named(0)),
        Slot("step", 27, 12, amounts_named(1)),
        Slot("safeguards", 2, 1),
        Slot("head_start", 7, 4),
    ),
    length=39,
    words=Words(
        title="Self-assessment",
        sentence=(
            "Deposit, refund, take: the model, as later contributions trained it, decides whether a deposit goes back "
            "to its author or to those who report it."
        ),
        brief="a deposit goes back to its author or to those who report it, as the model then decides",
        rules=(
            "A contribution costs a deposit.",
            "While the refund window is open, its author gets all that is left of it back if the model agrees with the "
            "label then.",
            "While the window is open, others with a refunded contribution of their own can report it if the model "
            "disagrees with the label then; each takes a share of the deposit that grows with its refunds, once.",
            "What is left after the window is burned, or goes to whoever collects it, as the pool says.",
        ),
        risks=(
            "Samples that agree with the model are refunded whatever else they teach: rare words in samples of a class "
            "come to stand for it, and accuracy stays. No deposit sees such a backdoor; the scans look for it.",
            "Whoever pays to turn the model can take deposits of right labels while it is turned, and have wrong ones "
            "refunded: the judge is the model as it is when somebody claims.",
            "Without safeguards one transaction does that and nobody sees it: measured, 141 of 210 honest deposits "
            "taken by 90 contributions that turned the model and 90 that turned it back; all 180 came back.",
            "With all safeguards it takes turning the model for longer than a block: measured, 45 of 55 deposits while "
            "nobody contributed against it. A refund in the head start comes before any report.",
            "A contribution in each block keeps all claims of a guarded pool closed for as long as somebody pays for "
            "it: about 20 million gas an hour at 12 s a block. Who does so for the whole head start, and then turns "
            "the model between two blocks, takes deposits of authors who asked in every block.",
            "An owner that never ends a pause keeps deposits of others where they are, though it gets none of them.",
            "A sample's size is not priced: 40 contributions of 914 words took a model of 1,000 words from an accuracy "
            "of .789 to .567. New pools bound the size, which makes that dearer and does not end it.",
            "Samples that the model knows already are refunded and bring standing for the cost of gas; with standing, "
            "a bad contributor reports itself from a second address.",
            "A good contribution that its author forgets to refund in time is lost.",
            "A right label that the model does not learn to agree with in time is lost too.",
        ),
        agrees="the deposit should come back if it still agrees then",
        disagrees="others can take the deposit",
        late=_late,
        leftover=_leftover,
        outcomes=(
            Outcome("It comes back", "You ask while its window is open, and the model agrees then.", True, "refunded"),
            Outcome("It goes to others", "The model comes to disagree, and others report it in time.", False, "taken"),
            Outcome("Nobody claims it", "The model disagrees until the window is over.", False, "collected"),
            Outcome("You forget", "You do not ask in time: it is lost, whatever the model says.", False, None),
        ),
    ),
    moves_money=True,
    check=_check,
    products=_products,
    contract="SelfAssessed",
    gas={
        "agrees": "real review: contribute, agrees, mean of 20",
        "disagrees": "real review: contribute, disagrees, mean of 20",
        "refund": "real review: refund, mean of 20",
        # measured on a larger sample: an upper bound for reviews
        "report": "130 features: report, share",
        "burn": "collect, burn",
        "anyone": "collect, anyone",
    },
)
