"""Bad samples, labels and bodies: a problem document says what was wrong, and nothing is changed."""

import json

import pytest

from tests.fixtures.served_pool import COST, assert_problem

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


def test_maximum_below_the_price_is_refused_with_the_price_now(world):
    before = world.facts()
    answer = world.submit([{"features": GOOD, "label": 1}], max_price=str(COST - 1))
    document = assert_problem(answer, 409, "contract-price-above-maximum", str(COST), str(COST - 1))
    assert document["values"] == {"price": str(COST), "maxPrice": str(COST - 1)}
    assert world.facts() == before


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


# OPERATOR
