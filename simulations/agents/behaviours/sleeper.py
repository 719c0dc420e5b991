"""An agent that waits until it is trusted."""

from earnest.core.parameters import Parameter
from earnest.simulations.agents.behaviour import MISTAKE_RATE, View, as_meant, behaviour, flipped

PATIENCE = Parameter(
    "patience", "whole", "refunds after which a sleeper turns", low=0, high=10**9, unit="refunds", default=10
)


@behaviour(
    words="is honest until it is trusted, then flips",
    source="the on-off attack on reputation, Sun, Han, Yu & Liu 2006",
    harms=True,
    knobs=(MISTAKE_RATE, PATIENCE),
)
def sleeper(view: View, mistake_rate: float, patience: int) -> int:
    """Give the true label up to so many refunds, then the class after it."""
    meant = flipped(view.label, view) if view.verified >= patience else view.label
    return as_meant(meant, view, mistake_rate)
