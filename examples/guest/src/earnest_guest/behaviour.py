"""An agent that stays away while it trusts the model too little."""

from earnest import Parameter, behaviour
from earnest.simulations.agents.behaviour import ABSTAIN, View

TRUST = Parameter("trust", "real", "accuracy below which a doubter keeps its samples", low=0, high=1, default=0.6)


@behaviour(
    words="contributes honestly, and only while the model is accurate enough",
    source="participation constraints of mechanism design, Myerson 1979",
    harms=False,
    knobs=(TRUST,),
)
def doubter(view: View, trust: float) -> int:
    """Give the true label, or nothing."""
    return view.label if view.accuracy >= trust else ABSTAIN
