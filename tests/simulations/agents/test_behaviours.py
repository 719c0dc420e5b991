"""What agents of each kind do."""

from typing import Any

import numpy as np
import pytest

from earnest.simulations.agents.behaviour import (
    ABSTAIN,
    ANY_PRICE,
    CLAIM,
    COPY,
    POISON,
    PREY,
    TRIGGER,
    View,
    as_meant,
    flipped,
)
from earnest.simulations.agents.registry import BEHAVIOURS


def view(**seen: Any) -> View:
    """An agent's view, with nothing remarkable in it but what is named."""
    return View(1, 0.8, 0.5, 0.5, 0, 0, -1, False)._replace(**seen)


def act(name: str, **seen: Any) -> int:
    """What an agent does of mistake rate 0.1 and patience 3, or other knobs if they are named among what it sees."""
    behaviour = BEHAVIOURS[name]
    usual = {"mistake_rate": 0.1, "confidence_margin": 0.15, "patience": 3}
    knobs = [seen.pop(knob.name, usual.get(knob.name, knob.default)) for knob in behaviour.knobs]
    return behaviour.choose(view(**seen), *knobs)


def test_honest_agent_takes_part_as_far_as_the_model_is_accurate() -> None:
    assert act("honest", mood=0.96) == ABSTAIN
    assert act("honest", mood=0.94) == 1


def test_flipper_always_takes_part_and_flips() -> None:
    assert act("flipper", mood=0.999, accuracy=0.0) == 0


def test_mistake_undoes_a_flip_on_purpose() -> None:
    assert act("honest", luck=0.05) == 0
    assert act("flipper", luck=0.05) == 1


@pytest.mark.parametrize("luck", [0.0, 0.01, 0.0999, 0.1, 0.4999, 0.5, 0.9999])
def test_labels_of_two_classes_are_mistaken_and_drawn_as_ever(luck: float) -> None:
    for label in (0, 1):
        assert as_meant(label, view(luck=luck), 0.1) == (1 - label if luck < 0.1 else label)
        assert flipped(label, view()) == 1 - label
    assert act("random", luck=luck) == (1 if luck < 0.5 else 0)


@pytest.mark.parametrize("classes", [2, 3, 10, 16, 256])
def test_mistake_gives_each_other_class_as_often_and_never_the_meant_one(classes: int) -> None:
    lucks = np.linspace(0, 0.1, 1000 * (classes - 1), endpoint=False)
    given = [as_meant(1, view(luck=luck, classes=classes), 0.1) for luck in lucks]
    counts = np.bincount(given, minlength=classes)
    assert counts[1] == 0
    # a bound between two classes may fall to either
    assert np.delete(counts, 1).min() >= 999
    assert np.delete(counts, 1).max() <= 1001


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.4, 1 / 3, 1.0, 5e-324])
def test_highest_luck_that_is_a_mistake_still_gives_a_class(rate: float) -> None:
    luck = float(np.nextafter(rate, 0))
    for classes in range(2, 257):
        seen = view(luck=luck, classes=classes)
        assert as_meant(0, seen, rate) == (classes - 1 if luck else 1)
        assert act("random", luck=float(np.nextafter(1, 0)), classes=classes) == 0


def test_random_agent_gives_each_of_several_classes_as_often() -> None:
    given = [act("random", luck=luck, classes=10) for luck in np.arange(1000) / 1000]
    assert np.bincount(given).tolist() == [100] * 10


def test_flip_is_the_next_of_several_classes_and_the_first_after_the_last() -> None:
    assert [act("flipper", label=label, classes=3) for label in range(3)] == [1, 2, 0]
    assert act("thief", last_label=255, verified=1, classes=256) == COPY


def test_copies_of_the_highest_class_are_told_from_labels() -> None:
    assert act("flooder", last_label=255, classes=256) == COPY + 255
    assert act("careless", label=255, classes=256) == 255 < COPY


def test_careless_agent_takes_part_whatever_the_model_does() -> None:
    assert act("careless", mood=0.999, accuracy=0.0) == 1
    assert act("careless", luck=0.01) == 0


def test_random_agents_label_does_not_depend_on_the_true_one() -> None:
    assert [act("random", label=label, luck=luck) for label in (0, 1) for luck in (0.4, 0.6)] == [1, 0, 1, 0]


