"""Claims: what they move, and when they are refused, with nothing changed."""

from tests.fixtures.served_pool import COLLECT_WAIT, COST, REFUND_WAIT, World, assert_problem


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


def test_refund_of_anothers_contribution_is_refused_under_the_published_rules(shared_service):
    pool = shared_service.deploy(
        refund_wait=REFUND_WAIT,
        collect_wait=COLLECT_WAIT,
        safeguards="none",
        head_start=0,
    )
    world = World(shared_service, pool, shared_service.account())
    index = world.contribute([3, 12, 21])
    (refund,) = (action for action in world.actions(index) if action["verb"] == "refund")
    assert refund["by"] == "contributor"
    world.service.advance(REFUND_WAIT + 1)
    refused(world, "refund", index, "contract-not-contributor", world.service.account("other")["token"])


def test_refund_of_anothers_contribution_is_credited_to_the_author(world):
    index = world.contribute([5, 14, 23])
    (refund,) = (action for action in world.actions(index) if action["verb"] == "refund")
    assert refund["by"] == "anyone"
    keeper = world.service.account("keeper")
    world.service.advance(REFUND_WAIT + 1)
    assert world.claim("refund", index, keeper["token"])["status"] == "confirmed"
    (standing,) = (
        pool
        for pool in world.service.call("GET", "/accounts/me", token=world.token)["pools"]
        if pool["pool"] == world.pool["id"]
    )
    assert (standing["verified"], int(standing["credit"])) == (1, COST)


def test_report_of_ones_own_and_without_standing_are_refused(world):
    index = world.contribute([3, 12, 21])
    other = world.service.account("other")
    world.service.advance(REFUND_WAIT + 1)
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
