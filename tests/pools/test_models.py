"""Every vocabulary model is deployed under every incentive, and what is contributed to it comes back."""

import sqlite3

import pytest

from earnest.chain.implementations import IMPLEMENTATIONS
from earnest.core.incentives.registry import INCENTIVES
from earnest.core.models.formats.words import Words
from earnest.core.models.registry import MODELS, by_id
from tests.fixtures.served_pool import COLLECT_WAIT, COST, REFUND_WAIT, World, assert_problem
from tests.fixtures.service import ADMIN, Service
from tests.pools.files import GENRES

WORDS = 60
#: Those that have a contract, and claims; the others' life is told in `tests/submissions/test_sealed.py`.
DEPLOYABLE = [name for name, incentive in INCENTIVES.items() if incentive.contract and not incentive.is_sealed]


def deploy(service: Service, model: str, incentive: str) -> World:
    money = {"price": {"rule": "fixed", "cost": str(COST)}} if incentive == "self-assessment" else {}
    rules = {"refund_wait": REFUND_WAIT, "collect_wait": COLLECT_WAIT, **money}
    pool = service.deploy(model=model, incentive=incentive, num_words=WORDS, **rules)
    return World(service, pool, service.account())


@pytest.mark.parametrize("fields", [{"model": "oracle"}, {"model": None}, {"model": "sparse-perceptron/1"}])
def test_pool_of_an_unknown_model_is_refused(shared_service, fields):
    request = {"name": "x", "dataset": "made-up-reviews", **fields}
    assert_problem(shared_service.ask("POST", "/pools", request, ADMIN), 422, "payload-invalid")


@pytest.mark.parametrize(
    "fields", [{"incentive": "lottery"}, {"leftover": "anyone"}, {"price": {"rule": "fixed", "cost": "7"}}]
)
def test_points_pool_with_rules_about_money_is_refused(shared_service, fields):
    request = {"name": "x", "dataset": "made-up-reviews", "incentive": "points", **fields}
    assert_problem(shared_service.ask("POST", "/pools", request, ADMIN), 422, "payload-invalid")


@pytest.mark.parametrize("incentive", DEPLOYABLE)
@pytest.mark.parametrize("model", [name for name, model in MODELS.items() if model.FORMAT is Words])
def test_contribution_to_each_model_under_each_incentive_is_refunded_and_another_collected(
    shared_service, model, incentive
):
    world = deploy(shared_service, model, incentive)
    assert MODELS[model] is by_id(world.pool["model"])
    assert world.pool["rules"]["incentive"] == INCENTIVES[incentive].id
    assert world.pool["classes"] == 2
    cost = str(COST) if incentive == "self-assessment" else "0"
    assert world.pool["price"] == cost

    known = world.contribute([1, 2, 3])
    made = world.service.call("GET", f"{world.path}/contributions/{known}")
    assert made["predicted"] == (made["label"] if MODELS[model].KERNELS.asks else None)
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


@pytest.mark.parametrize("model", ["naive-bayes", "sparse-nearest-centroid"])
def test_texts_of_three_named_classes_make_a_pool_of_models_that_count(shared_service, model):
    request = {"dataset": None, "csv": GENRES, "model": model, "num_words": 50, "train_size": 30, "held_out_size": 30}
    pool = shared_service.deploy(**request)
    assert pool["classes"] == 3
    assert pool["held_out"]["classes"] == ["crime", "love", "war"]
    assert pool["accuracy"]["value"] == 1.0
    world = World(shared_service, pool, shared_service.account())
    samples = [{"text": text} for text in ("a kiss and tears", "the battle", "the police")]
    answer = shared_service.call("POST", f"{world.path}/predictions", {"samples": samples})
    assert [prediction["label"] for prediction in answer["predictions"]] == [1, 2, 0]
    body = {"items": [{"text": "a general", "label": 2}]}
    made = shared_service.call("POST", f"{world.path}/submissions", body, world.account["token"])
    assert made["status"] == "confirmed"
    body = {"items": [{"text": "a general", "label": 3}]}
    refused = shared_service.ask("POST", f"{world.path}/submissions", body, world.account["token"])
    assert_problem(refused, 422, "label-unknown", "0 to 2")


@pytest.mark.parametrize(("csv", "words"), [(GENRES, "two classes"), (GENRES.replace("war", "love", 29), "3 labels")])
def test_texts_of_three_classes_are_refused_for_the_perceptron(shared_service, csv, words):
    request = {"name": "x", "csv": csv, "num_words": 50, "train_size": 30, "held_out_size": 30}
    assert_problem(shared_service.ask("POST", "/pools", request, ADMIN), 422, "input-refused", words)


def test_a_class_of_one_text_is_refused_by_name(shared_service):
    csv = GENRES.replace(",war", ",love") + "the only one,war\n"
    request = {"name": "x", "csv": csv, "model": "naive-bayes", "num_words": 50, "train_size": 10, "held_out_size": 30}
    answer = shared_service.ask("POST", "/pools", request, ADMIN)
    assert_problem(answer, 422, "input-refused", "has 1 row of the class 'war'")


def test_pools_of_one_kind_share_one_implementation(shared_service):
    for incentive in (*DEPLOYABLE, *DEPLOYABLE):
        deploy(shared_service, "sparse-perceptron", incentive)
    with sqlite3.connect(f"file:{shared_service.folder / 'earnest.sqlite'}?mode=ro", uri=True) as database:
        names = [name for (name,) in database.execute("SELECT name FROM implementations")]
    assert set(names) <= {*IMPLEMENTATIONS, "DevelopmentToken"}
    assert {"SelfAssessedSparsePerceptron", "PointsSparsePerceptron"} <= set(names)


@pytest.mark.parametrize("agreeing", [True, False])
@pytest.mark.parametrize("incentive", DEPLOYABLE)
def test_quote_speaks_of_a_deposit_only_where_one_is_paid(shared_service, incentive, agreeing):
    world = deploy(shared_service, "sparse-perceptron", incentive)
    label = world.predicted([1, 5]) if agreeing else 1 - world.predicted([1, 5])
    risk = world.service.call("POST", f"{world.path}/quotes", {"features": [1, 5], "label": label})["risk"]
    paid = incentive == "self-assessment"
    assert ("deposit" in risk, "burned" in risk, "standing" in risk) == (paid, paid, not paid)
    assert ("disagrees" in risk) == (not agreeing)
