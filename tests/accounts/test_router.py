"""Accounts over the API: a token that is told once, and what everyone may see."""

import pytest
from eth_account import Account

from tests.fixtures.served_pool import COST, REFUND_WAIT, assert_problem


def test_token_is_told_once_and_stands_for_the_account(shared_service):
    made = shared_service.call("POST", "/accounts", {"name": "Ada"})
    mine = shared_service.ask("GET", "/accounts/me", token=made["token"])
    assert mine.json()["address"] == made["address"]
    assert (mine.json()["name"], mine.json()["balance"], mine.json()["pools"]) == ("Ada", "0", [])
    assert made["token"] not in mine.text
    assert made["token"] not in shared_service.ask("GET", f"/accounts/{made['address']}").text
    assert made["token"] not in shared_service.log.read_text(errors="replace")


@pytest.mark.parametrize("spelling", [str.lower, str])
def test_everyone_sees_an_account_however_its_address_is_spelt(shared_service, spelling):
    made = shared_service.account("seen", 5)
    shown = shared_service.call("GET", f"/accounts/{spelling(made['address'])}")
    assert (shown["address"], shown["balance"]) == (made["address"], "5")


def test_account_with_a_key_of_its_own_is_shown_as_the_chain_has_it(shared_service):
    # other tests share the chain: an address that one of them may have paid would hold something
    shown = shared_service.call("GET", f"/accounts/{Account.create().address}")
    assert (shown["balance"], shown["name"], shown["pools"]) == ("0", None, [])


@pytest.mark.parametrize("address", ["0x12", "ada", "0x" + "1" * 41])
def test_account_that_is_not_there_is_unknown(shared_service, address):
    assert_problem(shared_service.ask("GET", f"/accounts/{address}"), 404, "account-unknown")


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": 7}, {"name": "x", "token": "mine"}, []])
def test_malformed_account_is_refused(shared_service, body):
    assert_problem(shared_service.ask("POST", "/accounts", body), 422, "payload-invalid")


def test_standing_in_a_pool_adds_up(world):
    first, second = world.contribute([2, 30]), world.contribute([3, 31])
    assert second == first + 1
    world.service.advance(REFUND_WAIT + 1)
    world.claim("refund", first)
    (standing,) = world.service.call("GET", "/accounts/me", token=world.token)["pools"]
    assert (standing["pool"], standing["contributions"], standing["verified"]) == (world.pool["id"], 2, 1)
    assert (standing["deposits"], standing["refunds"], standing["credit"]) == (str(2 * COST), str(COST), str(COST))
    assert (standing["shares"], standing["leftovers"], standing["earnings"]) == ("0", "0", "0")
