"""An agent that reads the mempool."""

from earnest.simulations.agents.behaviour import ABSTAIN, View, behaviour


@behaviour(
    words="hands in first what it sees another one about to hand in",
    source="front-running by displacement, Eskandari, Moosavi & Clark 2019",
    harms=True,
    asks=("pending",),
)
def copycat(view: View) -> int:
    """Give the label that the next one in the queue would have given; without one, nothing."""
    return view.pending if view.pending >= 0 else ABSTAIN
