"""Every vocabulary model is deployed under every incentive, and what is contributed to it comes back."""

import sqlite3

import pytest

from app.chain.implementations import IMPLEMENTATIONS
from app.core.incentives.registry import INCENTIVES
from app.core.learning.registry import LEARNERS, VOCABULARY_LEARNERS
from tests.api.world import COLLECT_WAIT, COST, REFUND_WAIT, World, assert_problem
from tests.fixtures.service import ADMIN, Service

WORDS = 60


def deploy(service: Service, model: str, incentive: str) -> World:
    money = {"price": {"rule": "fixed", "cost": str(COST)}} if incentive == "self-assessment" else {}
    rules = {"refund_wait": REFUND_WAIT, "collect_wait": COLLECT_WAIT, **money}
    pool = service.deploy(model=model, incentive=incentive, num_words=WORDS, **rules)
    return World(service, pool, service.account())


@pytest.mark.parametrize("fields", [{"model": "oracle"}, {"model": None}, {"model": "sparse-perceptron/1"}])
def test_pool_of_an_unknown_model_is_refused(shared_service, fields):
    request = {"name": "x", "dataset": "synthetic", **fields}
    assert_problem(shared_service.ask("POST", "/pools", request, ADMIN), 422, "payload-invalid")


@pytest.mark.parametrize(
    "fields", [{"incentive": "lottery"}, {"leftover": "anyone"}, {"price": {"rule": "fixed", "cost": "7"}}]
)
def test_points_pool_with_rules_about_money_is_refused(shared_service, fields):
    request = {"name": "x", "dataset": "synthetic", "incentive": "points", **fields}
    assert_problem(shared_service.ask("POST", "/pools", request, ADMIN), 422, "payload-invalid")


@pytest.mark.parametrize("incentive", INCENTIVES)
@pytest.mark.parametrize("model", VOCABULARY_LEARNERS)
def test_contribution_to_each_model_under_each_incentive_is_refunded_and_another_collected(
    shared_service, model, incentive
):
    world = deploy(shared_service, model, incentive)
    learner = VOCABULARY_LEARNERS[model]
    assert learner is LEARNERS[world.pool["model"]]
    assert world.pool["rules"]["incentive"] == INCENTIVES[incentive].INCENTIVE_ID
    assert world.pool["classes"] == 2
    cost = str(COST) if incentive == "self-assessment" else "0"
    assert world.pool["price"] == cost

    known = world.contribute([1, 2, 3])
    made = world.service.call("GET", f"{world.path}/contributions/{known}")
    assert made["predicted"] == (made["label"] if model == "sparse-perceptron" else None)
    (event,) = world.service.call("GET", f"/transactions/{made['transaction_hash']}")["events"][:1]
    assert event["values"]["predicted"] == made["predicted"]
    lost = world.contribute([4, 5], agreeing=False)
    left = world.service.call("GET", f"{world.path}/contributions/{lost}")
    assert (left["status"], left["claimable"], left["label"]) == ("open", cost, 1 - world.predicted([4, 5]))
    world.service.advance(REFUND_WAIT + 1)
    actions = world.service.call("GET", f"{world.path}/contributions/{known}")["actions"]
    assert {action["verb"]: action["open"] for action in actions} == {"refund": True, "report": False, "collect": False}
    assert world.claim("refund", known)["status"] == "confirmed"
    assert world.claim("refund", lost)["error"]["type"].endswith("contract-model-disagrees")
    world.service.advance(COLLECT_WAIT)
    assert world.claim("collect", lost)["status"] == "confirmed"

    ends = [world.service.call("GET", f"{world.path}/contributions/{index}") for index in (known, lost)]
    assert [(end["status"], end["claimable"], end["actions"]) for end in ends] == [
        ("refunded", "0", []),
        ("collected", "0", []),
    ]
    shown = world.service.call("GET", world.path)
    assert (shown["verified"], shown["digest_matches"], shown["open_contributions"]) == (1, True, 0)
    assert shown["escrow"] == shown["liabilities"]
    assert world.service.http.get(world.path).status_code == 200


def test_pools_of_one_kind_share_one_implementation(shared_service):
    for incentive in (*INCENTIVES, *INCENTIVES):
        deploy(shared_service, "sparse-perceptron", incentive)
    with sqlite3.connect(f"file:{shared_service.folder / 'earnest.sqlite'}?mode=ro", uri=True) as database:
        names = [name for (name,) in database.execute("SELECT name FROM implementations")]
    assert set(names) <= set(IMPLEMENTATIONS)
    assert {"SelfAssessedSparsePerceptron", "PointsSparsePerceptron"} <= set(names)


@pytest.mark.parametrize("agreeing", [True, False])
@pytest.mark.parametrize("incentive", INCENTIVES)
def test_quote_speaks_of_a_deposit_only_where_one_is_paid(shared_service, incentive, agreeing):
    world = deploy(shared_service, "sparse-perceptron", incentive)
    label = world.predicted([1, 2]) if agreeing else 1 - world.predicted([1, 2])
    risk = world.service.call("POST", f"{world.path}/quotes", {"features": [1, 2], "label": label})["risk"]
    paid = incentive == "self-assessment"
    assert ("deposit" in risk, "burned" in risk, "standing" in risk) == (paid, paid, not paid)
    assert ("disagrees" in risk) == (not agreeing)
