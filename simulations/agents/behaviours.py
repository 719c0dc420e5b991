"""Kinds of agents, each a few lines on what it sees at a wake, with its source in the literature.

A kind is a function from `View` to an action: ABSTAIN, the label to give the next sample of the stream, or COPY plus a
label to contribute the last accepted sample once more under that label. Adding one takes the function, a line in
`choose` (compiled code dispatches on small integers) and a line in `BEHAVIOURS`.

What an agent looks at is its own choice, never a rule; all of them claim whatever the rules give them, but Sybils spare
each other.
"""

from dataclasses import dataclass
from typing import NamedTuple

from earnest.core.compilable import compilable

#: Actions; from 0 up to COPY, a label for the next sample, of up to as many classes as a model can have.
ABSTAIN = -1
COPY = 256

#: The number that compiled code knows a kind by.
HONEST, CARELESS, RANDOM, FLIPPER, THIEF, SLEEPER, SYBIL, FLOODER, REPORTER = range(9)


class View(NamedTuple):
    """What an agent can look at when it wakes.

    Attributes:
        label: the true label of the next sample.
        accuracy: of the model when last evaluated.
        mood: drawn in [0, 1) for this wake.
        luck: drawn in [0, 1) for this wake; below `mistake_rate` the agent makes a mistake.
        margin: knob `confidence_margin`.
        mistake_rate: knob.
        patience: knob; refunds that an agent waits for before it turns.
        verified: the agent's own refunds so far.
        number: its place in its group, from 0.
        last_label: label of the last accepted contribution; -1 before there is one.
        last_is_own: whether the agent, or one of its own Sybils, made that contribution.
        classes: how many there are.
    """

    label: int
    accuracy: float
    mood: float
    luck: float
    margin: float
    mistake_rate: float
    patience: int
    verified: int
    number: int
    last_label: int
    last_is_own: bool
    classes: int = 2


@compilable
def flipped(label: int, view: View) -> int:
    """The next class, and class 0 after the last: of two, the other one."""
    return (label + 1) % view.classes


@compilable
def as_meant(label: int, view: View) -> int:
    """The label that the agent means to give, or by mistake one of the others, each as likely.

    Which one, says where below its mistake rate the agent's luck is: no number is drawn for that.
    """
    if view.luck >= view.mistake_rate:
        return label
    # below 1, and stays below the number of other classes when it is rounded
    part = view.luck / view.mistake_rate
    return (label + 1 + int(part * (view.classes - 1))) % view.classes


@compilable
def honest(view: View) -> int:
    """Works while the model does well, with rare mistakes: the "good" agent of Harris & Waggoner 2019."""
    return as_meant(view.label, view) if view.mood < view.accuracy + view.margin else ABSTAIN


@compilable
def careless(view: View) -> int:
    """Means well and errs at its mistake rate, whatever the model does: classification noise, Angluin & Laird 1988."""
    return as_meant(view.label, view)


@compilable
def random(view: View) -> int:
    """Gives labels by chance, each class as likely: the crowd-sourcing spammer of Raykar & Yu 2012."""
    return view.classes - 1 - int(view.luck * view.classes)


@compilable
def flipper(view: View) -> int:
    """Flips every label: the "bad" agent of Harris & Waggoner 2019; label flips of Biggio, Nelson & Laskov 2011."""
    return as_meant(flipped(view.label, view), view)


@compilable
def thief(view: View) -> int:
    """Earns standing, then teaches the model another label than others gave it, to report them.

    Untruthful reports against a peer that cannot defend itself: Jurca & Faltings 2009 on collusion in feedback; ruled
    out in the published contract's time-outs (Harris & Waggoner 2019), found open in its code.
    """
    if view.verified == 0 or view.last_label < 0 or view.last_is_own:
        return as_meant(view.label, view)
    return COPY + flipped(view.last_label, view)


@compilable
def sleeper(view: View) -> int:
    """Honest until it is trusted, then flips: the on-off attack on reputation, Sun, Han, Yu & Liu 2006."""
    return as_meant(flipped(view.label, view) if view.verified >= view.patience else view.label, view)


@compilable
def sybil(view: View) -> int:
    """One person as many, Douceur 2002: its even members earn standing, its odd ones flip, none reports another."""
    return as_meant(flipped(view.label, view) if view.number % 2 == 1 else view.label, view)


@compilable
def flooder(view: View) -> int:
    """Hands in again what the pool has just learned, to be refunded: the copying peer of Dasgupta & Ghosh 2013."""
    return as_meant(view.label, view) if view.last_label < 0 else COPY + view.last_label


@compilable
def reporter(view: View) -> int:
    """Contributes until one refund gives it standing, then lives off reports: free riding, Feldman & Chuang 2005."""
    return as_meant(view.label, view) if view.verified == 0 else ABSTAIN


@compilable
def choose(kind: int, view: View) -> int:
    """The action of an agent of this kind."""
    if kind == HONEST:
        return honest(view)
    if kind == CARELESS:
        return careless(view)
    if kind == RANDOM:
        return random(view)
    if kind == FLIPPER:
        return flipper(view)
    if kind == THIEF:
        return thief(view)
    if kind == SLEEPER:
        return sleeper(view)
    if kind == SYBIL:
        return sybil(view)
    if kind == FLOODER:
        return flooder(view)
    return reporter(view)


@dataclass(frozen=True)
class Behaviour:
    """A kind of agent.

    Attributes:
        kind: its number in compiled code.
        harms: it is out to damage the model or to rob others; its depletion is what the study measures.
        allied: agents of one group do not report each other.
        copies: it contributes samples again, so that there may be more contributions than samples.
    """

    kind: int
    harms: bool
    allied: bool = False
    copies: bool = False


BEHAVIOURS = {
    "honest": Behaviour(HONEST, harms=False),
    "careless": Behaviour(CARELESS, harms=False),
    "random": Behaviour(RANDOM, harms=True),
    "flipper": Behaviour(FLIPPER, harms=True),
    "thief": Behaviour(THIEF, harms=True, copies=True),
    "sleeper": Behaviour(SLEEPER, harms=True),
    "sybil": Behaviour(SYBIL, harms=True, allied=True),
    "flooder": Behaviour(FLOODER, harms=True, copies=True),
    "reporter": Behaviour(REPORTER, harms=False),
}
