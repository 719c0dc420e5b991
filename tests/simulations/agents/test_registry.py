"""Which guests are taken in, and what those are told that are not."""

from dataclasses import fields, replace
from importlib import metadata
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from earnest.core.parameters import Parameter
from earnest.core.registry import NotRegistered
from earnest.simulations.agents import dispatch, registry
from earnest.simulations.agents.behaviour import ABSTAIN, CLAIM, COPY, MISTAKE_RATE, Behaviour, View, behaviour
from earnest.simulations.agents.behaviours.sleeper import PATIENCE
from earnest.simulations.agents.registry import BEHAVIOURS, TAKEN
from earnest.simulations.measures import row_of
from earnest.simulations.run import simulate
from earnest.simulations.scenario import AgentGroup, Scenario
from earnest.simulations.task import Task

EVERY = Parameter("every", "whole", "samples of which one is handed in", low=1, high=10, default=2)


@behaviour(words="hands in every other sample", source="a test", harms=False, knobs=(EVERY, MISTAKE_RATE))
def lazy(view: View, every: int, mistake_rate: float) -> int:
    return view.label if view.verified % every == 0 and view.luck >= mistake_rate else ABSTAIN


class Point(SimpleNamespace):
    """An entry point of somebody else's package."""

    def load(self) -> Any:
        return self.thing


@pytest.fixture
def bring(monkeypatch: pytest.MonkeyPatch):
    """Let a package bring behaviours, by name."""
    found = metadata.entry_points

    def bring(**things: object) -> None:
        package = SimpleNamespace(name="somebodys", version="1.2")
        points = [Point(name=name, thing=thing, dist=package, module=__name__) for name, thing in things.items()]
        monkeypatch.setattr(
            # whoever compiles first asks for all of them
            metadata,
            "entry_points",
            lambda **which: points if which.get("group") == BEHAVIOURS.group else found(**which),
        )
        BEHAVIOURS.forget_guests()

    yield bring
    monkeypatch.undo()
    BEHAVIOURS.forget_guests()


def test_guest_comes_after_all_that_ship_and_brings_its_knobs(bring) -> None:
    bring(aaa=lazy)
    assert list(BEHAVIOURS)[-1] == "aaa"
    number, seen = BEHAVIOURS.number("aaa"), View(1, 0.8, 0.5, 0.5, 4, 0, -1, False)
    assert dispatch.choose(number, seen, np.array([2.0, 0.0])) == 1
    assert dispatch.choose(number, seen, np.array([3.0, 0.0, 9.0])) == ABSTAIN
    assert dispatch.choose(number, seen, np.array([2.0, 0.6])) == ABSTAIN


def test_fingerprint_of_what_is_compiled_covers_guests(bring) -> None:
    before = dispatch.sources()
    bring(aaa=lazy)
    added = dispatch.sources()
    assert added[: len(before)] == before
    assert added[len(before) :] == (f"aaa {BEHAVIOURS.sources()['aaa']}",)


def test_those_that_ship_have_the_numbers_of_their_places() -> None:
    seen = View(1, 0.8, 0.97, 0.5, 5, 1, 0, False)
    for number, one in enumerate(BEHAVIOURS.values()):
        knobs = [float(knob.default) for knob in one.knobs]
        assert dispatch.choose(number, seen, np.array([*knobs, 0.0])) == one.choose(seen, *knobs)


def declared(function: Any, **parts: Any) -> Behaviour:
    return replace(behaviour(words="is wrong", source="a test", harms=False)(function), **parts)


def no_such_attribute(view: Any) -> int:
    return view.nothing if view.number > 50_000 else 0


def half(view: View) -> Any:
    return 0.5 if view.number > 50_000 else 0.0


def third(view: View) -> int:
    return view.classes


def copier(view: View) -> int:
    return COPY if view.last_label >= 0 else 0


def claimer(view: View) -> int:
    return CLAIM


def raising(view: View) -> int:
    return 1 // view.verified


def with_every(view: View, every: int) -> int:
    return 0 * every


OTHER_PATIENCE = replace(PATIENCE, high=5, default=5)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (third, r"it is function; declare a function with @behaviour\."),
        (declared(third, words=" "), "it has no words"),
        (declared(third, source=""), "it has no source"),
        (declared(no_such_attribute), "does not compile on a View .*nothing"),
        (declared(half), r"answers float64; it must answer an action"),
        (declared(third), r"answers 2 on View.*a label from 0 to 1"),
        (declared(raising), "raises ZeroDivisionError"),
        (declared(copier), "declare it with copies=True"),
        (declared(claimer), "declare it with steps"),
        (declared(third, asks=("weights",)), "asks for 'weights'; there are predicted, pending, prey, poison"),
        (declared(third, steps=0), "takes 0 steps at a wake; it may take from 1 to 64"),
        (declared(with_every), r"takes \(view, every\); it must take \(view\)"),
        (declared(with_every, knobs=(replace(EVERY, default=11),)), "out of bounds: every is 11"),
        (declared(with_every, knobs=(replace(EVERY, low=None),)), "needs bounds"),
        (declared(with_every, knobs=(replace(EVERY, high=2**60),)), r"of at most 2\^53"),
        (declared(with_every, knobs=(replace(EVERY, words=""),)), "has no words"),
        (declared(with_every, knobs=(replace(EVERY, kind="text"),)), "kind whole or real"),
        (declared(with_every, knobs=(replace(EVERY, name="Every"),)), "lower-case"),
        (declared(with_every, knobs=(replace(EVERY, name="count"),)), "every group of agents has"),
        (declared(with_every, knobs=(OTHER_PATIENCE,)), "patience clashes with that of sleeper"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_guest_that_is_no_behaviour_is_refused_in_a_sentence(bring, wrong: object, sentence: str) -> None:
    bring(odd=wrong)
    with pytest.raises(
        NotRegistered, match=rf"The behaviour 'odd' of the package somebodys 1\.2 is refused: .*{sentence}"
    ):
        BEHAVIOURS["odd"]
    assert "honest" in BEHAVIOURS


def test_names_that_no_knob_can_have_are_those_of_every_group(scenario: Scenario, task: Task) -> None:
    knobs = {knob.name for one in BEHAVIOURS.values() for knob in one.knobs}
    assert {field.name for field in fields(AgentGroup)} <= TAKEN
    row = row_of(scenario, task, 1, simulate(scenario, task, 1))
    assert {name.removeprefix("bad_") for name in row if name.startswith("bad_")} - knobs <= TAKEN
    assert registry.is_action(ABSTAIN, View(0, 0.0, 0.0, 0.0, 0, 0, -1, False))
