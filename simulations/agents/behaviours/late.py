"""An agent that strikes when nobody is left to make it good."""

from earnest.core.parameters import Parameter
from earnest.simulations.agents.behaviour import ABSTAIN, MISTAKE_RATE, View, as_meant, behaviour, flipped

LATENESS = Parameter(
    "lateness", "real", "part of the samples after which a late agent begins", low=0, high=1, default=0.9
)


@behaviour(
    words="waits until the samples are nearly used up, then flips five in a row at each wake",
    source="sniping at the end of auctions, Roth & Ockenfels 2002",
    harms=True,
    knobs=(MISTAKE_RATE, LATENESS),
    steps=5,
)
def late(view: View, mistake_rate: float, lateness: float) -> int:
    """Give nothing at first, and the class after the true one at the end."""
    return as_meant(flipped(view.label, view), view, mistake_rate) if view.progress >= lateness else ABSTAIN
