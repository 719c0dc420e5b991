"""Bad input is answered with a problem document that says what was wrong, and nothing is changed."""

import json

import pytest

from tests.api.world import COLLECT_WAIT, COST, REFUND_WAIT, World, assert_problem
from tests.fixtures.service import ADMIN, POOL

GOOD = [1, 5, 9]


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ({"text": "", "label": 1}, "the text is empty"),
        ({"text": " \n\t ", "label": 1}, "the text is empty"),
        ({"text": "a\0b", "label": 1}, "NUL"),
        ({"text": "x" * 100_001, "label": 1}, "100000"),
        ({"text": 7, "label": 1}, "text"),
        ({"label": 1}, "either text or features"),
        ({"text": "fine", "features": GOOD, "label": 1}, "either text or features"),
        ({"features": GOOD}, "label"),
        ({"features": GOOD, "label": -1}, "label"),
        ({"features": GOOD, "label": 65_536}, "label"),
        ({"features": GOOD, "label": "one"}, "label"),
        ({"features": GOOD, "label": 1, "deposit": 5}, "deposit"),
        ({"features": [1, "two"], "label": 1}, "features"),
        ({"features": list(range(4097)), "label": 1}, "4096"),
        ({"features": "1,2", "label": 1}, "features"),
    ],
)
@pytest.mark.parametrize("where", ["quotes", "submissions"])
def test_malformed_item_is_refused(world, item, words, where):
    before = world.facts()
    body = item if where == "quotes" else {"items": [item]}
    document = assert_problem(
        world.service.ask("POST", f"{world.path}/{where}", body, world.token), 422, "payload-invalid"
    )
    assert words in json.dumps(document)
    assert world.facts() == before


@pytest.mark.parametrize(
    ("path", "body", "pointers", "detail"),
    [
        ("quotes", {"features": [1, "two"], "label": 1}, {"/features/1"}, "/features/1: "),
        ("quotes", {"features": [1, 1e999], "label": 1}, {"/features/1"}, "/features/1: "),
        ("quotes", {"label": 1}, {"/"}, "give either text or features."),
        ("quotes", {"features": GOOD}, {"/label"}, "/label: Field required."),
        ("quotes", {"features": GOOD, "label": 1, "int": 5}, {"/int"}, "/int: "),
        ("submissions", {"items": [{"text": " ", "label": 1}]}, {"/items/0"}, "/items/0: the text is empty."),
        ("submissions", {"items": [{"features": ["x"]}]}, {"/items/0/features/0", "/items/0/label"}, "/items/0/"),
        ("/pools", {**POOL, "price": {"rule": "fixed", "cost": "-1"}}, {"/price/cost"}, "/price/cost: an amount is"),
        ("/pools", {**POOL, "price": {"rule": "decaying", "step": "1"}}, {"/price/weight"}, "/price/weight: "),
        ("/pools", {**POOL, "price": {"rule": "auction"}}, {"/price"}, "/price: "),
        ("/pools", {**POOL, "model": "oracle"}, {"/model"}, "/model: there is no model oracle"),
    ],
)
def test_place_of_what_is_wrong_is_the_senders_own(world, path, body, pointers, detail):
    token, where = (ADMIN, path) if path.startswith("/") else (world.token, f"{world.path}/{path}")
    document = assert_problem(
        world.service.http.post(
            f"/v1{where}",
            content=json.dumps(body).replace("Infinity", "1e999"),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        ),
        422,
        "payload-invalid",
    )
    assert {place["pointer"] for place in document["errors"]} == pointers
    assert document["detail"].startswith(detail)
    assert "Value error" not in json.dumps(document)
    # each place once, though each branch of a union refuses it
    assert len(document["errors"]) == len(pointers)


@pytest.mark.parametrize(
    ("features", "error", "words"),
    [
        ([5, 1], "SampleNotAscending", "sort the features"),
        ([5, 5], "SampleNotAscending", "sort the features"),
        ([1, 100], "SampleFeatureOutOfRange", "100"),
        ([1, -2], "SampleFeatureOutOfRange", "-2"),
        ([65_536], "SampleFeatureOutOfRange", "65536"),
        ([10**300], "SampleFeatureOutOfRange", "out of range"),
        ([1, 2.5], "SampleLengthInvalid", "whole numbers"),
        ([], "SampleEmpty", "empty"),
    ],
)
@pytest.mark.parametrize("where", ["predictions", "quotes", "submissions"])
def test_features_that_are_no_sample_are_refused_with_the_contracts_error(world, features, error, words, where):
    before = world.facts()
    item = {"features": features} | ({} if where == "predictions" else {"label": 1})
    body = {"predictions": {"samples": [item]}, "quotes": item, "submissions": {"items": [item]}}[where]
    document = assert_problem(
        world.service.ask("POST", f"{world.path}/{where}", body, world.token), 422, "sample-invalid", words
    )
    assert document["error"] == error
    assert world.facts() == before


