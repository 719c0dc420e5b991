"""The agent that the published study calls bad."""

from earnest.simulations.agents.behaviour import MISTAKE_RATE, View, as_meant, behaviour, flipped


@behaviour(
    words="flips every label",
    source='the "bad" agent of Harris & Waggoner 2019; label flips of Biggio, Nelson & Laskov 2011',
    harms=True,
    knobs=(MISTAKE_RATE,),
)
def flipper(view: View, mistake_rate: float) -> int:
    """Give the class after the true one, or by mistake another."""
    return as_meant(flipped(view.label, view), view, mistake_rate)
