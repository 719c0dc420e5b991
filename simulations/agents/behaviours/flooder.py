"""An agent that does no work of its own."""

from earnest.simulations.agents.behaviour import COPY, MISTAKE_RATE, View, as_meant, behaviour


@behaviour(
    words="hands in again what the pool has just learned, to be refunded",
    source="the copying peer of Dasgupta & Ghosh 2013",
    harms=True,
    copies=True,
    knobs=(MISTAKE_RATE,),
)
def flooder(view: View, mistake_rate: float) -> int:
    """Hand in the last contribution again."""
    return as_meant(view.label, view, mistake_rate) if view.last_label < 0 else COPY + view.last_label
