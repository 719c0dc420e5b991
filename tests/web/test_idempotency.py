"""What makes or pays something does so once under a key, however often the request comes."""

import uuid

import pytest

from tests.fixtures.served_pool import assert_problem, ids_of_pools
from tests.fixtures.service import ADMIN, POOL
from tests.fixtures.threads import at_once


@pytest.fixture
def key():
    return str(uuid.uuid4())


def test_account_is_made_once_and_its_token_told_again(world, key):
    made = at_once(lambda _: world.service.call("POST", "/accounts", {"name": "ada"}, Idempotency_Key=key))
    assert len({(each["address"], each["token"]) for each in made}) == 1
    shown = world.service.call("GET", "/accounts/me", token=made[0]["token"])
    assert (shown["address"], shown["name"]) == (made[0]["address"], "ada")
    reused = world.service.ask("POST", "/accounts", {"name": "bob"}, Idempotency_Key=key)
    assert_problem(reused, 409, "idempotency-key-reused")
    # a key that others may guess would hand them the account
    short = world.service.ask("POST", "/accounts", {"name": "ada"}, Idempotency_Key="1")
    assert_problem(short, 422, "payload-invalid", "16")
    other = world.service.call("POST", "/accounts", {"name": "ada"}, Idempotency_Key=str(uuid.uuid4()))
    assert other["address"] != made[0]["address"]


def test_faucet_pays_once(world, key):
    before = int(world.service.call("GET", "/accounts/me", token=world.token)["balance"])

    def pay(amount=5):
        return world.service.ask(
            "POST", "/accounts/me/faucet", {"amount": str(amount)}, world.token, Idempotency_Key=key
        )

    answers = at_once(lambda _: pay())
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["transaction_hash"] for answer in answers}) == 1
    assert int(world.service.call("GET", "/accounts/me", token=world.token)["balance"]) == before + 5
    assert_problem(pay(6), 409, "idempotency-key-reused")
    # another account's keys are its own
    other = world.service.account()["token"]
    paid = world.service.ask("POST", "/accounts/me/faucet", {"amount": "6"}, other, Idempotency_Key=key)
    assert paid.status_code == 200


def test_pool_is_deployed_once(world, key):
    before = set(ids_of_pools(world.service))
    request = {**POOL, "name": "Once"}
    made = {world.service.call("POST", "/pools", request, ADMIN, Idempotency_Key=key)["id"] for _ in range(3)}
    assert len(made) == 1
    assert set(ids_of_pools(world.service)) - before == made
    reused = world.service.ask("POST", "/pools", {**request, "num_words": 90}, ADMIN, Idempotency_Key=key)
    assert_problem(reused, 409, "idempotency-key-reused")
