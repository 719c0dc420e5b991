"""Submissions: batches, a result for each item, retries that repeat nothing, pages of lists."""

import base64
import json

import pytest

from tests.api.world import COLLECT_WAIT, COST, REFUND_WAIT, World, assert_problem


def samples(world: World, count: int, *, offset: int = 0) -> list[dict[str, object]]:
    """Distinct samples with the model's own labels."""
    features = [[i % 90, 90 + i // 90 % 10] for i in range(offset, offset + count)]
    return [{"features": given, "label": world.predicted(given)} for given in features]


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


def test_batch_above_the_gas_limit_is_split_into_transactions_that_fit(world):
    # every item names every word, so that fewer than 50 fit into the 2^24 gas of one transaction
    features = list(range(100))
    items = [{"features": features, "label": world.predicted(features)}] * 50
    shown = world.submit(items).json()
    assert shown["status"] == "confirmed"
    receipts = {item["transaction_hash"]: item["gas_used"] for item in shown["items"]}
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


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_pages_of_contributions_hold_each_once_newest_first(world, limit):
    world.submit(samples(world, 3, offset=340))
    path = f"{world.path}/contributions?contributor={world.account['address']}&limit={limit}"
    found, cursor = [], ""
    while cursor is not None:
        page = world.service.call("GET", path + cursor)
        assert len(page["items"]) <= limit
        found += [row["index"] for row in page["items"]]
        cursor = f"&cursor={page['next']}" if page["next"] else None
    assert len(found) == 3
    assert found == sorted(found, reverse=True)


def test_pages_of_submissions_hold_each_once_newest_first(world):
    made = [world.submit(samples(world, 1, offset=350 + i)).json()["id"] for i in range(3)]
    first = world.service.call("GET", "/submissions?limit=2", token=world.token)
    second = world.service.call("GET", f"/submissions?limit=2&cursor={first['next']}", token=world.token)
    assert [row["id"] for row in first["items"] + second["items"]] == made[::-1]
    assert second["next"] is None


def _cursor(*position):
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor", ["x", "!!!", "bnVsbA", "W10", "WyJhIl0", "W3RydWVd", _cursor(10**30), _cursor(10**30, "a")]
)
@pytest.mark.parametrize("path", ["/pools", "{pool}/contributions", "/submissions"])
def test_cursor_of_nobody_is_refused(world, path, cursor):
    answer = world.service.ask("GET", f"{path.format(pool=world.path)}?cursor={cursor}", token=world.token)
    assert_problem(answer, 422, "cursor-invalid", "leave it out")


@pytest.mark.parametrize("limit", [0, 101, "all"])
def test_page_has_from_one_to_a_hundred_rows(world, limit):
    answer = world.service.ask("GET", f"{world.path}/contributions?limit={limit}")
    assert_problem(answer, 422, "payload-invalid", "limit")


def test_claims_move_money_as_the_receipts_say(world):
    index = world.contribute([8, 16, 25])
    world.service.advance(REFUND_WAIT + 1)
    item = world.claim("refund", index)
    assert (item["status"], item["amount"]) == ("confirmed", str(COST))
    receipt = world.service.call("GET", f"/transactions/{item['transaction_hash']}")
    assert receipt["succeeded"]
    assert [event["name"] for event in receipt["events"]] == ["Refunded"]
    (standing,) = world.service.call("GET", "/accounts/me", token=world.token)["pools"]
    assert (standing["credit"], standing["verified"], standing["refunds"]) == (str(COST), 1, str(COST))
    withdrawn = world.service.call("POST", f"{world.path}/withdrawals", token=world.token)
    assert withdrawn["items"][0]["amount"] == str(COST)
    (standing,) = world.service.call("GET", "/accounts/me", token=world.token)["pools"]
    assert standing["credit"] == "0"


# COMMITTED BATCHES


def test_samples_that_share_a_commitment_cost_less_and_are_claimed_by_every_verb(world):
    one_each = world.submit(samples(world, 5, offset=400)).json()
    shared = world.submit(samples(world, 5, offset=410), one_commitment=True).json()
    assert shared["status"] == "confirmed"
    gas = [found["items"][0]["gas_used"] for found in (one_each, shared)]
    assert gas[1] < gas[0]
    first = shared["items"][0]["index"]
    for item in shared["items"]:
        shown = world.service.call("GET", f"{world.path}/contributions/{item['index']}")
        assert shown["batch_first"] == first
        assert shown["claimable"] == str(COST)
    other = world.service.account("reporter")
    standing = world.contribute([9, 17], token=other["token"])
    # the last of it is made wrong, whatever the model learns from it
    wrong_features = [44, 54, 64, 74]
    wrong = world.submit(
        [{"features": wrong_features, "label": 1 - world.predicted(wrong_features)}] * 2, one_commitment=True
    ).json()["items"][0]["index"]
    world.service.advance(REFUND_WAIT + 1)
    assert world.claim("refund", standing, other["token"])["status"] == "confirmed"
    for item in shared["items"][:2]:
        assert world.claim("refund", item["index"])["status"] == "confirmed"
    verb = "report" if world.predicted(wrong_features) != label_of(world, wrong) else "refund"
    assert world.claim(verb, wrong, other["token"] if verb == "report" else None)["status"] == "confirmed"
    world.service.advance(COLLECT_WAIT)
    forgotten = shared["items"][4]["index"]
    assert world.claim("collect", forgotten, other["token"])["status"] == "confirmed"
    assert world.service.call("GET", f"{world.path}/contributions/{forgotten}")["status"] == "collected"
    facts = world.facts()
    assert facts["escrow"] == facts["liabilities"]


def label_of(world: World, index: int) -> int:
    label: int = world.service.call("GET", f"{world.path}/contributions/{index}")["label"]
    return label
