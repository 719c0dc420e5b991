"""An agent that pays for its damage in good deeds."""

from earnest.core.parameters import Parameter
from earnest.simulations.agents.behaviour import MISTAKE_RATE, View, as_meant, behaviour, flipped

TRUST_SPENT = Parameter(
    "trust_spent",
    "whole",
    "refunds, and right contributions of its own, that a camouflage spends on each flip",
    low=1,
    high=10**6,
    unit="refunds",
    default=3,
)


@behaviour(
    words="is honest until it has standing to spend, and spends it on a flip",
    source="oscillation between building and milking reputation, Srivatsa, Xiong & Liu 2005",
    harms=True,
    knobs=(MISTAKE_RATE, TRUST_SPENT),
)
def camouflage(view: View, mistake_rate: float, trust_spent: int) -> int:
    """Give the class after the true one where what it costs was earned, and the true label otherwise.

    Where standing never falls, what was spent already is told by the flips so far.
    """
    right = view.accepted - view.wrong
    # divided, since the product of two such counts may not fit
    earned = view.verified >= trust_spent and right // trust_spent > view.wrong
    return as_meant(flipped(view.label, view) if earned else view.label, view, mistake_rate)
