"""An agent that does not look at the sample."""

from earnest.simulations.agents.behaviour import View, behaviour


@behaviour(
    words="gives labels by chance, each class as likely",
    source="the crowd-sourcing spammer of Raykar & Yu 2012",
    harms=True,
)
def random(view: View) -> int:
    """Give any label."""
    return view.classes - 1 - int(view.luck * view.classes)
