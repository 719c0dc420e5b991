"""Submissions: batches, a result for each item, retries that repeat nothing, the account's list."""

import pytest

from tests.fixtures.served_pool import COST, World, assert_problem, samples


def test_each_item_of_a_batch_has_a_result_of_its_own(world):
    shown = world.submit(samples(world, 3)).json()
    assert shown["status"] == "confirmed"
    indices = [item["index"] for item in shown["items"]]
    assert indices == list(range(indices[0], indices[0] + 3))
    assert {item["amount"] for item in shown["items"]} == {str(COST)}
    assert len({item["transaction_hash"] for item in shown["items"]}) == 1
    for item in shown["items"]:
        contribution = world.service.call("GET", f"{world.path}/contributions/{item['index']}")
        assert contribution["transaction_hash"] == item["transaction_hash"]
        assert contribution["contributor"] == world.account["address"]


def test_many_samples_are_split_into_transactions(world):
    shown = world.submit(samples(world, 60, offset=100)).json()
    assert shown["status"] == "confirmed"
    assert len({item["transaction_hash"] for item in shown["items"]}) == 2


def test_batch_above_the_gas_limit_is_split_into_transactions_that_fit(shared_service):
    # every item names every word, so that fewer than 50 fit into the 2^24 gas of one transaction; texts as long as the
    # initial ones are taken
    words = " ".join(f"word{number}" for number in range(1000))
    rows = (("good" if label == "yes" else "bad", row, label) for row in range(30) for label in ("yes", "no"))
    csv = "text,label\n" + "".join(f"{words} {told} number{row},{label}\n" for told, row, label in rows)
    request = {"dataset": None, "csv": csv, "num_words": 1002, "train_size": 40, "held_out_size": 20}
    world = World(shared_service, shared_service.deploy(**request), shared_service.account())
    features = list(range(1000))
    items = [{"features": features, "label": world.predicted(features)}] * 50
    shown = world.submit(items).json()
    assert shown["status"] == "confirmed"
    receipts = {item["transaction_hash"]: item["gas_used"] for item in shown["items"]}
    assert len(receipts) > 1
    assert all(gas < 2**24 for gas in receipts.values())


def test_retry_with_the_same_key_sends_nothing_again(world):
    items = samples(world, 2, offset=300)
    first = world.submit(items, key="once").json()
    before = world.facts()
    again = world.submit(items, key="once")
    assert again.status_code == 201
    assert again.json() == first
    assert world.facts() == before


def test_retry_of_what_failed_takes_up_that_alone(world):
    poor = world.service.call("POST", "/accounts", {"name": "poor"})
    items = samples(world, 2, offset=310)
    failed = world.submit(items, key="later", token=poor["token"]).json()
    assert {item["status"] for item in failed["items"]} == {"failed"}
    world.service.call("POST", "/accounts/me/faucet", {"amount": str(10**18)}, poor["token"])
    again = world.submit(items, key="later", token=poor["token"]).json()
    assert again["id"] == failed["id"]
    assert {item["status"] for item in again["items"]} == {"confirmed"}


@pytest.mark.parametrize("second", ["gas", "another"])
def test_transaction_that_the_node_dropped_is_signed_and_sent_again(world, second):
    poor = world.service.account("poor", COST + 1)
    items = samples(world, 1, offset=315)
    (dropped,) = world.submit(items, key="gas", token=poor["token"]).json()["items"]
    assert dropped["status"] == "dropped"
    assert "insufficient funds for gas" in dropped["error"]["detail"]
    world.service.call("POST", "/accounts/me/faucet", {"amount": str(10**18)}, poor["token"])
    (item,) = world.submit(items, key=second, token=poor["token"]).json()["items"]
    assert item["status"] == "confirmed"
    assert world.service.call("GET", "/accounts/me", token=poor["token"])["pools"][0]["contributions"] == 1


def test_key_of_another_request_is_refused(world):
    world.submit(samples(world, 1, offset=320), key="mine")
    before = world.facts()
    assert_problem(world.submit(samples(world, 1, offset=321), key="mine"), 409, "idempotency-key-reused")
    assert world.facts() == before


def test_keys_of_two_accounts_do_not_meet(world):
    other = world.service.account("other")
    first = world.submit(samples(world, 1, offset=330), key="same").json()
    second = world.submit(samples(world, 1, offset=331), key="same", token=other["token"]).json()
    assert first["id"] != second["id"]
    assert second["status"] == "confirmed"


def test_pages_of_submissions_hold_each_once_newest_first(world):
    made = [world.submit(samples(world, 1, offset=350 + i)).json()["id"] for i in range(3)]
    first = world.service.call("GET", "/submissions?limit=2", token=world.token)
    second = world.service.call("GET", f"/submissions?limit=2&cursor={first['next']}", token=world.token)
    assert [row["id"] for row in first["items"] + second["items"]] == made[::-1]
    assert second["next"] is None


# COMMITTED BATCHES
