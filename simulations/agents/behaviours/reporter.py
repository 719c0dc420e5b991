"""An agent that lets others do the work."""

from earnest.simulations.agents.behaviour import ABSTAIN, MISTAKE_RATE, View, as_meant, behaviour


@behaviour(
    words="contributes until one refund gives it standing, then lives off reports",
    source="free riding, Feldman & Chuang 2005",
    harms=False,
    knobs=(MISTAKE_RATE,),
)
def reporter(view: View, mistake_rate: float) -> int:
    """Give the true label until the first refund."""
    return as_meant(view.label, view, mistake_rate) if view.verified == 0 else ABSTAIN
