"""Receipts over the API."""

import pytest

from tests.fixtures.served_pool import COST, assert_problem


def test_receipt_has_its_block_its_gas_and_the_pools_events_by_name(world):
    index = world.contribute([1, 40])
    made = world.service.call("GET", f"{world.path}/contributions/{index}")
    shown = world.service.call("GET", f"/transactions/{made['transaction_hash']}")
    assert shown["succeeded"]
    assert (shown["block_number"], shown["time"]) == (made["block_number"], made["time"])
    assert shown["gas_used"] > 21_000
    (event,) = [event for event in shown["events"] if event["name"] == "Contributed"]
    assert event["values"]["contributor"] == world.account["address"]
    assert (event["values"]["index"], event["values"]["deposit"]) == (index, str(COST))
    assert event["values"]["pool"] == world.pool["address"]
    # hashes are told apart by their digits, however they are written
    upper = "0x" + made["transaction_hash"][2:].upper()
    assert world.service.call("GET", f"/transactions/{upper}") == shown


@pytest.mark.parametrize("name", ["0x", "0x" + "0" * 63, "0x" + "0" * 64, "0x" + "g" * 64, "latest"])
def test_transaction_that_was_not_mined_is_unknown(shared_service, name):
    assert_problem(shared_service.ask("GET", f"/transactions/{name}"), 404, "transaction-unknown")
