"""An honest agent that comes late, contributes a few samples and goes."""

from earnest.core.parameters import Parameter
from earnest.simulations.agents.behaviour import ABSTAIN, BLIND, MISTAKE_RATE, View, as_meant, behaviour, by_the_quote

CONTRIBUTES = Parameter(
    "contributes",
    "whole",
    "contributions after which a newcomer makes no more",
    low=1,
    high=10**6,
    default=23,
)
ARRIVES_EVERY = Parameter(
    "arrives_every",
    "whole",
    "newcomers of a group come one after the other, so far apart",
    low=0,
    high=10**6,
    unit="s",
    default=0,
)


@behaviour(
    words="comes when its turn is, labels a few samples rightly, and makes no more",
    source="members that come, contribute once and stay away, Panciera, Halfaker & Terveen 2009",
    harms=False,
    knobs=(MISTAKE_RATE, BLIND, CONTRIBUTES, ARRIVES_EVERY),
)
def newcomer(view: View, mistake_rate: float, blind: int, contributes: int, arrives_every: int) -> int:
    """Give the true label, from its arrival until it has contributed enough."""
    if view.accepted >= contributes or view.now < view.number * arrives_every:
        return ABSTAIN
    return by_the_quote(as_meant(view.label, view, mistake_rate), view, blind)