@pytest.mark.parametrize("where", ["quotes", "submissions"])
def test_unknown_label_is_refused(world, where):
    item = {"features": GOOD, "label": 7}
    body = item if where == "quotes" else {"items": [item]}
    answer = world.service.ask("POST", f"{world.path}/{where}", body, world.token)
    assert_problem(answer, 422, "label-unknown", "7", "0 and 1")


def test_one_bad_item_refuses_the_whole_submission(world):
    before = world.facts()
    assert_problem(
        world.submit([{"features": GOOD, "label": 1}, {"features": [9, 1], "label": 1}]), 422, "sample-invalid"
    )
    assert world.facts() == before


@pytest.mark.parametrize(
    "body", [b"{", b'"text"', b"[]", b"\xff\xfe", b'{"items": []}', b'{"items": [{"text": "\\ud800", "label": 1}]}']
)
def test_malformed_body_is_refused(world, body):
    answer = world.service.http.post(
        f"/v1{world.path}/submissions",
        content=body,
        headers={"Authorization": f"Bearer {world.token}", "Content-Type": "application/json"},
    )
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("count", [0, 1001])
def test_predictions_are_for_one_to_a_thousand_samples(world, count):
    body = {"samples": [{"features": GOOD}] * count}
    assert_problem(world.service.ask("POST", f"{world.path}/predictions", body), 422, "payload-invalid", "samples")


@pytest.mark.parametrize("amount", ["-1", "1.5", "1e18", "0x10", "01", "", str(2**96), True, None, [1]])
def test_malformed_amount_is_refused(world, amount):
    answer = world.service.ask("POST", "/accounts/me/faucet", {"amount": amount}, world.token)
    assert_problem(answer, 422, "payload-invalid", "amount")


def test_maximum_below_the_price_is_refused_with_the_price_now(world):
    before = world.facts()
    answer = world.submit([{"features": GOOD, "label": 1}], max_price=str(COST - 1))
    document = assert_problem(answer, 409, "contract-price-above-maximum", str(COST), str(COST - 1))
    assert document["values"] == {"price": str(COST), "maxPrice": str(COST - 1)}
    assert world.facts() == before


def test_paused_pool_refuses_contributions_says_so_beforehand_and_pays_claims(shared_service):
    pool = shared_service.deploy(refund_wait=REFUND_WAIT, collect_wait=COLLECT_WAIT)
    world = World(shared_service, pool, shared_service.account())
    index = world.contribute(GOOD)
    assert shared_service.call("POST", f"{world.path}/pause", token=ADMIN)["paused"] is True
    quote = shared_service.call("POST", f"{world.path}/quotes", {"features": GOOD, "label": 1})
    assert quote["paused"] is True
    assert "paused" in quote["risk"]
    (item,) = world.submit([{"features": GOOD, "label": 1}]).json()["items"]
    assert (item["status"], item["error"]["type"]) == ("failed", "urn:earnest:problem:contract-contributions-paused")
    shared_service.advance(REFUND_WAIT + 1)
    assert world.claim("refund", index)["status"] == "confirmed"
    assert shared_service.call("POST", f"{world.path}/unpause", token=ADMIN)["paused"] is False
    world.contribute(GOOD)


@pytest.mark.parametrize("token", [None, "wrong"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "{pool}/submissions", {"items": [{"features": GOOD, "label": 1}]}),
        ("POST", "{pool}/refunds", {"indices": [0]}),
        ("POST", "{pool}/withdrawals", None),
        ("GET", "/submissions", None),
        ("GET", "/accounts/me", None),
        ("POST", "/chain/time", {"seconds": 1}),
        ("POST", "/pools", {"name": "x", "dataset": "made-up-reviews"}),
        ("POST", "{pool}/pause", None),
        ("POST", "{pool}/unpause", None),
    ],
)
def test_without_the_right_token_nothing_is_done(world, token, method, path, body):
    answer = world.service.ask(method, path.format(pool=world.path), body, token)
    assert_problem(answer, 401, "token-invalid")


def test_account_is_no_operator(world):
    answer = world.service.ask("POST", "/chain/time", {"seconds": 1}, world.token)
    assert_problem(answer, 401, "token-invalid")


@pytest.mark.parametrize(
    ("method", "path", "slug"),
    [
        ("GET", "/pools/none", "pool-unknown"),
        ("GET", "/pools/0x0000000000000000000000000000000000000000", "pool-unknown"),
        ("GET", "/pools/none/contributions", "pool-unknown"),
        ("GET", "{pool}/contributions/999999", "contribution-unknown"),
        ("GET", "/encoders/0x00", "encoder-unknown"),
        ("GET", "/submissions/none", "submission-unknown"),
        ("GET", "/transactions/0x00", "transaction-unknown"),
        ("GET", "/transactions/0x" + "0" * 64, "transaction-unknown"),
        ("GET", "/nothing", "not-found"),
    ],
)
def test_unknown_things_are_not_found(world, method, path, slug):
    assert_problem(world.service.ask(method, path.format(pool=world.path), token=world.token), 404, slug)


