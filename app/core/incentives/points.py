"""Twin of `Points.sol`: no money, standing only.

Contributing is free, a refund gives a point (the verified count), a report by a verified account closes a contribution
that the model contradicts, and anyone may clear away what nobody claimed.
"""

from typing import Any

from earnest.core.compilable import compilable
from earnest.core.incentives.base import Incentive, Kernels, Slot, Terms, Words
from earnest.core.incentives.windows import (
    COLLECT_WAIT,
    HEAD_START,
    REFUND_WAIT,
    SAFEGUARDS,
    require_order,
    windows,
)

# places among a pool's numbers
_REFUND_WAIT, _COLLECT_WAIT, _SAFEGUARDS, _HEAD_START = range(4)


@compilable
def price_rounded_down(p: Any, elapsed: int) -> int:
    """Nothing."""
    return 0


@compilable
def share_rounded_down(p: Any, deposit: int, left: int, verified: int, total_verified: int) -> int:
    """All that is left, which is nothing: one report closes a contribution."""
    return left


@compilable
def burns_leftover(p: Any) -> bool:
    """Nothing is left over, and nobody gets it."""
    return True


def _check(terms: Terms) -> None:
    require_order(terms["refund_wait"], terms["collect_wait"], terms["head_start"], terms["safeguards"])


POINTS = Incentive(
    name="points",
    version=1,
    kernels=Kernels(
        price_rounded_down=price_rounded_down,
        share_rounded_down=share_rounded_down,
        burns_leftover=burns_leftover,
        **windows(_REFUND_WAIT, _COLLECT_WAIT, _SAFEGUARDS, _HEAD_START)._asdict(),
    ),
    parameters=(REFUND_WAIT, HEAD_START, COLLECT_WAIT, SAFEGUARDS),
    slots=(
        Slot("refund_wait", 3, 4),
        Slot("collect_wait", 11, 4),
        Slot("safeguards", 2, 1),
        Slot("head_start", 7, 4),
    ),
    length=39,
    words=Words(
        title="Points",
        sentence="Nobody pays: a refund gives standing, and one report closes a contribution.",
        brief="a refund gives standing, and one report closes a contribution",
        rules=(
            "Contributing is free.",
            "While the window is open, a refund raises its author's standing by one if the model agrees with the label "
            "then.",
            "While the window is open, anybody else with standing can close the contribution by a report if the model "
            "disagrees with the label then.",
            "After the window anyone may clear away what nobody claimed.",
        ),
        risks=(
            "Samples that agree with the model bring standing whatever else they teach: rare words in samples of a "
            "class come to stand for it, and accuracy stays. No standing sees such a backdoor; the scans look for it.",
            "Nothing is at stake: whoever likes can send wrong labels, from as many addresses as it likes.",
            "Samples that the model knows already bring standing for the cost of gas.",
        ),
        agrees="your standing should rise by one if it still agrees then",
        disagrees="it brings no standing, and others can close it",
        late=lambda terms: (
            f"What is not claimed within {terms['collect_wait']} s brings no standing, even if the label is right."
        ),
        leftover=lambda terms: "anyone may clear away what nobody claimed",
        note="contributing is free and brings standing, no money",
    ),
    moves_money=False,
    check=_check,
    contract="Points",
)
