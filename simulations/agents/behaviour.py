"""What a kind of agent is: one function of what it sees at a wake, with its knobs, its words and its source.

The function takes a `View` and then its knobs, and answers an action: ABSTAIN, CLAIM, KEEP, or a label plus what it is
for: nothing for the next sample of the stream, COPY for the last accepted sample again, PREY, POISON or TRIGGER for one
that was found for it; and plus ANY_PRICE where it offers all it has. It runs interpreted and compiled, so it may use
numbers, comparisons and other functions marked `compilable`, and makes no arrays.

What an agent looks at is its own choice, never a rule; all of them claim whatever the rules give them, but members of
an allied group spare each other. Those that ship stand in `behaviours`, one a file; `registry` knows all.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from earnest.core.compilable import compilable
from earnest.core.parameters import Parameter

#: Actions: to do nothing (more at this wake); to claim now, and be asked again; to keep the next sample back, which
#: nobody contributes then, while one that is abstained from is left to whoever wakes next.
ABSTAIN = -1
CLAIM = -2
KEEP = -3
#: From 0 up to COPY, a label for the next sample, of up to as many classes as a model can have; added to a label, they
#: say of which other sample it is: of the last accepted one, of the prey, of the poison, or of one with a trigger; see
#: `View`.
COPY = 256
PREY = 2 * COPY
POISON = 3 * COPY
TRIGGER = 4 * COPY
#: Added to any of these: at whatever price, as far as the agent's money goes, instead of up to the drawn deposit.
ANY_PRICE = 5 * COPY

#: What an agent may ask to see beside the rest, each with the fields of its `View` that are -1 (or False) without it;
#: looking costs an engine time.
ASKS = ("predicted", "pending", "prey", "poison", "trigger")
#: Most times that a behaviour is asked at one wake.
MAX_STEPS = 64


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
        accepted: its contributions so far.
        wrong: those of them with another label than the true one.
        now: seconds since the pool's creation.
        progress: part of the stream that is used up, in [0, 1).
        step: how many times it was asked at this wake before.
        said: what a sealed judge says of the next sample; -1 where there is none.
        trusted: whether the agent has the standing to disagree with that judge without risk.
        predicted: what the model says of the next sample; only where the behaviour asks for it, like all that follow.
        pending: the label that the agent who wakes next would give the next sample now, as its waiting transaction
            tells; -1 where it is a friend, or would do something else.
        prey: label of the youngest contribution of somebody else that the model agrees with and that the agent could
            report if it did not; found at the beginning of a wake; -1 without one.
        is_turned: whether the model disagrees with the prey's label by now.
        poison: the wrong label of that crafted sample which the model would turn for with the least learning; -1 where
            it says what all of them say.
        trigger: the class of a sample with the trigger that the model agrees with by now; -1 where it agrees with none.
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
    accepted: int = 0
    wrong: int = 0
    now: int = 0
    progress: float = 0.0
    step: int = 0
    said: int = -1
    trusted: bool = False
    predicted: int = -1
    pending: int = -1
    prey: int = -1
    is_turned: bool = False
    poison: int = -1
    trigger: int = -1


@dataclass(frozen=True)
class Behaviour:
    """A kind of agent; made by `behaviour`.

    Attributes:
        choose: compilable; the action for a view and a value of each knob, in the order of `knobs`.
        words: what it does, in half a sentence without a full stop.
        source: where it is described in the literature.
        harms: it is out to damage the model or to rob others; its depletion is what the study measures.
        allied: agents of one group do not report each other.
        copies: it contributes other samples than the stream's next, so that contributions may outnumber samples.
        knobs: what can be set of it: whole or real numbers with bounds and a default.
        asks: what it sees beside the rest; of `ASKS`.
        steps: most times that it is asked at one wake, all in one second; it ends a wake with ABSTAIN. Asked more than
            once, it contributes in the second of another contribution too.
        renews: each contribution comes from a new account, which refunds give a standing that is never used.
    """

    choose: Callable[..., int]
    words: str
    source: str
    harms: bool
    allied: bool = False
    copies: bool = False
    knobs: tuple[Parameter, ...] = ()
    asks: tuple[str, ...] = ()
    steps: int = 1
    renews: bool = False

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
    asks: tuple[str, ...] = (),
    steps: int = 1,
    renews: bool = False,
) -> Callable[[Callable[..., int]], Behaviour]:
    """Declare a function to be a behaviour; see `Behaviour` for the arguments.

    The function's arguments are a view and then the knobs, by their names:

        @behaviour(words="hands in every other sample", source="a study", harms=False, knobs=(EVERY,))
        def lazy(view: View, every: int) -> int:
            return view.label if view.verified % every == 0 else ABSTAIN
    """

    def declared(function: Callable[..., int]) -> Behaviour:
        return Behaviour(
            compilable(function), words, source, harms, allied, copies, tuple(knobs), tuple(asks), steps, renews
        )

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