@pytest.mark.parametrize("index", ["-1", "x", str(2**70)])
def test_number_that_no_contribution_has_is_refused(world, index):
    answer = world.service.ask("GET", f"{world.path}/contributions/{index}")
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_submission_of_another_account_is_unknown(world):
    mine = world.submit([{"features": GOOD, "label": 1}]).json()["id"]
    other = world.service.account("other")
    assert_problem(world.service.ask("GET", f"/submissions/{mine}", token=other["token"]), 404, "submission-unknown")


def test_account_without_ether_is_told_so(world):
    poor = world.service.call("POST", "/accounts", {"name": "poor"})
    (item,) = world.submit([{"features": GOOD, "label": 1}], token=poor["token"]).json()["items"]
    assert item["status"] == "failed"
    assert "insufficient funds" in item["error"]["detail"]


# CLAIMS


def refused(world, verb, index, slug, token=None):
    """The error of a claim that must be refused, with nothing changed."""
    before = world.facts()
    item = world.claim(verb, index, token)
    assert item["status"] == "failed"
    assert item["transaction_hash"] is None
    assert item["error"]["type"] == f"urn:earnest:problem:{slug}", item
    after = world.facts()
    # the refused claim itself is on record
    del before["submissions"], after["submissions"]
    assert after == before
    return item["error"]


def test_refund_is_too_early_then_too_late_and_says_when(world):
    index = world.contribute([2, 11, 20])
    contribution = world.service.call("GET", f"{world.path}/contributions/{index}")
    made = contribution["time"]
    error = refused(world, "refund", index, "contract-too-early")
    times = {int(value) for value in error["values"].values()}
    assert made + REFUND_WAIT + 1 in times, error
    assert str(made + REFUND_WAIT + 1) in error["detail"]
    world.service.advance(COLLECT_WAIT + 1)
    error = refused(world, "refund", index, "contract-too-late")
    assert str(made + COLLECT_WAIT) in error["detail"]


def test_refund_of_anothers_contribution_and_report_of_ones_own_are_refused(world):
    index = world.contribute([3, 12, 21])
    other = world.service.account("other")
    world.service.advance(REFUND_WAIT + 1)
    refused(world, "refund", index, "contract-not-contributor", other["token"])
    refused(world, "report", index, "contract-own-contribution")
    refused(world, "report", index, "contract-not-verified", other["token"])


def test_claim_of_what_is_claimed_already_is_refused(world):
    index = world.contribute([4, 13, 22])
    world.service.advance(REFUND_WAIT + 1)
    assert world.claim("refund", index)["status"] == "confirmed"
    refused(world, "refund", index, "contract-contribution-closed")
    refused(world, "collect", index, "contract-contribution-closed")


def test_refund_while_the_model_disagrees_and_report_while_it_agrees_are_refused(world):
    agreeing = world.contribute([6, 14, 23])
    world.service.advance(REFUND_WAIT + 1)
    world.claim("refund", agreeing)
    other = world.service.account("other")
    theirs = world.contribute([7, 15, 24], token=other["token"])
    world.service.advance(REFUND_WAIT + 1)
    refused(world, "report", theirs, "contract-model-agrees")


def test_claim_of_a_contribution_that_does_not_exist_is_refused(world):
    before = world.facts()
    answer = world.service.ask("POST", f"{world.path}/refunds", {"indices": [999_999]}, world.token)
    assert_problem(answer, 404, "contribution-unknown", "999999")
    assert world.facts() == before


def test_withdrawal_of_nothing_is_refused(world):
    item = world.service.call("POST", f"{world.path}/withdrawals", token=world.token)["items"][0]
    assert item["status"] == "failed"
    assert item["error"]["type"] == "urn:earnest:problem:contract-nothing-to-withdraw"


# OPERATOR


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"num_words": 1}, "num_words"),
        ({"num_words": 65_537}, "num_words"),
        ({"refund_wait": 600, "collect_wait": 600}, "collect"),
        ({"refund_wait": -1}, "refund_wait"),
        ({"price": {"rule": "fixed", "cost": "0"}}, "cost"),
        ({"price": {"rule": "decaying", "weight": "5", "step": "0"}}, "step"),
        ({"price": {"rule": "auction"}}, "price"),
        ({"dataset": "weather"}, "dataset"),
        ({"leftover": "keep"}, "leftover"),
        ({"name": ""}, "name"),
        ({"colour": "red"}, "colour"),
        ({"dataset": None}, "dataset"),
    ],
)
def test_pool_with_a_bad_parameter_is_refused_by_its_name(world, change, words):
    before = len(world.service.call("GET", "/pools?limit=100")["items"])
    answer = world.service.ask("POST", "/pools", {**POOL, **change}, ADMIN)
    assert answer.status_code == 422, answer.text
    assert words in answer.text
    assert len(world.service.call("GET", "/pools?limit=100")["items"]) == before


@pytest.mark.parametrize("seconds", [0, -1, 10**12, "soon"])
def test_time_moves_forward_by_a_bounded_step(world, seconds):
    answer = world.service.ask("POST", "/chain/time", {"seconds": seconds}, ADMIN)
    assert_problem(answer, 422, "payload-invalid", "seconds")