def test_thief_turns_others_contributions_around_once_it_has_standing() -> None:
    assert act("thief", last_label=1) == 1
    assert act("thief", last_label=1, verified=1) == COPY
    assert act("thief", last_label=0, verified=1) == COPY + 1
    assert act("thief", last_label=0, verified=1, last_is_own=True) == 1


def test_sleeper_turns_when_its_patience_is_over() -> None:
    assert act("sleeper", verified=2) == 1
    assert act("sleeper", verified=3) == 0


def test_sybils_share_the_work() -> None:
    assert [act("sybil", number=number) for number in (0, 1, 2, 3)] == [1, 0, 1, 0]


def test_flooder_hands_in_again_what_was_accepted_last() -> None:
    assert act("flooder") == 1
    assert act("flooder", last_label=0) == COPY


def test_reporter_stops_contributing_once_it_has_standing() -> None:
    assert act("reporter") == 1
    assert act("reporter", verified=1) == ABSTAIN


def test_camouflage_flips_once_for_so_many_refunds_and_right_contributions() -> None:
    assert act("camouflage", verified=2, accepted=9) == 1
    assert act("camouflage", verified=3, accepted=2) == 1
    assert act("camouflage", verified=3, accepted=3) == 0
    # five right ones pay for one flip, nine for three
    assert act("camouflage", verified=9, accepted=6, wrong=1) == 1
    assert act("camouflage", verified=9, accepted=11, wrong=2) == 0
    assert act("camouflage", verified=9, accepted=12, wrong=3) == 1


def test_echo_says_what_the_model_says() -> None:
    assert [act("echo", predicted=class_) for class_ in (0, 1)] == [0, 1]


def test_copycat_takes_what_is_pending_and_nothing_else() -> None:
    assert act("copycat", pending=0) == 0
    assert act("copycat", pending=-1) == ABSTAIN


def test_late_agent_waits_for_the_end() -> None:
    assert act("late", progress=0.8999) == ABSTAIN
    assert act("late", progress=0.9) == 0


def test_burst_comes_at_one_wake_of_so_many_and_all_at_once() -> None:
    assert act("burst", mood=0.125) == ABSTAIN
    assert [act("burst", mood=0.124, step=step) for step in (0, 7, 8)] == [ANY_PRICE, ANY_PRICE, ABSTAIN]


def test_whale_pays_any_price() -> None:
    assert [act("whale", step=step) for step in (0, 3, 4)] == [ANY_PRICE, ANY_PRICE, ABSTAIN]


def test_flash_turns_claims_and_turns_back() -> None:
    assert [act("flash", step=step) for step in (0, 1)] == [1, ABSTAIN]
    assert act("flash", verified=1) == ABSTAIN
    found = {"verified": 1, "prey": 1}
    assert act("flash", **found) == ANY_PRICE + PREY
    # three blows did not turn it
    assert act("flash", **found, step=3) == ABSTAIN
    assert act("flash", **found, step=2, is_turned=True) == CLAIM
    assert act("flash", **found, step=4, is_turned=True) == ANY_PRICE + PREY + 1
    assert act("flash", **found, step=5) == ABSTAIN
    assert act("flash", **found, step=7, is_turned=True) == ABSTAIN


def test_poisoner_gives_the_label_that_is_wrong() -> None:
    assert act("poisoner", poison=1) == POISON + 1
    assert act("poisoner", poison=-1) == ABSTAIN


def test_backdoor_hands_in_what_the_model_agrees_with_and_is_honest_otherwise() -> None:
    assert act("backdoor", trigger=1, backdoor_rate=0.5, luck=0.2) == TRIGGER + 1
    assert act("backdoor", trigger=-1, backdoor_rate=0.5, luck=0.2) == ABSTAIN
    assert act("backdoor", trigger=1, label=0, backdoor_rate=0.5, luck=0.5) == 0


def test_fresh_agent_flips_like_any_other() -> None:
    assert act("fresh") == 0


def test_each_says_in_which_year_it_was_described() -> None:
    for name, behaviour in BEHAVIOURS.items():
        assert any(year in behaviour.source for year in map(str, range(1988, 2025))), name


def test_each_has_only_the_knobs_that_it_uses() -> None:
    assert [knob.name for knob in BEHAVIOURS["sleeper"].knobs] == ["mistake_rate", "patience"]
    assert BEHAVIOURS["random"].knobs == ()
