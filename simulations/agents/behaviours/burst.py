"""An agent that does everything at once."""

from earnest.core.parameters import Parameter
from earnest.simulations.agents.behaviour import ABSTAIN, ANY_PRICE, MISTAKE_RATE, View, as_meant, behaviour, flipped

BURST_SIZE = Parameter(
    "burst_size", "whole", "flips that a burst hands in within one second", low=1, high=32, default=8
)


@behaviour(
    words="flips as many at once as others do one by one, at whatever price",
    source="bursts of fake reviews, Fei, Mukherjee, Liu, Hsu, Castellanos & Ghosh 2013",
    harms=True,
    knobs=(MISTAKE_RATE, BURST_SIZE),
    steps=32,
)
def burst(view: View, mistake_rate: float, burst_size: int) -> int:
    """At one wake of so many, that many flips; at the others nothing."""
    if view.step >= burst_size or view.mood * burst_size >= 1:
        return ABSTAIN
    return ANY_PRICE + as_meant(flipped(view.label, view), view, mistake_rate)
