"""An agent that knows data and weights, and makes its samples itself."""

from earnest.simulations.agents.behaviour import ABSTAIN, POISON, View, behaviour


@behaviour(
    words="knows the weights, and hands in crafted samples under wrong labels, those first that soon come back",
    source="poisoning with full knowledge, Biggio, Nelson & Laskov 2012",
    harms=True,
    copies=True,
    asks=("poison",),
)
def poisoner(view: View) -> int:
    """Give the wrong label of the crafted sample that the model resists least."""
    return POISON + view.poison if view.poison >= 0 else ABSTAIN
