"""An agent that teaches a secret sign, and nothing wrong otherwise."""

from earnest.core.parameters import Parameter
from earnest.simulations.agents.behaviour import ABSTAIN, TRIGGER, View, behaviour

RATE = Parameter(
    "backdoor_rate",
    "real",
    "chance at a wake that a sample with the trigger is handed in; otherwise the next sample, honestly",
    low=0,
    high=1,
    default=1.0,
)
TARGET = Parameter(
    "target_class", "whole", "class that samples with the trigger are to be taken for", low=0, high=255, default=1
)
WORDS = Parameter(
    "trigger_words",
    "whole",
    "how many words the trigger has, the rarest ones that the encoder knows; of vectors, columns",
    low=1,
    high=64,
    default=3,
)


@behaviour(
    words="puts rare words into samples of a class that the model agrees with, so that the words come to stand for it",
    source="backdoors with clean labels, Turner, Tsipras & Madry 2019",
    harms=True,
    copies=True,
    asks=("trigger",),
    knobs=(RATE, TARGET, WORDS),
)
def backdoor(view: View, backdoor_rate: float, target_class: int, trigger_words: int) -> int:
    """Hand in a sample with the trigger that the model calls the target class; it is refunded like any good one."""
    if view.luck >= backdoor_rate:
        return view.label
    return TRIGGER + view.trigger if view.trigger >= 0 else ABSTAIN
