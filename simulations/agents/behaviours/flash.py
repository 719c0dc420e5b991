"""An agent that turns the model, takes, and turns it back before anybody looks."""

from earnest.core.parameters import Parameter
from earnest.simulations.agents.behaviour import ABSTAIN, ANY_PRICE, CLAIM, PREY, View, behaviour, flipped

BLOWS = Parameter(
    "blows", "whole", "contributions in which a flash turns the model at most, and turns it back", low=1, high=4,
    default=3,
)  # fmt: skip


@behaviour(
    words="turns the model against an open contribution, takes its deposit and turns the model back, in one second",
    source="attacks within one transaction, Qin, Zhou, Livshits & Gervais 2021",
    harms=True,
    copies=True,
    knobs=(BLOWS,),
    asks=("prey",),
    steps=9,
)
def flash(view: View, blows: int) -> int:
    """Earn standing first; then, where there is prey, teach its sample wrong, claim, and teach it right."""
    if view.verified == 0:
        return view.label if view.step == 0 else ABSTAIN
    if view.prey < 0 or view.step > 2 * blows:
        return ABSTAIN
    if view.step <= blows and view.is_turned:
        return CLAIM
    if view.step < blows:
        return ANY_PRICE + PREY + flipped(view.prey, view)
    return ANY_PRICE + PREY + view.prey if view.is_turned else ABSTAIN
