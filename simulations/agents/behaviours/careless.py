"""An agent that is no help and means no harm."""

from earnest.simulations.agents.behaviour import BLIND, MISTAKE_RATE, View, as_meant, behaviour, by_the_quote


@behaviour(
    words="means well and errs at its mistake rate, whatever the model does",
    source="classification noise, Angluin & Laird 1988",
    harms=False,
    knobs=(MISTAKE_RATE, BLIND),
)
def careless(view: View, mistake_rate: float, blind: int) -> int:
    """Give the true label, or by mistake another."""
    return by_the_quote(as_meant(view.label, view, mistake_rate), view, blind)
