"""Agents that are one person."""

from earnest.simulations.agents.behaviour import MISTAKE_RATE, View, as_meant, behaviour, flipped


@behaviour(
    words="is one person as many: even members earn standing, odd ones flip, none reports another",
    source="the Sybil attack, Douceur 2002",
    harms=True,
    allied=True,
    knobs=(MISTAKE_RATE,),
)
def sybil(view: View, mistake_rate: float) -> int:
    """Give the true label as an even member, and the class after it as an odd one."""
    return as_meant(flipped(view.label, view) if view.number % 2 == 1 else view.label, view, mistake_rate)
