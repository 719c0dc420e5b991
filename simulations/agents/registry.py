"""All behaviours by name: those that ship, and guests of the entry points `earnest.behaviours`."""

import pkgutil
from functools import cache
from importlib import import_module
from typing import Any

import numba
from numba.core.errors import NumbaError

from earnest.core.errors import RuleViolation
from earnest.core.parameters import Parameter
from earnest.core.registry import GuestRefused, Registry
from earnest.simulations.agents import behaviours
from earnest.simulations.agents.behaviour import (
    ABSTAIN,
    ANY_PRICE,
    ASKS,
    CLAIM,
    COPY,
    KEEP,
    MAX_STEPS,
    POISON,
    PREY,
    TRIGGER,
    Behaviour,
    View,
)

#: What is set of every group of agents, and what is measured of it: a knob of another meaning would share its column.
TAKEN = frozenset(
    (
        "name", "settings", "named", "behaviour", "count", "start_balance", "deposit_mean", "deposit_deviation",
        "wait_mean", "wait_deviation", "balance", "balance_units", "depletion_day", "profit", "profit_after_gas",
        "accepted", "wrong", "refunded", "reported", "collected", "gone_day",
    )
)  # fmt: skip
#: Whole knobs travel as float64, which is exact up to here.
MAX_WHOLE = 2**53
#: What a guest's function is tried on before it is taken in.
_TRIED = tuple(
    View(label, accuracy, luck, luck, verified, number, last_label, last_is_own, classes)
    for classes in (2, 3, 16)
    for label in (0, classes - 1)
    for accuracy, luck in ((0.0, 0.0), (0.7, 0.5), (1.0, 1 - 2**-53))
    for verified, number, last_label, last_is_own in (
        (0, 0, -1, False),
        (3, 1, classes - 1, False),
        (10**6, 2, 0, True),
    )
)  # fmt: skip
_TRIED += tuple(
    view._replace(
        predicted=0, pending=0, prey=0, poison=0, trigger=0, accepted=9, wrong=3, now=10**6, progress=0.99, step=step,
        is_turned=step > 1,
    )
    for view in _TRIED
    for step in (0, 1, MAX_STEPS - 1)
)  # fmt: skip


def is_action(answer: object, view: View) -> bool:
    """Whether an agent that sees this may answer that: to abstain, claim or keep, or a label for a sample there is."""
    if not isinstance(answer, int) or isinstance(answer, bool):
        return False
    if answer in (ABSTAIN, CLAIM, KEEP):
        return True
    what, label = answer % ANY_PRICE // COPY * COPY, answer % COPY
    found = {COPY: view.last_label, PREY: view.prey, POISON: view.poison, TRIGGER: view.trigger}
    return 0 <= answer < 2 * ANY_PRICE and label < view.classes and found.get(what, 0) >= 0


def problem_of_needs(thing: Behaviour) -> str | None:
    """What is wrong with what a behaviour asks for, as the end of a sentence; None where nothing is."""
    if unknown := [one for one in thing.asks if one not in ASKS]:
        return f"it asks for {unknown[0]!r}; there are {', '.join(ASKS)}."
    if not isinstance(thing.steps, int) or not 1 <= thing.steps <= MAX_STEPS:
        return f"it takes {thing.steps!r} steps at a wake; it may take from 1 to {MAX_STEPS}."
    return None


def problem_of_answer(thing: Behaviour, answer: int) -> str | None:
    """What an action should have been declared with, as the end of a sentence; None where it was."""
    if answer >= 0 and answer % ANY_PRICE >= COPY and not thing.copies:
        return "its function answers COPY, PREY, POISON or TRIGGER: declare it with copies=True."
    if answer == CLAIM and thing.steps == 1:
        return "its function answers CLAIM: declare it with steps, since it claims at the end of a wake anyway."
    return None


