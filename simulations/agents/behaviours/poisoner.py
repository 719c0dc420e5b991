"""An agent that knows data and weights, and makes its samples itself."""

from earnest.core.parameters import Parameter
from earnest.simulations.agents.behaviour import ABSTAIN, POISON, View, behaviour

EARNS_FIRST = Parameter(
    "earns_first",
    "whole",
    "1: labels rightly until a sealed judge would take a disagreement for its standing, and poisons then; 0: at once",
    low=0,
    high=1,
    default=0,
)


@behaviour(
    words="knows the weights, and hands in crafted samples under wrong labels, those first that soon come back",
    source="poisoning with full knowledge, Biggio, Nelson & Laskov 2012",
    harms=True,
    copies=True,
    asks=("poison",),
    knobs=(EARNS_FIRST,),
)
def poisoner(view: View, earns_first: int) -> int:
    """Give the wrong label of the crafted sample that the model resists least."""
    if earns_first == 1 and not view.trusted:
        return view.label
    return POISON + view.poison if view.poison >= 0 else ABSTAIN
