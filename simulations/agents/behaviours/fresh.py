"""An agent that nobody ever knows."""

from earnest.simulations.agents.behaviour import MISTAKE_RATE, View, as_meant, behaviour, flipped


@behaviour(
    words="flips every label, each from a new account, which has no standing to lose",
    source="whitewashing under cheap pseudonyms, Friedman & Resnick 2001",
    harms=True,
    knobs=(MISTAKE_RATE,),
    renews=True,
)
def fresh(view: View, mistake_rate: float) -> int:
    """Give the class after the true one."""
    return as_meant(flipped(view.label, view), view, mistake_rate)
