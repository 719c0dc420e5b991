"""Problem documents of the whole API: the place of what is wrong, tokens, things that are not there."""

import json

import pytest

from tests.fixtures.served_pool import assert_problem
from tests.fixtures.service import ADMIN, POOL

GOOD = [1, 5, 9]


@pytest.mark.parametrize(
    ("path", "body", "pointers", "detail"),
    [
        ("quotes", {"features": [1, "two"], "label": 1}, {"/features/1"}, "/features/1: "),
        ("quotes", {"features": [1, 1e999], "label": 1}, {"/features/1"}, "/features/1: "),
        ("quotes", {"label": 1}, {"/"}, "give either text or features."),
        ("quotes", {"features": GOOD}, {"/label"}, "/label: it is missing."),
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
