"""Every registered behaviour passes the suite that ships; what is wrong with one, the suite finds."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from earnest.core.parameters import Parameter
from earnest.simulations.agents.behaviour import ABSTAIN, CLAIM, COPY, Behaviour, View, behaviour
from earnest.simulations.agents.registry import BEHAVIOURS
from earnest.simulations.testing import behaviours as suite
from earnest.simulations.testing.behaviours import CHECKS, check_behaviour

EVERY = Parameter("every", "whole", "samples of which one is handed in", low=1, high=10, default=2)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", BEHAVIOURS)
def test_every_registered_behaviour_passes_the_check(name: str, check: Callable[[Behaviour], None]) -> None:
    check(BEHAVIOURS[name])


@behaviour(words="hands in every other sample", source="a test", harms=False, knobs=(EVERY,))
def lazy(view: View, every: int) -> int:
    return view.label if view.verified % every == 0 else ABSTAIN


def test_suite_passes_a_behaviour_with_a_knob_of_its_own() -> None:
    check_behaviour(lazy)


def always(answer: Callable[..., int]) -> Behaviour:
    """A behaviour with this function."""
    return behaviour(words="is wrong", source="a test", harms=False)(answer)


def fourth_of_two(view: View) -> int:
    return 3 if view.accuracy > 0.9 else 0


def another_each_time(view: View) -> int:
    SEEN.append(view)
    return len(SEEN) % 2


def copy_of_nothing(view: View) -> int:
    return COPY if view.verified > 2**30 else 0


def claim_at_once(view: View) -> int:
    return CLAIM if view.verified > 2**30 else 0


def unasked(view: View) -> int:
    return max(0, view.predicted)


def one_by_nothing(view: View) -> int:
    return 1 if 1 / (view.accuracy + view.mood + view.luck) > 1 else 0


def beyond_64_bits(view: View) -> int:
    return 1 if view.verified**2 > 2**60 else 0


def of_a_list(view: View) -> int:
    return sum([view.label])


SEEN: list[View] = []


@pytest.mark.parametrize(
    ("check", "wrong", "sentence"),
    [
        (suite.answers_are_actions, always(fourth_of_two), "answers 3 on View.*classes=2"),
        (suite.answers_are_actions, always(copy_of_nothing), "answers 256 on View.*last_label=-1"),
        (suite.answers_are_actions, always(one_by_nothing), "raises ZeroDivisionError"),
        (suite.answers_are_the_same_again, always(another_each_time), r"answers \d and then \d"),
        (suite.does_only_what_it_declares, always(copy_of_nothing), "declare it with copies=True"),
        (suite.does_only_what_it_declares, always(claim_at_once), "declare it with steps"),
        (suite.looks_only_at_what_it_asks_for, always(unasked), "without what it does not ask for"),
        (suite.interpreted_and_compiled_agree, always(of_a_list), "does not compile"),
        (suite.interpreted_and_compiled_agree, always(beyond_64_bits), "interpreted and .* compiled"),
        (suite.words_are_parts_of_sentences, replace(lazy, words="Is wrong."), "leave the full stop out"),
        (suite.is_a_behaviour, replace(lazy, source=""), "has no source"),
    ],
    ids=lambda given: given.__name__ if callable(given) else "",
)
def test_suite_finds_what_is_wrong(check: Callable[[Behaviour], None], wrong: Behaviour, sentence: str) -> None:
    with pytest.raises(AssertionError, match=sentence):
        check(wrong)
