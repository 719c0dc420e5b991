"""Kinds of agents, each with its source in the literature."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Behaviour:
    """How a kind of agent decides.

    Attributes:
        flips: it submits the opposite of every label.
        heeds_accuracy: it contributes only while `random() < accuracy + margin`.
        harms: it is out to damage the model; its depletion is what the study measures.
    """

    flips: bool
    heeds_accuracy: bool
    harms: bool


BEHAVIOURS = {
    # Harris & Waggoner 2019, "good" agent: honest, makes rare mistakes, works while the model does well
    "honest": Behaviour(flips=False, heeds_accuracy=True, harms=False),
    # the same, "bad" agent: always contributes, always wrong
    "flipper": Behaviour(flips=True, heeds_accuracy=False, harms=True),
}
