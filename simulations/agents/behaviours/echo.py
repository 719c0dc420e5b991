"""An agent that knows nothing but the model."""

from earnest.simulations.agents.behaviour import View, behaviour


@behaviour(
    words="labels what the model says already, without a look at the sample",
    source="uninformative agreement with what scores one, Shnayder, Agarwal, Frongillo & Parkes 2016",
    harms=True,
    asks=("predicted",),
)
def echo(view: View) -> int:
    """Give the model's own label."""
    return view.predicted
