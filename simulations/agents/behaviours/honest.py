"""The agent that the published study calls good."""

from earnest.core.parameters import Parameter
from earnest.simulations.agents.behaviour import ABSTAIN, BLIND, MISTAKE_RATE, View, as_meant, behaviour, by_the_quote

CONFIDENCE_MARGIN = Parameter(
    "confidence_margin",
    "real",
    "an honest agent contributes with chance accuracy + confidence_margin",
    low=-1,
    high=1,
    default=0.15,
)


@behaviour(
    words="works while the model does well, with rare mistakes",
    source='the "good" agent of Harris & Waggoner 2019',
    harms=False,
    knobs=(MISTAKE_RATE, CONFIDENCE_MARGIN, BLIND),
)
def honest(view: View, mistake_rate: float, confidence_margin: float, blind: int) -> int:
    """Give the true label, as often as the model is right and a margin more."""
    if view.mood >= view.accuracy + confidence_margin:
        return ABSTAIN
    return by_the_quote(as_meant(view.label, view, mistake_rate), view, blind)
