"""What every behaviour passes; see `earnest.simulations.testing`.

Each check takes the behaviour, draws views and knobs of all kinds (always the same ones), and raises `AssertionError`.
"""

import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numba
from numba.core.errors import NumbaError

from earnest.core.parameters import Parameter
from earnest.core.registry import GuestRefused
from earnest.simulations.agents.behaviour import ASKS, MAX_STEPS, Behaviour, View
from earnest.simulations.agents.registry import check as check_declaration
from earnest.simulations.agents.registry import is_action, problem_of_answer
from earnest.testing.checks import Check

#: Views that are drawn for each number of classes.
VIEWS = 60
#: Numbers of classes that models tell apart.
CLASSES = range(2, 17)
#: The largest number below 1.
_HIGHEST = 1 - 2**-53

Knobs = tuple[float, ...]


def is_a_behaviour(behaviour: Behaviour) -> None:
    """It has what the registry asks for: words, a source, knobs with bounds, and a function of a view and them."""
    try:
        check_declaration("", behaviour)
    except GuestRefused as error:
        raise AssertionError(f"The registry refuses it: {error}") from None


def words_are_parts_of_sentences(behaviour: Behaviour) -> None:
    """Tables and reports put them into sentences of their own."""
    said = {"words": behaviour.words, "source": behaviour.source}
    said |= {f"words of {knob.name}": knob.words for knob in behaviour.knobs}
    for what, text in said.items():
        _require(text.strip() == text and text, f"The {what} are {text!r}.")
        _require(not text.endswith("."), f"The {what} are {text!r}; leave the full stop out.")


def answers_are_actions(behaviour: Behaviour) -> None:
    """Whatever it sees, with any knobs within their bounds, it raises nothing and answers an action."""
    for view, knobs in cases(behaviour):
        answer = _answer(behaviour, view, knobs)
        _require(is_action(answer, view), f"It answers {answer!r} on {view} with knobs {knobs}.")


def answers_are_the_same_again(behaviour: Behaviour) -> None:
    """It keeps nothing in mind and draws nothing of its own: the same view gets the same answer, in any order."""
    drawn = list(cases(behaviour))
    answers = [_answer(behaviour, view, knobs) for view, knobs in drawn]
    again = [_answer(behaviour, view, knobs) for view, knobs in reversed(drawn)]
    for (view, knobs), one, other in zip(drawn, answers, reversed(again), strict=True):
        _require(one == other, f"It answers {one} and then {other} on {view} with knobs {knobs}.")


def does_only_what_it_declares(behaviour: Behaviour) -> None:
    """Only what is declared with `copies` hands in other samples than the next: room is kept for as many contributions.

    Only what is declared with `steps` claims in the middle of a wake.
    """
    for view, knobs in cases(behaviour):
        problem = problem_of_answer(behaviour, _answer(behaviour, view, knobs))
        _require(problem is None, f"On {view} with knobs {knobs}, {problem}")


def looks_only_at_what_it_asks_for(behaviour: Behaviour) -> None:
    """What it does not ask for, no engine looks up: it must not matter."""
    for view, knobs in cases(behaviour):
        hidden: dict[str, Any] = {one: -1 for one in ASKS if one not in behaviour.asks}
        unseen = view._replace(**hidden, is_turned=view.is_turned and "prey" in behaviour.asks)
        told, found = _answer(behaviour, view, knobs), _answer(behaviour, unseen, knobs)
        _require(told == found, f"It answers {told} on {view}, and {found} without what it does not ask for.")


def interpreted_and_compiled_agree(behaviour: Behaviour) -> None:
    """The function, compiled as the engine compiles it, answers what it answers interpreted."""
    options: dict[str, Any] = {"_nrt": False}
    compiled = numba.njit(**options)(behaviour.choose)
    for view, knobs in cases(behaviour):
        try:
            found = compiled(view, *knobs)
        except NumbaError as error:
            raise AssertionError(f"It does not compile: {error}") from None
        told = _answer(behaviour, view, knobs)
        _require(told == found, f"It answers {told} interpreted and {found} compiled on {view} with knobs {knobs}.")


#: All checks.
CHECKS: tuple[Callable[[Behaviour], None], ...] = (
    is_a_behaviour,
    words_are_parts_of_sentences,
    answers_are_actions,
    answers_are_the_same_again,
    does_only_what_it_declares,
    looks_only_at_what_it_asks_for,
    interpreted_and_compiled_agree,
)


def check_behaviour(behaviour: Behaviour) -> None:
    """All checks, one after the other.

    Raises:
        AssertionError: what is wrong.
    """
    for check in CHECKS:
        check(behaviour)


def behaviour_checks(behaviour: Behaviour) -> list[Check]:
    """The checks of a behaviour, by what holds if they pass."""
    return [Check(check.__name__.replace("_", " "), partial(check, behaviour)) for check in CHECKS]


# VIEWS


def cases(behaviour: Behaviour) -> Iterator[tuple[View, Knobs]]:
    """Views with knobs, ordinary ones and extreme ones, always the same."""
    draw = random.Random(3)
    for classes in CLASSES:
        for _ in range(VIEWS):
            yield _view(draw, classes), tuple(_knob(draw, knob) for knob in behaviour.knobs)


def _view(draw: random.Random, classes: int) -> View:
    has_last = draw.random() < 0.7
    return View(
        label=draw.randrange(classes),
        accuracy=_part(draw, 1.0),
        mood=_part(draw, _HIGHEST),
        luck=_part(draw, _HIGHEST),
        verified=draw.choice([0, 1, draw.randrange(20), 2**40]),
        number=draw.choice([0, 1, draw.randrange(100), 99_999]),
        last_label=draw.randrange(classes) if has_last else -1,
        last_is_own=has_last and draw.random() < 0.5,
        classes=classes,
        accepted=(accepted := draw.choice([0, 1, draw.randrange(1000), 2**40])),
        wrong=draw.randrange(accepted + 1),
        now=draw.choice([0, 1, draw.randrange(10**7), 2**40]),
        progress=_part(draw, _HIGHEST),
        step=draw.choice([0, 0, draw.randrange(MAX_STEPS)]),
        said=_found(draw, classes),
        trusted=draw.random() < 0.5,
        predicted=_found(draw, classes),
        pending=_found(draw, classes),
        prey=(prey := _found(draw, classes)),
        is_turned=prey >= 0 and draw.random() < 0.5,
        poison=_found(draw, classes),
        trigger=_found(draw, classes),
    )


def _found(draw: random.Random, classes: int) -> int:
    return draw.choice([-1, draw.randrange(classes), draw.randrange(classes)])


def _part(draw: random.Random, highest: float) -> float:
    return draw.choice([0.0, highest, draw.random(), draw.random()])


def _knob(draw: random.Random, knob: Parameter) -> float:
    low, high = knob.low or 0, knob.high or 0
    if knob.kind == "whole":
        return draw.choice([int(low), int(high), int(knob.default), draw.randint(int(low), int(high))])
    return draw.choice([float(low), float(high), float(knob.default), draw.uniform(low, high)])


def _answer(behaviour: Behaviour, view: View, knobs: Knobs) -> int:
    try:
        return behaviour.choose(view, *knobs)
    except Exception as error:
        raise AssertionError(f"It raises {type(error).__name__} ({error}) on {view} with knobs {knobs}.") from error


def _require(holds: object, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)
