"""What a kind of agent is: one function of what it sees at a wake, with its knobs, its words and its source.

The function takes a `View` and then its knobs, and answers an action: ABSTAIN, the label to give the next sample of the
stream, or COPY plus a label to contribute the last accepted sample once more under that label. It runs interpreted and
compiled, so it may use numbers, comparisons and other functions marked `compilable`, and makes no arrays.

What an agent looks at is its own choice, never a rule; all of them claim whatever the rules give them, but members of
an allied group spare each other. Those that ship stand in `behaviours`, one a file; `registry` knows all.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from earnest.core.compilable import compilable
from earnest.core.parameters import Parameter

#: Actions; from 0 up to COPY, a label for the next sample, of up to as many classes as a model can have. An agent that
#: abstains leaves the sample to whoever wakes next; one that keeps it back is the only one that has it.
ABSTAIN = -1
KEEP = -2
COPY = 256


class View(NamedTuple):
    """What an agent can look at when it wakes.

    Attributes:
        label: the true label of the next sample.
        accuracy: of the model when last evaluated.
        mood: drawn in [0, 1) for this wake.
        luck: drawn in [0, 1) for this wake.
        verified: the agent's own refunds so far.
        number: its place in its group, from 0.
        last_label: label of the last accepted contribution; -1 before there is one.
        last_is_own: whether the agent, or an ally in its own group, made that contribution.
        classes: how many there are.
        said: what a sealed judge says of the next sample; -1 where there is none.
        trusted: whether the agent has the standing to disagree with that judge without risk.
    """

    label: int
    accuracy: float
    mood: float
    luck: float
    verified: int
    number: int
    last_label: int
    last_is_own: bool
    classes: int = 2
    said: int = -1
    trusted: bool = False


@dataclass(frozen=True)
class Behaviour:
    """A kind of agent; made by `behaviour`.

    Attributes:
        choose: compilable; the action for a view and a value of each knob, in the order of `knobs`.
        words: what it does, in half a sentence without a full stop.
        source: where it is described in the literature.
        harms: it is out to damage the model or to rob others; its depletion is what the study measures.
        allied: agents of one group do not report each other.
        copies: it contributes samples again, so that there may be more contributions than samples.
        knobs: what can be set of it: whole or real numbers with bounds and a default.
    """

    choose: Callable[..., int]
    words: str
    source: str
    harms: bool
    allied: bool = False
    copies: bool = False
    knobs: tuple[Parameter, ...] = ()

    @property
    def arguments(self) -> tuple[str, ...]:
        """What `choose` calls its arguments."""
        return tuple(inspect.signature(self.choose).parameters)


def behaviour(
    *,
    words: str,
    source: str,
    harms: bool,
    allied: bool = False,
    copies: bool = False,
    knobs: tuple[Parameter, ...] = (),
) -> Callable[[Callable[..., int]], Behaviour]:
    """Declare a function to be a behaviour; see `Behaviour` for the arguments.

    The function's arguments are a view and then the knobs, by their names:

        @behaviour(words="hands in every other sample", source="a study", harms=False, knobs=(EVERY,))
        def lazy(view: View, every: int) -> int:
            return view.label if view.verified % every == 0 else ABSTAIN
    """

    def declared(function: Callable[..., int]) -> Behaviour:
        return Behaviour(compilable(function), words, source, harms, allied, copies, tuple(knobs))

    return declared


#: How often those err that mean to give a certain label.
MISTAKE_RATE = Parameter(
    "mistake_rate",
    "real",
    "chance that another label than meant is given by mistake, each other class as likely",
    low=0,
    high=1,
    default=0.0,
)


@compilable
def flipped(label: int, view: View) -> int:
    """The next class, and class 0 after the last: of two, the other one."""
    return (label + 1) % view.classes


#: What becomes of samples whose deposit would be at risk.
BLIND = Parameter(
    "blind",
    "whole",
    "1: also contributes what a sealed judge disagrees with and the agent lacks the standing for; 0: keeps it back, as "
    "the quote advises",
    low=0,
    high=1,
    default=0,
)


@compilable
def by_the_quote(label: int, view: View, blind: int) -> int:
    """The label, or KEEP where a sealed judge disagrees and the agent, which follows the quote, lacks the standing."""
    at_risk = view.said >= 0 and label != view.said and not view.trusted
    return KEEP if at_risk and blind == 0 else label


@compilable
def as_meant(label: int, view: View, mistake_rate: float) -> int:
    """The label that the agent means to give, or by mistake one of the others, each as likely.

    Which one, says where below its mistake rate the agent's luck is: no number is drawn for that.
    """
    if view.luck >= mistake_rate:
        return label
    # below 1, and stays below the number of other classes when it is rounded
    part = view.luck / mistake_rate
    return (label + 1 + int(part * (view.classes - 1))) % view.classes
