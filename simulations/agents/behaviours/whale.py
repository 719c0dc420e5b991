"""An agent to whom money is no object."""

from earnest.core.parameters import Parameter
from earnest.simulations.agents.behaviour import ABSTAIN, ANY_PRICE, MISTAKE_RATE, View, as_meant, behaviour, flipped

BOUGHT = Parameter(
    "bought", "whole", "flips that a whale buys at a wake, as far as its money goes", low=1, high=16, default=4
)


@behaviour(
    words="buys flips at whatever they cost, several at a wake, as long as its money lasts",
    source="influence that is bought and not built, Bonneau 2016",
    harms=True,
    knobs=(MISTAKE_RATE, BOUGHT),
    steps=16,
)
def whale(view: View, mistake_rate: float, bought: int) -> int:
    """Give the class after the true one, and offer all there is."""
    if view.step >= bought:
        return ABSTAIN
    return ANY_PRICE + as_meant(flipped(view.label, view), view, mistake_rate)