def check(name: str, thing: Behaviour) -> None:
    """Refuse what is no behaviour.

    Raises:
        GuestRefused: says what is wrong.
    """
    if not isinstance(thing, Behaviour):
        raise GuestRefused(f"it is {type(thing).__name__}; declare a function with @behaviour.")
    for what, text in (("words", thing.words), ("source", thing.source)):
        if not isinstance(text, str) or not text.strip():
            raise GuestRefused(f"it has no {what}: tell @behaviour.")
    if problem := problem_of_needs(thing):
        raise GuestRefused(problem)
    for knob in thing.knobs:
        _check_knob(name, knob)
    expected = ("view", *(knob.name for knob in thing.knobs))
    if thing.arguments != expected:
        raise GuestRefused(
            f"its function takes ({', '.join(thing.arguments)}); it must take ({', '.join(expected)}): a view, then "
            "its knobs."
        )
    if not thing.choose.__module__.startswith(behaviours.__name__ + "."):
        # of those that ship the tests know; compiling takes a guest's half second in every process
        _check_compiles(thing)
    _check_answers(thing)


def _check_knob(name: str, knob: Parameter) -> None:
    if not isinstance(knob, Parameter) or knob.kind not in ("whole", "real"):
        raise GuestRefused(f"its knob {getattr(knob, 'name', knob)!r} must be a Parameter of kind whole or real.")
    if not knob.name.isidentifier() or knob.name != knob.name.lower():
        raise GuestRefused(f"its knob {knob.name!r} must be called by lower-case words joined by underscores.")
    if knob.name in TAKEN:
        raise GuestRefused(f"its knob {knob.name} has the name of what every group of agents has: call it otherwise.")
    if not knob.words:
        raise GuestRefused(f"its knob {knob.name} has no words: say what it is.")
    if knob.low is None or knob.high is None or (knob.kind == "whole" and max(-knob.low, knob.high) > MAX_WHOLE):
        raise GuestRefused(f"its knob {knob.name} needs bounds, low and high, of at most 2^53 where it is whole.")
    try:
        knob.check(knob.default)
    except RuleViolation as error:
        raise GuestRefused(f"its knob's default is out of bounds: {error}") from None
    for other_name, other in BEHAVIOURS.items():
        for theirs in other.knobs:
            if theirs.name == knob.name and theirs != knob and other_name != name:
                raise GuestRefused(
                    f"its knob {knob.name} clashes with that of {other_name}, which means something else: import that "
                    "one, or call it otherwise."
                )


def _check_compiles(thing: Behaviour) -> None:
    values = (float(knob.default) if knob.kind == "real" else int(knob.default) for knob in thing.knobs)
    signature = tuple(numba.typeof(given) for given in (_TRIED[0], *values))  # type: ignore[no-untyped-call]
    # as the engine compiles it: nothing may allocate
    options: dict[str, Any] = {"_nrt": False}
    compiled: Any = numba.njit(**options)(thing.choose)
    try:
        compiled.compile(signature)
    except NumbaError as error:
        reason = " ".join(str(error).split())
        raise GuestRefused(f"its function does not compile on a View ({reason[:300]}).") from None
    returned = compiled.overloads[signature].signature.return_type
    if not isinstance(returned, numba.types.Integer):
        raise GuestRefused(f"its function answers {returned}; it must answer an action, which is a whole number.")


def _check_answers(thing: Behaviour) -> None:
    values = [knob.default for knob in thing.knobs]
    for view in _TRIED:
        try:
            answer = thing.choose(view, *values)
        except Exception as error:
            raise GuestRefused(f"its function raises {type(error).__name__} ({error}) on {view}.") from None
        if not is_action(answer, view):
            raise GuestRefused(
                f"its function answers {answer!r} on {view}; it must answer ABSTAIN, CLAIM, a label from 0 to "
                f"{view.classes - 1}, or COPY, PREY, POISON or TRIGGER plus such a label where there is such a sample."
            )
        if problem := problem_of_answer(thing, answer):
            raise GuestRefused(problem)


@cache
def _register_ours() -> None:
    """Once, however often guests are forgotten."""
    for module in pkgutil.iter_modules(behaviours.__path__):
        found = getattr(import_module(f"{behaviours.__name__}.{module.name}"), module.name)
        BEHAVIOURS.register(module.name, found)


BEHAVIOURS: Registry[Behaviour] = Registry("behaviour", "earnest.behaviours", check, _register_ours)
