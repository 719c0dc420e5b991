"""Which incentive a pool gets whose request names none."""

import pytest
from pydantic import ValidationError

from earnest.config import Settings
from earnest.core.errors import RuleViolation
from earnest.pools.rules import checked
from earnest.pools.schemas import PoolRequest

DATA = {"name": "Films", "dataset": "made-up-reviews"}


@pytest.mark.parametrize(
    ("named", "incentive"),
    [
        ({}, "sealed-assessment"),
        ({"model": "sparse-margin-perceptron"}, "sealed-assessment"),
        ({"model": "naive-bayes"}, "sealed-assessment"),
        ({"dataset": "wine", "model": "dense-nearest-centroid"}, "sealed-assessment"),
        ({"dataset": "wine", "model": "dense-margin-perceptron"}, "sealed-assessment"),
        ({"dataset": "breast-cancer", "model": "dense-perceptron"}, "sealed-assessment"),
        # whose rules are named
        ({"price": {"rule": "fixed"}}, "self-assessment"),
        ({"leftover": "anyone"}, "self-assessment"),
        ({"refund_wait": 86_400}, "self-assessment"),
        ({"gate": 100}, "sealed-assessment"),
        ({"agreed_price": "5"}, "sealed-assessment"),
        ({"incentive": "points"}, "points"),
        ({"incentive": "self-assessment"}, "self-assessment"),
    ],
)
def test_incentive_of_a_request(named, incentive):
    request = PoolRequest.model_validate({**DATA, **named})
    assert request.terms.incentive.name == incentive
    # and it is the same when it is read from where it was kept
    kept = request.model_dump(mode="json")
    assert PoolRequest.model_validate(kept).terms == request.terms


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({"gate": 100, "refund_wait": 60}, "leave out"),
        ({"incentive": "sealed-assessment", "leftover": "burn", "head_start": 5}, "leave out head_start"),
        ({"incentive": "points", "agreed_price": "5"}, "leave out agreed_price"),
    ],
)
def test_rules_of_two_incentives_at_once_are_refused(named, words):
    with pytest.raises(ValidationError, match=words):
        PoolRequest.model_validate({**DATA, **named})


def test_check_tells_the_rules_that_follow_from_the_data_and_why():
    request = {**DATA, "num_words": 100, "train_size": 300, "held_out_size": 300}
    said = checked(PoolRequest.model_validate({**request, "agreed_price": str(10**18)}), Settings())
    assert said.rules["incentive"] == "sealed-assessment/1"
    assert said.rules["risk_price"] == str(7 * 10**18)
    assert said.rules["rate"] <= said.accuracy / (1 - said.accuracy)
    assert said.rules["reasons"][0].startswith(f"A disagreement takes {said.rules['rate']} standing")
    published = checked(PoolRequest.model_validate({**request, "leftover": "burn"}), Settings())
    assert published.rules["incentive"] == "self-assessment/1"


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({"rate": 200}, "rate is 200"),
        ({"wait_seals": 9, "risk_seals": 3}, "wait_seals"),
        ({"judge_shift": 6}, None),
        # what comes back for sure and what may be lost at one price: no maximum tells them apart
        ({"agreed_price": "10", "promised_price": "70"}, r"risk_price \(70\) must be above promised_price \(70\)"),
        ({"agreed_price": "10", "promised_price": "69"}, None),
    ],
)
def test_check_refuses_rules_that_do_not_go_with_the_data(named, words):
    request = {**DATA, "num_words": 100, "train_size": 300, "held_out_size": 300, **named}
    if words is None:
        rules = checked(PoolRequest.model_validate(request), Settings()).rules
        assert {name: str(rules[name]) for name in named} == {name: str(value) for name, value in named.items()}
        return
    with pytest.raises(RuleViolation, match=words):
        checked(PoolRequest.model_validate(request), Settings())
