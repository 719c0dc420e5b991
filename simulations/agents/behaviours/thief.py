"""An agent that makes others' good contributions look bad.

Found open in the published contract's code; ruled out in its time-outs (Harris & Waggoner 2019).
"""

from earnest.simulations.agents.behaviour import COPY, MISTAKE_RATE, View, as_meant, behaviour, flipped


@behaviour(
    words="earns standing, then teaches the model another label than others gave it, to report them",
    source="untruthful reports on a peer that cannot defend itself, Jurca & Faltings 2009 on collusion in feedback",
    harms=True,
    copies=True,
    knobs=(MISTAKE_RATE,),
)
def thief(view: View, mistake_rate: float) -> int:
    """Hand in the others' last sample again, under another label, once there is standing."""
    if view.verified == 0 or view.last_label < 0 or view.last_is_own:
        return as_meant(view.label, view, mistake_rate)
    return COPY + flipped(view.last_label, view)
